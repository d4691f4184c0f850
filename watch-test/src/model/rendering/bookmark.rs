//! The form of bookmarks.

use bytes::Bytes;
use serde_json::{Value, json};
use watch_core::wire::{EventType, INITIAL_EVENTS_END, write_event};

use crate::model::encode::json::{KeyOrder, to_vec};
use crate::model::storage::resource::Resource;

/// The contents of a bookmark.
pub(crate) fn bookmark_metadata(version: u64, ends_initial_events: bool) -> Value {
    let mut metadata = json!({ "resourceVersion": version.to_string() });
    if ends_initial_events {
        metadata["annotations"] = json!({ INITIAL_EVENTS_END: "true" });
    }
    metadata
}

/// Returns a bookmark as a line: an empty object of the resource's type.
pub(crate) fn bookmark_line(resource: &Resource, metadata: Value) -> Bytes {
    let mut object = json!({ "kind": resource.kind, "apiVersion": resource.api_version(), "metadata": metadata });
    if !resource.custom {
        fill(&mut object, resource);
    }
    line(&to_vec(&object, resource.key_order()))
}

/// The same for clients that accept metadata only.
pub(crate) fn metadata_bookmark_line(metadata: Value) -> Bytes {
    let object = json!({ "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata });
    line(&to_vec(&object, KeyOrder::Struct("PartialObjectMetadata")))
}

fn line(object: &[u8]) -> Bytes {
    let mut line = Vec::new();
    write_event(&mut line, EventType::Bookmark, object);
    line.into()
}

/// The fields that Go writes of an empty struct: those without `omitempty`.
fn fill(object: &mut Value, resource: &Resource) {
    let template = || json!({"metadata": {}, "spec": {"containers": null}});
    let empty = match resource.struct_name() {
        "Pod" => json!({"spec": {"containers": null}, "status": {}}),
        "Service" => json!({"spec": {}, "status": {"loadBalancer": {}}}),
        "PersistentVolumeClaim" => json!({"spec": {"resources": {}}, "status": {}}),
        "Node" => json!({"spec": {}, "status": {"daemonEndpoints": {"kubeletEndpoint": {"Port": 0}}, "nodeInfo": {
            "machineID": "", "systemUUID": "", "bootID": "", "kernelVersion": "", "osImage": "",
            "containerRuntimeVersion": "", "kubeletVersion": "", "kubeProxyVersion": "", "operatingSystem": "",
            "architecture": ""}}}),
        "Namespace" => json!({"spec": {}, "status": {}}),
        "Event" => json!({"involvedObject": {}, "source": {}, "firstTimestamp": null, "lastTimestamp": null,
            "eventTime": null, "reportingComponent": "", "reportingInstance": ""}),
        "events.Event" => json!({"eventTime": null, "regarding": {}, "deprecatedSource": {},
            "deprecatedFirstTimestamp": null, "deprecatedLastTimestamp": null}),
        "Deployment" => json!({"spec": {"replicas": 0, "selector": null, "template": template(), "strategy": {}},
            "status": {}}),
        "ReplicaSet" => json!({"spec": {"replicas": 0, "selector": null, "template": template()},
            "status": {"replicas": 0}}),
        "StatefulSet" => json!({"spec": {"replicas": 0, "selector": null, "template": template(), "serviceName": "",
            "updateStrategy": {}}, "status": {"replicas": 0, "availableReplicas": 0}}),
        "DaemonSet" => {
            // A field of the internal type that has become an annotation (pkg/apis/apps/v1/conversion.go).
            object["metadata"]["annotations"]["deprecated.daemonset.template.generation"] = "0".into();
            json!({"spec": {"selector": null, "template": template(), "updateStrategy": {}}, "status": {
                "currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0, "numberReady": 0}})
        }
        "Job" => json!({"spec": {"template": template()}, "status": {}}),
        "CronJob" => json!({"spec": {"schedule": "",
            "jobTemplate": {"metadata": {}, "spec": {"template": template()}}}, "status": {}}),
        "Lease" | "IngressClass" | "IPAddress" | "CSIDriver" => json!({"spec": {}}),
        "PersistentVolume" | "ResourceQuota" | "ServiceCIDR" => json!({"spec": {}, "status": {}}),
        "LimitRange" => json!({"spec": {"limits": null}}),
        "PodTemplate" => json!({"template": template()}),
        "ReplicationController" => json!({"spec": {}, "status": {"replicas": 0}}),
        "ControllerRevision" => json!({"data": null, "revision": 0}),
        "HorizontalPodAutoscaler" => json!({"spec": {"scaleTargetRef": {"kind": "", "name": ""}, "maxReplicas": 0},
            "status": {"desiredReplicas": 0, "currentMetrics": null}}),
        "NetworkPolicy" => json!({"spec": {"podSelector": {}}}),
        "ClusterRoleBinding" | "RoleBinding" => json!({"roleRef": {"apiGroup": "", "kind": "", "name": ""}}),
        "ClusterRole" | "Role" => json!({"rules": null}),
        "PodDisruptionBudget" => json!({"spec": {}, "status": {"disruptionsAllowed": 0, "currentHealthy": 0,
            "desiredHealthy": 0, "expectedPods": 0}}),
        // It has a status since Kubernetes 1.37.
        "CSINode" if resource.has_status => json!({"spec": {"drivers": null}, "status": {}}),
        "CSINode" => json!({"spec": {"drivers": null}}),
        "CSIStorageCapacity" => json!({"storageClassName": ""}),
        "VolumeAttachment" => json!({"spec": {"attacher": "", "source": {}, "nodeName": ""},
            "status": {"attached": false}}),
        "StorageClass" => json!({"provisioner": ""}),
        "VolumeAttributesClass" => json!({"driverName": ""}),
        "RuntimeClass" => json!({"handler": ""}),
        "PriorityClass" => json!({"value": 0}),
        "EndpointSlice" => json!({"addressType": "", "endpoints": null, "ports": null}),
        "Ingress" => json!({"spec": {}, "status": {"loadBalancer": {}}}),
        "CustomResourceDefinition" => json!({"spec": {"group": "", "names": {"plural": "", "kind": ""}, "scope": "",
            "versions": null}, "status": {"conditions": null, "acceptedNames": {"plural": "", "kind": ""},
            "storedVersions": null}}),
        _ => return,
    };
    if let (Some(object), Value::Object(empty)) = (object.as_object_mut(), empty) {
        object.extend(empty);
    }
}
