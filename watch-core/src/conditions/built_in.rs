//! Conditions on the types of k8s-openapi.

use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::api::networking::v1::Ingress;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;

/// Returns whether the pod runs: its phase is `Running` (kube's `is_pod_running`). It may not be ready yet.
///
/// A pod that is done doesn't run anymore. To wait for a pod that may end quickly, join this with [`is_pod_done`].
pub fn is_pod_running(pod: Option<&Pod>) -> bool {
    phase(pod) == Some("Running")
}

/// Returns whether the pod is ready: its condition `Ready` is true (`kubectl wait --for=condition=Ready`:
/// `checkCondition` in `kubectl/pkg/cmd/wait/condition.go`).
///
/// A condition that was observed for an older generation of the spec doesn't count.
pub fn is_pod_ready(pod: Option<&Pod>) -> bool {
    let Some((pod, status)) = pod.and_then(|pod| Some((pod, pod.status.as_ref()?))) else { return false };
    let ready = status.conditions.iter().flatten().find(|condition| condition.type_.eq_ignore_ascii_case("Ready"));
    ready.is_some_and(|ready| {
        let observed = ready.observed_generation.or(status.observed_generation);
        let is_outdated = observed.zip(pod.metadata.generation).is_some_and(|(observed, spec)| observed < spec);
        !is_outdated && ready.status.eq_ignore_ascii_case("True")
    })
}

/// Returns whether all containers of the pod have ended and won't be restarted: its phase is `Succeeded` or `Failed`
/// (`IsPodPhaseTerminal` in `kubernetes/pkg/api/v1/pod/util.go`).
pub fn is_pod_done(pod: Option<&Pod>) -> bool {
    matches!(phase(pod), Some("Succeeded" | "Failed"))
}

fn phase(pod: Option<&Pod>) -> Option<&str> {
    pod?.status.as_ref()?.phase.as_deref()
}

/// Returns whether the deployment is rolled out: the controller has seen the spec, all replicas are updated and
/// available, and no old one is left (`kubectl rollout status`: `DeploymentStatusViewer.Status` in
/// `kubectl/pkg/polymorphichelpers/rollout_status.go`).
///
/// kube's `is_deployment_completed` checks only the condition `Progressing`. Until the controller has seen the spec,
/// this condition is that of the previous rollout. To end the wait when a rollout fails, join this with
/// [`has_exceeded_progress_deadline`].
pub fn is_deployment_rolled_out(deployment: Option<&Deployment>) -> bool {
    let Some(deployment) = deployment else { return false };
    let status = deployment.status.clone().unwrap_or_default();
    // Whether the spec is optional depends on the version of k8s-openapi.
    let desired = Option::<&DeploymentSpec>::from(&deployment.spec).and_then(|spec| spec.replicas);
    let updated = status.updated_replicas.unwrap_or_default();
    is_observed(deployment)
        && !is_past_progress_deadline(deployment)
        && desired.is_none_or(|desired| updated >= desired)
        && status.replicas.unwrap_or_default() <= updated
        && status.available_replicas.unwrap_or_default() >= updated
}

/// Returns whether the rollout of the deployment failed: it made no progress for `progressDeadlineSeconds`
/// (`kubectl rollout status`, which then fails). The controller continues, and the rollout may still succeed.
pub fn has_exceeded_progress_deadline(deployment: Option<&Deployment>) -> bool {
    deployment.is_some_and(|deployment| is_observed(deployment) && is_past_progress_deadline(deployment))
}

/// Returns whether the controller has seen the present spec.
fn is_observed(deployment: &Deployment) -> bool {
    let observed = deployment.status.as_ref().and_then(|status| status.observed_generation);
    deployment.metadata.generation.unwrap_or_default() <= observed.unwrap_or_default()
}

fn is_past_progress_deadline(deployment: &Deployment) -> bool {
    let conditions = deployment.status.iter().flat_map(|status| status.conditions.iter().flatten());
    // Only the condition `Progressing` has this reason (`TimedOutReason` in `kubectl/pkg/util/deployment`). Whether its
    // type is optional depends on the version of k8s-openapi.
    conditions.into_iter().any(|condition| condition.reason.as_deref() == Some("ProgressDeadlineExceeded"))
}

/// Returns whether the job has succeeded: its condition `Complete` is true (`kubectl wait --for=condition=Complete`,
/// kube's `is_job_completed`).
///
/// A job that failed never completes: join this with [`is_job_failed`].
pub fn is_job_completed(job: Option<&Job>) -> bool {
    is_job(job, "Complete")
}

/// Returns whether the job has failed: its condition `Failed` is true (`kubectl wait --for=condition=Failed`).
pub fn is_job_failed(job: Option<&Job>) -> bool {
    is_job(job, "Failed")
}

fn is_job(job: Option<&Job>, type_: &str) -> bool {
    let conditions = job.and_then(|job| job.status.as_ref()?.conditions.as_ref());
    conditions.into_iter().flatten().any(|condition| condition.type_ == type_ && condition.status == "True")
}

/// Returns whether the API server serves the custom resource: the condition `Established` is true
/// (`kubectl wait --for=condition=Established`, kube's `is_crd_established`).
///
/// It may take longer until discovery lists the resource.
pub fn is_crd_established(crd: Option<&CustomResourceDefinition>) -> bool {
    let conditions = crd.and_then(|crd| crd.status.as_ref()?.conditions.as_ref());
    conditions.into_iter().flatten().any(|condition| condition.type_ == "Established" && condition.status == "True")
}

/// Returns whether the load balancer of the service has an IP address or a hostname. Returns true for a service of
/// another type, which never gets one. This is kube's `is_service_loadbalancer_provisioned`, with one difference: kube
/// accepts an empty list of addresses.
pub fn is_service_loadbalancer_provisioned(service: Option<&Service>) -> bool {
    let Some(service) = service else { return false };
    let Some(spec) = &service.spec else { return false };
    if spec.type_.as_deref() != Some("LoadBalancer") {
        return true;
    }
    let addresses = service.status.as_ref().and_then(|status| status.load_balancer.as_ref()?.ingress.as_deref());
    addresses.is_some_and(|all| has_all(all, |address| address.ip.is_some() || address.hostname.is_some()))
}

/// Returns whether the ingress has an IP address or a hostname. This is kube's `is_ingress_provisioned`, with one
/// difference: kube accepts an empty list of addresses.
pub fn is_ingress_provisioned(ingress: Option<&Ingress>) -> bool {
    let status = ingress.and_then(|ingress| ingress.status.as_ref());
    let addresses = status.and_then(|status| status.load_balancer.as_ref()?.ingress.as_deref());
    addresses.is_some_and(|all| has_all(all, |address| address.ip.is_some() || address.hostname.is_some()))
}

/// Returns whether there is an address, and each one is known.
fn has_all<T>(addresses: &[T], is_known: impl Fn(&T) -> bool) -> bool {
    !addresses.is_empty() && addresses.iter().all(is_known)
}
