//! A type of objects that isn't the type of the configured resource.

use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected};
use watch_core::{Config, ConfigError, FromObject, Object, PartialObjectMetadata, Resource};

fn check<T: FromObject>(resource: &str) -> Result<(), ConfigError> {
    T::check_config(&Config::builder(resource.parse().unwrap()).build().unwrap())
}

/// Accepts one kind and one version, as the types of k8s-openapi do.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "only decoded")]
struct Gadget {
    #[serde(deserialize_with = "v1")]
    api_version: (),
    #[serde(deserialize_with = "gadget")]
    kind: (),
}

fn v1<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    only(deserializer, "example.com/v1")
}

fn gadget<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    only(deserializer, "Gadget")
}

fn only<'de, D: Deserializer<'de>>(deserializer: D, expected: &'static str) -> Result<(), D::Error> {
    let found = String::deserialize(deserializer)?;
    if found == expected { Ok(()) } else { Err(D::Error::invalid_value(Unexpected::Str(&found), &expected)) }
}

#[test]
fn another_version_is_refused_and_any_plural_may_have_the_kind() {
    assert_eq!(check::<Gadget>("gadgets.v1.example.com"), Ok(()));
    assert_eq!(check::<Gadget>("flock.v1.example.com"), Ok(()), "a definition chooses the plural");
    for (resource, configured) in [("gadgets.v2.example.com", "gadgets (example.com/v2)"), ("pods", "pods (v1)")] {
        assert_eq!(
            check::<Gadget>(resource).unwrap_err().to_string(),
            format!(
                "resource: the configuration has {configured}, but the type of the objects is Gadget (example.com/v1); \
                 configure the resource of the type, or use the type of the resource"
            )
        );
    }
}

/// Nothing is known of these, so they are accepted.
#[test]
fn a_type_that_several_kinds_fit_is_accepted_for_every_resource() {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    #[expect(dead_code, reason = "only decoded")]
    struct Texts {
        api_version: String,
        kind: Option<String>,
    }

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only decoded")]
    struct Deployment {
        metadata: serde_json::Value,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    #[expect(dead_code, reason = "only decoded")]
    struct Vague {
        #[serde(deserialize_with = "vague")]
        api_version: (),
        #[serde(deserialize_with = "vague")]
        kind: (),
    }

    /// The error doesn't name a value.
    fn vague<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
        only(deserializer, "a version or a kind").map_err(|_| D::Error::invalid_value(Unexpected::Unit, &"another"))
    }

    #[derive(Deserialize)]
    enum Kind {
        Deployment,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    #[expect(dead_code, reason = "only decoded")]
    struct Chosen {
        api_version: String,
        kind: Kind,
    }

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only decoded")]
    struct Flat {
        #[serde(flatten)]
        texts: Texts,
    }

    for resource in ["pods", "deployments.apps", "widgets.v1.example.com"] {
        assert_eq!(check::<Texts>(resource), Ok(()));
        assert_eq!(check::<Deployment>(resource), Ok(()));
        assert_eq!(check::<Vague>(resource), Ok(()));
        assert_eq!(check::<Chosen>(resource), Ok(()));
        assert_eq!(check::<Flat>(resource), Ok(()));
        assert_eq!(check::<serde_json::Value>(resource), Ok(()));
        assert_eq!(check::<Vec<String>>(resource), Ok(()));
        assert_eq!(check::<Object>(resource), Ok(()));
        assert_eq!(check::<PartialObjectMetadata>(resource), Ok(()));
    }
}

/// The object has another kind, which the error names. Items of a list don't name their kind, which is added.
#[test]
fn an_object_of_another_kind_is_an_error_with_both_kinds() {
    let widget = r#"{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"a","resourceVersion":"5"}}"#;
    let error = Object::parse(widget.into()).unwrap().decode::<Gadget>().map(drop).unwrap_err().to_string();
    assert!(error.contains("Widget a@5: kind: invalid value") && error.contains("expected Gadget"), "{error}");
}

#[cfg(feature = "k8s-openapi")]
mod of_k8s_openapi {
    use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration;
    use k8s_openapi::api::apps::v1::{ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet};
    use k8s_openapi::api::autoscaling::{v1 as autoscaling_v1, v2 as autoscaling_v2};
    use k8s_openapi::api::batch::v1::{CronJob, Job};
    use k8s_openapi::api::certificates::v1::CertificateSigningRequest;
    use k8s_openapi::api::coordination::v1::Lease;
    use k8s_openapi::api::core::v1::{
        ConfigMap, Endpoints, LimitRange, Namespace, Node, PersistentVolume, PersistentVolumeClaim, Pod, PodTemplate,
        ReplicationController, ResourceQuota, Secret, Service, ServiceAccount,
    };
    use k8s_openapi::api::discovery::v1::EndpointSlice;
    use k8s_openapi::api::flowcontrol::v1::{FlowSchema, PriorityLevelConfiguration};
    use k8s_openapi::api::networking::v1::{IPAddress, Ingress, IngressClass, NetworkPolicy, ServiceCIDR};
    use k8s_openapi::api::node::v1::RuntimeClass;
    use k8s_openapi::api::policy::v1::PodDisruptionBudget;
    use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, Role, RoleBinding};
    use k8s_openapi::api::resource::v1::{DeviceClass, ResourceClaim, ResourceSlice};
    use k8s_openapi::api::scheduling::v1::PriorityClass;
    use k8s_openapi::api::storage::v1::{CSIDriver, CSINode, CSIStorageCapacity, StorageClass, VolumeAttachment};
    use k8s_openapi::api::{core, events};
    use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
    use k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1::APIService;

    use super::{Config, FromObject, Resource, check};

    /// Each type is accepted for its own resource, and for no other of its group.
    fn fits<T: FromObject + k8s_openapi::Resource>() {
        T::check_config(&Config::for_type::<T>().build().unwrap()).unwrap();
        let other = Config::builder(Resource::new(T::GROUP, T::VERSION, "others")).build().unwrap();
        let error = T::check_config(&other).unwrap_err().to_string();
        let of_type = format!("{} ({}, {});", T::KIND, T::API_VERSION, T::URL_PATH_SEGMENT);
        assert!(error.contains(&of_type), "{error}: {of_type}");
    }

    macro_rules! fit {
        ($($t:ty),* $(,)?) => { $(fits::<$t>();)* };
    }

    #[test]
    fn each_type_fits_its_own_resource_only() {
        fit![
            APIService,
            CSIDriver,
            CSINode,
            CSIStorageCapacity,
            CertificateSigningRequest,
            ClusterRole,
            ClusterRoleBinding,
            ConfigMap,
            ControllerRevision,
            CronJob,
            CustomResourceDefinition,
            DaemonSet,
            Deployment,
            DeviceClass,
            EndpointSlice,
            Endpoints,
            FlowSchema,
            IPAddress,
            Ingress,
            IngressClass,
            Job,
            Lease,
            LimitRange,
            Namespace,
            NetworkPolicy,
            Node,
            PersistentVolume,
            PersistentVolumeClaim,
            Pod,
            PodDisruptionBudget,
            PodTemplate,
            PriorityClass,
            PriorityLevelConfiguration,
            ReplicaSet,
            ReplicationController,
            ResourceClaim,
            ResourceQuota,
            ResourceSlice,
            Role,
            RoleBinding,
            RuntimeClass,
            Secret,
            Service,
            ServiceAccount,
            ServiceCIDR,
            StatefulSet,
            StorageClass,
            ValidatingWebhookConfiguration,
            VolumeAttachment,
            autoscaling_v1::HorizontalPodAutoscaler,
            autoscaling_v2::HorizontalPodAutoscaler,
            core::v1::Event,
            events::v1::Event,
        ];
    }

    #[test]
    fn another_group_or_version_is_refused() {
        for (refused, configured) in [
            (check::<Deployment>("pods"), "pods (v1)"),
            (check::<Pod>("deployments.apps"), "deployments (apps/v1)"),
            (check::<Pod>("widgets.v1.example.com"), "widgets (example.com/v1)"),
            (check::<core::v1::Event>("events.events.k8s.io"), "events (events.k8s.io/v1)"),
            (
                check::<autoscaling_v1::HorizontalPodAutoscaler>("horizontalpodautoscalers.autoscaling"),
                "(autoscaling/v2)",
            ),
        ] {
            let error = refused.unwrap_err().to_string();
            assert!(error.starts_with("resource: the configuration has ") && error.contains(configured), "{error}");
        }
    }
}
