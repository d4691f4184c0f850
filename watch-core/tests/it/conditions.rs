//! The ready-made conditions, on what the controllers of Kubernetes write.

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::api::networking::v1::Ingress;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use watch_core::{Config, FromObject, Object, PartialObjectMetadata, Verdict, WaitFor, conditions};

/// Judges an object that has these fields in addition to a name.
fn judge<T: DeserializeOwned>(condition: impl Fn(Option<&T>) -> bool, fields: Value) -> bool {
    let mut object = json!({ "metadata": { "name": "x", "uid": "u" } });
    for (field, value) in fields.as_object().unwrap() {
        match (field.as_str(), value) {
            ("generation", value) => object["metadata"]["generation"] = value.clone(),
            (field, value) => object[field] = value.clone(),
        }
    }
    assert!(!condition(None), "absence doesn't count");
    condition(Some(&serde_json::from_value(object).unwrap()))
}

fn with_condition(type_: &str, status: &str) -> Value {
    json!({ "status": { "conditions": [{ "type": "Other", "status": "True" }, { "type": type_, "status": status }] } })
}

#[test]
fn a_pod_is_running_or_done_by_its_phase() {
    let phases = ["Pending", "Running", "Succeeded", "Failed", "Unknown"];
    let by = |condition: fn(Option<&Pod>) -> bool| {
        let holds = |phase: &&str| judge(condition, json!({ "status": { "phase": phase } }));
        phases.into_iter().filter(holds).collect::<Vec<_>>()
    };
    assert_eq!(by(conditions::is_pod_running), ["Running"]);
    assert_eq!(by(conditions::is_pod_done), ["Succeeded", "Failed"]);
    assert!(!judge(conditions::is_pod_running, json!({})) && !judge(conditions::is_pod_done, json!({ "status": {} })));
}

#[test]
fn a_pod_is_ready_by_its_condition_of_this_generation() {
    assert!(judge(conditions::is_pod_ready, with_condition("Ready", "True")));
    assert!(judge(conditions::is_pod_ready, with_condition("ready", "true")), "as in kubectl");
    for (type_, status) in [("Ready", "False"), ("Ready", "Unknown"), ("ContainersReady", "True")] {
        assert!(!judge(conditions::is_pod_ready, with_condition(type_, status)), "{type_} {status}");
    }
    let observed = |condition: Option<i64>, status: Option<i64>| {
        let ready = json!({ "type": "Ready", "status": "True", "observedGeneration": condition });
        json!({ "generation": 2, "status": { "observedGeneration": status, "conditions": [ready] } })
    };
    for (condition, status, expected) in [
        (None, None, true),
        (Some(2), Some(1), true),
        (Some(1), Some(2), false),
        (None, Some(1), false),
        (None, Some(2), true),
    ] {
        assert_eq!(judge(conditions::is_pod_ready, observed(condition, status)), expected, "{condition:?} {status:?}");
    }
}

/// A deployment of three replicas.
fn deployment(observed: i64, replicas: [i32; 3], reason: &str) -> Value {
    let [all, updated, available] = replicas;
    json!({
        "generation": 2,
        "spec": { "replicas": 3, "selector": {}, "template": {} },
        "status": {
            "observedGeneration": observed, "replicas": all, "updatedReplicas": updated, "availableReplicas": available,
            "conditions": [{ "type": "Progressing", "status": "True", "reason": reason }],
        },
    })
}

#[test]
fn a_deployment_is_rolled_out_as_kubectl_reports_it() {
    let rolled_out = |deployment| judge(conditions::is_deployment_rolled_out, deployment);
    assert!(rolled_out(deployment(2, [3, 3, 3], "NewReplicaSetAvailable")));
    // The condition is that of the previous rollout: kube's `is_deployment_completed` holds.
    assert!(!rolled_out(deployment(1, [3, 3, 3], "NewReplicaSetAvailable")));
    assert!(!rolled_out(deployment(2, [3, 2, 3], "ReplicaSetUpdated")), "not all updated");
    assert!(!rolled_out(deployment(2, [4, 3, 3], "ReplicaSetUpdated")), "an old one is left");
    assert!(!rolled_out(deployment(2, [3, 3, 2], "ReplicaSetUpdated")), "not all available");
    assert!(!rolled_out(deployment(2, [3, 3, 3], "ProgressDeadlineExceeded")));
    assert!(!rolled_out(json!({ "generation": 1, "spec": { "replicas": 3, "selector": {}, "template": {} } })));
}

#[test]
fn a_rollout_without_progress_has_exceeded_its_deadline() {
    let failed = |deployment| judge(conditions::has_exceeded_progress_deadline, deployment);
    assert!(failed(deployment(2, [3, 1, 2], "ProgressDeadlineExceeded")));
    assert!(!failed(deployment(1, [3, 1, 2], "ProgressDeadlineExceeded")), "that of the previous spec");
    assert!(!failed(deployment(2, [3, 1, 2], "ReplicaSetUpdated")));
}

#[test]
fn a_job_and_a_definition_are_judged_by_their_conditions() {
    let job = |type_, status| {
        let fields = || with_condition(type_, status);
        (judge::<Job>(conditions::is_job_completed, fields()), judge::<Job>(conditions::is_job_failed, fields()))
    };
    assert_eq!(job("Complete", "True"), (true, false));
    assert_eq!(job("Failed", "True"), (false, true));
    assert_eq!(job("Complete", "False"), (false, false));
    assert_eq!(job("SuccessCriteriaMet", "True"), (false, false), "its pods may still run");

    let spec = json!({ "group": "g", "names": { "kind": "K", "plural": "ks" }, "scope": "Cluster", "versions": [] });
    let established = |type_: &str, status: &str| {
        let mut fields = with_condition(type_, status);
        fields["spec"] = spec.clone();
        judge::<CustomResourceDefinition>(conditions::is_crd_established, fields)
    };
    assert!(established("Established", "True"));
    assert!(!established("Established", "False") && !established("NamesAccepted", "True"));
}

#[test]
fn a_load_balancer_needs_an_address() {
    let addresses = |addresses: Value| json!({ "loadBalancer": { "ingress": addresses } });
    let service = |type_: &str, status: Value| {
        judge::<Service>(
            conditions::is_service_loadbalancer_provisioned,
            json!({ "spec": { "type": type_ }, "status": status }),
        )
    };
    let ingress = |status: Value| judge::<Ingress>(conditions::is_ingress_provisioned, json!({ "status": status }));
    for (list, expected) in [
        (json!([{ "ip": "192.0.2.1" }]), true),
        (json!([{ "hostname": "lb.example.com" }]), true),
        (json!([{ "ip": "192.0.2.1" }, { "ports": [] }]), false),
        (json!([]), false),
        (json!(null), false),
    ] {
        assert_eq!(service("LoadBalancer", addresses(list.clone())), expected, "{list}");
        assert_eq!(ingress(addresses(list.clone())), expected, "{list}");
    }
    assert!(service("ClusterIP", json!({})), "it never gets one");
    assert!(!ingress(json!({})));
}

#[test]
fn deleted_is_judged_by_the_uid() {
    let pod: Pod = serde_json::from_value(json!({ "metadata": { "name": "x", "uid": "u" } })).unwrap();
    assert!(conditions::is_deleted::<Pod>("u")(None));
    assert!(!conditions::is_deleted("u")(Some(&pod)));
    assert!(conditions::is_deleted("before")(Some(&pod)));
    let json = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"x","uid":"u","resourceVersion":"5"}}"#;
    let metadata = PartialObjectMetadata::from_object(Object::parse(json.into()).unwrap()).unwrap();
    assert!(!conditions::is_deleted("u")(Some(&metadata)));
    assert!(conditions::is_deleted("before")(Some(&metadata)));
}

#[test]
fn an_object_of_another_type_ends_the_wait_with_the_field() {
    let mut predicate = conditions::decoded(conditions::is_pod_ready);
    let json = r#"{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"x","resourceVersion":"5"}}"#;
    let object = Object::parse(json.into()).unwrap();
    assert_eq!((predicate(Some(&object)), predicate(None)), (Verdict::Undecodable, Verdict::Unmet));
    let error = Pod::from_object(object).unwrap_err().to_string();
    assert!(error.starts_with("can't decode Deployment x@5: kind: "), "{error}");
    assert!(error.contains(r#"string "Deployment", expected Pod"#), "{error}");
    let config = Config::for_type::<Pod>().name("x").build().unwrap();
    assert!(WaitFor::new(config, predicate).is_ok());
}
