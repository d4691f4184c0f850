//! The ready-made conditions on the types of k8s-openapi: a reference reads the same object as JSON.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::api::networking::v1::Ingress;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use watch_core::conditions::{
    has_exceeded_progress_deadline, is_crd_established, is_deployment_rolled_out, is_ingress_provisioned,
    is_job_completed, is_job_failed, is_pod_done, is_pod_ready, is_pod_running, is_service_loadbalancer_provisioned,
};
use watch_core::{Config, ObjectMetadata, conditions};
use watch_test::check::Rng;

use super::hashed;
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};

pub(super) fn probe(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    pods(rng, transcript)?;
    deployments(rng, transcript)?;
    let job = with_conditions(rng, &["Complete", "Failed", "Suspended"]);
    check::<Job>(transcript, &job, is_job_completed, is_true(&job, "Complete"))?;
    check::<Job>(transcript, &job, is_job_failed, is_true(&job, "Failed"))?;
    let mut crd = with_conditions(rng, &["Established", "NamesAccepted"]);
    crd["spec"] = json!({ "group": "g", "names": { "kind": "K", "plural": "k" }, "scope": "Cluster", "versions": [] });
    check::<CustomResourceDefinition>(transcript, &crd, is_crd_established, is_true(&crd, "Established"))?;
    addresses(rng, transcript)?;
    of_type(rng)
}

/// Compares a condition on the object as a `T` with the expected result. Absence never counts.
fn check<T: DeserializeOwned>(
    transcript: &mut Transcript,
    object: &Value,
    condition: fn(Option<&T>) -> bool,
    expected: bool,
) -> Result<(), Violation> {
    let typed = serde_json::from_value::<T>(object.clone());
    let typed = typed.or_else(|error| broken(Oracle::Reference, format!("{object}: {error}")))?;
    let found = condition(Some(&typed));
    hashed::flag(transcript, found);
    if found == expected && !condition(None) {
        return Ok(());
    }
    broken(Oracle::Reference, format!("{object}: the condition is {found}, not {expected}"))
}

fn metadata(rng: &mut Rng) -> Value {
    let mut metadata = json!({ "name": "x" });
    if rng.one_in(2) {
        metadata["generation"] = rng.between(1, 3).into();
    }
    metadata
}

fn number(rng: &mut Rng, most: u64) -> Value {
    if rng.one_in(3) { Value::Null } else { rng.below(most).into() }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Draws an object with conditions, of which some have the same type.
fn with_conditions(rng: &mut Rng, types: &[&str]) -> Value {
    let mut object = json!({ "metadata": metadata(rng) });
    if rng.one_in(6) {
        return object;
    }
    object["status"] = json!({ "observedGeneration": number(rng, 4) });
    if !rng.one_in(6) {
        let conditions = (0..rng.below(4)).map(|_| {
            let status = rng.pick(&["True", "True", "False", "Unknown"]);
            json!({ "type": rng.pick(types), "status": status, "observedGeneration": number(rng, 4) })
        });
        object["status"]["conditions"] = conditions.collect();
    }
    object
}

fn conditions_of(object: &Value) -> impl Iterator<Item = &Value> {
    object["status"]["conditions"].as_array().into_iter().flatten()
}

fn is_true(object: &Value, wanted: &str) -> bool {
    conditions_of(object).any(|condition| condition["type"] == wanted && condition["status"] == "True")
}

fn pods(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let mut pod = with_conditions(rng, &["Ready", "Ready", "ready", "ContainersReady"]);
    let phase = rng.pick(&["Pending", "Running", "Succeeded", "Failed", "Unknown"]);
    if pod["status"].is_object() && !rng.one_in(6) {
        pod["status"]["phase"] = phase.into();
    }
    let phase = text(&pod["status"]["phase"]);
    check::<Pod>(transcript, &pod, is_pod_running, phase == "Running")?;
    check::<Pod>(transcript, &pod, is_pod_done, matches!(phase, "Succeeded" | "Failed"))?;
    // "A condition that was observed for an older generation of the spec doesn't count."
    let ready = conditions_of(&pod).find(|condition| text(&condition["type"]).eq_ignore_ascii_case("ready"));
    let is_ready = ready.is_some_and(|ready| {
        let of_pod = &pod["status"]["observedGeneration"];
        let observed = ready["observedGeneration"].as_u64().or_else(|| of_pod.as_u64());
        let generation = pod["metadata"]["generation"].as_u64();
        ready["status"] == "True" && !matches!((observed, generation), (Some(seen), Some(spec)) if seen < spec)
    });
    check::<Pod>(transcript, &pod, is_pod_ready, is_ready)
}

fn deployments(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let mut deployment = with_conditions(rng, &["Progressing", "Available"]);
    if let Some(conditions) = deployment["status"]["conditions"].as_array_mut() {
        for condition in conditions {
            condition["reason"] = rng.pick(&["ProgressDeadlineExceeded", "MinimumReplicasAvailable"]).into();
        }
    }
    let template = json!({ "metadata": {}, "spec": { "containers": [] } });
    deployment["spec"] = json!({ "replicas": number(rng, 4), "selector": {}, "template": template });
    if deployment["status"].is_object() {
        for field in ["updatedReplicas", "replicas", "availableReplicas"] {
            deployment["status"][field] = number(rng, 4);
        }
    }
    let status = |field: &str| deployment["status"][field].as_u64().unwrap_or_default();
    let is_seen = deployment["metadata"]["generation"].as_u64().unwrap_or_default() <= status("observedGeneration");
    let is_late = conditions_of(&deployment).any(|condition| condition["reason"] == "ProgressDeadlineExceeded");
    // "All replicas are updated and available, and no old one is left."
    let desired = deployment["spec"]["replicas"].as_u64();
    let is_updated = desired.is_none_or(|desired| status("updatedReplicas") >= desired);
    let has_old = status("replicas") > status("updatedReplicas");
    let are_available = status("availableReplicas") >= status("updatedReplicas");
    let is_rolled_out = is_seen && !is_late && is_updated && !has_old && are_available;
    check::<Deployment>(transcript, &deployment, is_deployment_rolled_out, is_rolled_out)?;
    check::<Deployment>(transcript, &deployment, has_exceeded_progress_deadline, is_seen && is_late)
}

fn addresses(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let mut object = json!({ "metadata": metadata(rng) });
    if !rng.one_in(6) {
        object["spec"] = rng.pick(&[json!({ "type": "LoadBalancer" }), json!({ "type": "ClusterIP" }), json!({})]);
    }
    let ingress = (0..rng.below(3)).map(|_| rng.pick(&[json!({ "ip": "::1" }), json!({ "hostname": "a" }), json!({})]));
    let ingress: Value = ingress.collect();
    object["status"] = match rng.below(6) {
        0 => Value::Null,
        1 => json!({}),
        2 => json!({ "loadBalancer": {} }),
        _ => json!({ "loadBalancer": { "ingress": ingress } }),
    };
    let known = object["status"]["loadBalancer"]["ingress"].as_array();
    let is_known = known.is_some_and(|all| {
        !all.is_empty() && all.iter().all(|one| one["ip"].is_string() || one["hostname"].is_string())
    });
    check::<Ingress>(transcript, &object, is_ingress_provisioned, is_known)?;
    let needs_one = object["spec"]["type"] == "LoadBalancer";
    let is_provisioned = object["spec"].is_object() && (is_known || !needs_one);
    check::<Service>(transcript, &object, is_service_loadbalancer_provisioned, is_provisioned)
}

/// Checks the metadata of a type, and the resource of a type.
fn of_type(rng: &mut Rng) -> Result<(), Violation> {
    let uid = rng.pick(&["u-1", "u-2"]);
    let owner = json!({ "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-1", "uid": uid });
    let pod = json!({ "metadata": { "uid": uid, "labels": { "app": uid, "b": "" }, "ownerReferences": [owner] } });
    let pod: Pod = serde_json::from_value(pod).or_else(|error| broken(Oracle::Reference, error.to_string()))?;
    let (mut labels, mut owners) = (Vec::new(), Vec::new());
    pod.for_each_label(&mut |key, value| labels.push(format!("{key}={value}")));
    pod.for_each_owner_uid(&mut |uid| owners.push(uid.to_owned()));
    let is_deleted = ["u-1", "u-2"].map(|uid| conditions::is_deleted::<Pod>(uid)(Some(&pod)));
    let config = Config::for_type::<Deployment>().build();
    let config = config.or_else(|error| broken(Oracle::Reference, error.to_string()))?;
    let resource = config.resource();
    let is_right = labels == [format!("app={uid}"), "b=".to_owned()]
        && owners == [uid]
        && is_deleted == [uid != "u-1", uid != "u-2"]
        && (resource.group(), resource.version(), resource.plural()) == ("apps", "v1", "deployments");
    if is_right {
        return Ok(());
    }
    broken(Oracle::Reference, format!("{labels:?} {owners:?} {is_deleted:?} {resource:?}"))
}
