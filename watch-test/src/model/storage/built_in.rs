//! The resources of a new cluster.

use super::release::Release;
use super::resource::Resource;

/// Returns the resources as kube-apiserver of this release lists them in discovery, without `widgets.example.com`.
pub(crate) fn built_in(release: Release) -> Vec<Resource> {
    let mut all = core();
    all.extend(workloads());
    all.extend(networking());
    all.extend(access_and_policy());
    all.extend(storage(release));
    all.extend(of_the_cluster());
    all
}

fn core() -> Vec<Resource> {
    let core = |plural, kind| Resource::built_in("", "v1", plural, kind);
    vec![
        core("configmaps", "ConfigMap").short("cm"),
        core("endpoints", "Endpoints").short("ep"),
        Resource { cached: false, ..core("events", "Event").short("ev") },
        core("limitranges", "LimitRange").short("limits"),
        core("namespaces", "Namespace").short("ns").with_status().cluster_scoped(),
        core("nodes", "Node").short("no").with_status().cluster_scoped(),
        core("persistentvolumeclaims", "PersistentVolumeClaim").short("pvc").with_status(),
        core("persistentvolumes", "PersistentVolume").short("pv").with_status().cluster_scoped(),
        core("pods", "Pod").short("po").in_category("all").with_status(),
        core("podtemplates", "PodTemplate"),
        core("replicationcontrollers", "ReplicationController")
            .short("rc")
            .in_category("all")
            .with_status()
            .with_scale(),
        core("resourcequotas", "ResourceQuota").short("quota").with_status(),
        core("secrets", "Secret"),
        core("serviceaccounts", "ServiceAccount").short("sa"),
        core("services", "Service").short("svc").in_category("all").with_status(),
    ]
}

fn workloads() -> Vec<Resource> {
    let apps = |plural, kind| Resource::built_in("apps", "v1", plural, kind);
    let run = |plural, kind| apps(plural, kind).in_category("all").with_status();
    let batch = |plural, kind| Resource::built_in("batch", "v1", plural, kind).in_category("all").with_status();
    vec![
        apps("controllerrevisions", "ControllerRevision"),
        run("daemonsets", "DaemonSet").short("ds"),
        run("deployments", "Deployment").short("deploy").with_scale(),
        run("replicasets", "ReplicaSet").short("rs").with_scale(),
        run("statefulsets", "StatefulSet").short("sts").with_scale(),
        batch("cronjobs", "CronJob").short("cj"),
        batch("jobs", "Job"),
        Resource::built_in("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler")
            .short("hpa")
            .in_category("all")
            .with_status(),
    ]
}

fn networking() -> Vec<Resource> {
    let networking = |plural, kind| Resource::built_in("networking.k8s.io", "v1", plural, kind);
    vec![
        Resource::built_in("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"),
        networking("ingressclasses", "IngressClass").cluster_scoped(),
        networking("ingresses", "Ingress").short("ing").with_status(),
        networking("ipaddresses", "IPAddress").short("ip").cluster_scoped(),
        networking("networkpolicies", "NetworkPolicy").short("netpol"),
        networking("servicecidrs", "ServiceCIDR").with_status().cluster_scoped(),
    ]
}

fn access_and_policy() -> Vec<Resource> {
    let rbac = |plural, kind| Resource::built_in("rbac.authorization.k8s.io", "v1", plural, kind);
    vec![
        rbac("clusterrolebindings", "ClusterRoleBinding").cluster_scoped(),
        rbac("clusterroles", "ClusterRole").cluster_scoped(),
        rbac("rolebindings", "RoleBinding"),
        rbac("roles", "Role"),
        Resource::built_in("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget").short("pdb").with_status(),
    ]
}

fn storage(release: Release) -> Vec<Resource> {
    let storage = |plural, kind| Resource::built_in("storage.k8s.io", "v1", plural, kind);
    let nodes = storage("csinodes", "CSINode").cluster_scoped();
    vec![
        storage("csidrivers", "CSIDriver").cluster_scoped(),
        if release >= Release::V1_37 { nodes.with_status() } else { nodes },
        storage("csistoragecapacities", "CSIStorageCapacity"),
        storage("storageclasses", "StorageClass").short("sc").cluster_scoped(),
        storage("volumeattachments", "VolumeAttachment").with_status().cluster_scoped(),
        storage("volumeattributesclasses", "VolumeAttributesClass").short("vac").cluster_scoped(),
    ]
}

fn of_the_cluster() -> Vec<Resource> {
    let admission = |plural, kind| {
        let resource = Resource::built_in("admissionregistration.k8s.io", "v1", plural, kind);
        resource.in_category("api-extensions").cluster_scoped()
    };
    vec![
        admission("mutatingwebhookconfigurations", "MutatingWebhookConfiguration"),
        admission("validatingwebhookconfigurations", "ValidatingWebhookConfiguration"),
        Resource::built_in("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition")
            .short("crd")
            .short("crds")
            .in_category("api-extensions")
            .with_status()
            .cluster_scoped(),
        Resource::built_in("coordination.k8s.io", "v1", "leases", "Lease"),
        Resource { cached: false, ..Resource::built_in("events.k8s.io", "v1", "events", "Event").short("ev") },
        Resource::built_in("node.k8s.io", "v1", "runtimeclasses", "RuntimeClass").cluster_scoped(),
        Resource::built_in("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass").short("pc").cluster_scoped(),
    ]
}
