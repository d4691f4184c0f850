//! Ready-made conditions to wait for, with kube's names where kube has them.
//!
//! A condition is a function `Fn(Option<&T>) -> bool` of an object, or of its absence (`None`).
//! [`Condition`](crate::Condition) joins conditions. With the feature `k8s-openapi`, there are conditions on its types.
//! Pass a condition to a wait, or call it with an object of a store.
//!
//! | condition | works like |
//! |---|---|
//! | `is_created` | `kubectl wait --for=create`, kube's `is_created` |
//! | `is_deleted` | `kubectl wait --for=delete`, kube's `is_deleted` |
//! | `is_pod_running` | kube's `is_pod_running` |
//! | `is_pod_ready` | `kubectl wait --for=condition=Ready` |
//! | `is_pod_done` | `IsPodTerminal` of Kubernetes |
//! | `is_deployment_rolled_out`, `has_exceeded_progress_deadline` | `kubectl rollout status` |
//! | `is_job_completed`, `is_job_failed` | `kubectl wait --for=condition=Complete`, `--for=condition=Failed` |
//! | `is_crd_established` | `kubectl wait --for=condition=Established` |
//! | `is_service_loadbalancer_provisioned`, `is_ingress_provisioned` | kube's, but not met without an address |

#[cfg(feature = "k8s-openapi")]
mod built_in;
mod has_uid;

#[cfg(feature = "k8s-openapi")]
pub use self::built_in::{
    has_exceeded_progress_deadline, is_crd_established, is_deployment_rolled_out, is_ingress_provisioned,
    is_job_completed, is_job_failed, is_pod_done, is_pod_ready, is_pod_running, is_service_loadbalancer_provisioned,
};
pub use self::has_uid::HasUid;
use crate::from_object::FromObject;
use crate::wait::Verdict;
use crate::wire::object::Object;

/// Returns whether the object exists.
pub const fn is_created<T>(object: Option<&T>) -> bool {
    object.is_some()
}

/// Returns the condition that the object with this uid doesn't exist. A new object of the same name has another uid, so
/// a deletion isn't missed if the object was created again meanwhile (`kubectl wait --for=delete`: `IsDeleted` in
/// `kubectl/pkg/cmd/wait/delete.go`).
///
/// An object without a uid counts as another object. For the types of kube's `derive(CustomResource)`, use `is_deleted`
/// of watch-hyper.
pub fn is_deleted<T: HasUid>(uid: &str) -> impl Fn(Option<&T>) -> bool + use<'_, T> {
    move |object| object.and_then(HasUid::uid) != Some(uid)
}

/// Returns the predicate of a [`WaitFor`](crate::WaitFor) or [`WaitForMany`](crate::WaitForMany) for a condition on a
/// `T`.
///
/// A wait ends as soon as it receives an object that can't be decoded as a `T`. The outcome is then
/// [`Outcome::Undecodable`](crate::Outcome::Undecodable). [`Outcome::try_map`](crate::Outcome::try_map) fails, with an
/// error that names the object and the field:
///
/// ```
/// # use watch_core::{ConfigError, FromObject, WaitFor, conditions, Config};
/// # #[derive(serde::Deserialize)]
/// # struct Pod {}
/// # fn is_ready(pod: Option<&Pod>) -> bool { pod.is_some() }
/// # fn example(config: Config) -> Result<(), Box<dyn core::error::Error>> {
/// let waiting = WaitFor::new(config, conditions::decoded(is_ready))?;
/// // .. after the end:
/// if let Some(outcome) = waiting.outcome() {
///     let outcome = outcome.clone().try_map(Pod::from_object)?;
/// }
/// # Ok(())
/// # }
/// ```
pub fn decoded<T: FromObject>(mut condition: impl FnMut(Option<&T>) -> bool) -> impl FnMut(Option<&Object>) -> Verdict {
    move |object| match object {
        None => condition(None).into(),
        Some(object) => {
            T::from_object(object.clone()).map_or(Verdict::Undecodable, |object| condition(Some(&object)).into())
        }
    }
}
