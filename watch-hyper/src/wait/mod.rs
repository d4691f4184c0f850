//! Waiting for a condition.

mod error;
mod many;
mod one;

use watch_core::conditions::decoded;
use watch_core::{Config, FromObject, Machine, Outcome, OutcomeOfMany};

pub use self::error::WaitError;
pub use self::many::WaitForMany;
pub use self::one::WaitFor;
use crate::driver::Driver;
use crate::seed;
use crate::transport::Transport;

/// Waits until the condition holds for an object or for its absence (`None`), at most until the deadline of the
/// configuration.
///
/// The module [`conditions`](watch_core::conditions) has ready-made conditions. [`Condition`](watch_core::Condition)
/// joins conditions. `wait_for::<Object>` decodes nothing. The [`Outcome`] of a wait that reached its deadline holds
/// the state of the final read, and the last trouble. [`WaitFor`] does the same with an observer and a stopper.
///
/// The wait isn't counted in the metrics, unless [`Transport::metered`] was called.
///
/// # Errors
/// Fails if the configuration doesn't name the object, starts without the present state, or has another resource than
/// the type ([`FromObject::check_config`]). Fails as soon as an object
/// arrives that doesn't fit the type.
///
/// ```no_run
/// # use core::time::Duration;
/// # use watch_hyper::watch_core::{Config, Object, ObjectState, Outcome, Resource};
/// # async fn example(client: watch_hyper::Transport) -> Result<(), Box<dyn core::error::Error>> {
/// let config = Config::builder(Resource::core("v1", "pods"))
///     .namespace("default")
///     .name("web-0")
///     .deadline(Duration::from_secs(60))
///     .build()?;
/// match watch_hyper::wait_for::<Object>(client, config, |pod| pod.is_none()).await? {
///     Outcome::Met(_) => println!("it is gone"),
///     Outcome::DeadlineReached(last) => match (last.state, last.trouble) {
///         (_, Some(trouble)) => println!("unknown whether it is gone: {trouble}"),
///         (ObjectState::Present(pod), None) => println!("{pod} is still there"),
///         (state, None) => println!("{state:?}"),
///     },
///     other => println!("{other:?}"),
/// }
/// # Ok(())
/// # }
/// ```
///
/// With the feature `k8s-openapi`:
///
/// ```no_run
/// # #[cfg(feature = "k8s-openapi")]
/// # async fn example(client: watch_hyper::Transport) -> Result<(), Box<dyn core::error::Error>> {
/// use k8s_openapi::api::core::v1::Pod;
/// use watch_hyper::wait_for;
/// use watch_hyper::watch_core::{Condition, Config, conditions};
///
/// # let minute = core::time::Duration::from_secs(60);
/// let config = Config::for_type::<Pod>().namespace("default").name("web-0").deadline(minute).build()?;
/// let outcome = wait_for::<Pod>(client, config, conditions::is_pod_ready.or(conditions::is_pod_done)).await?;
/// # Ok(())
/// # }
/// ```
#[doc(alias = "await_condition")]
pub async fn wait_for<T: FromObject>(
    transport: impl Into<Transport>,
    config: Config,
    condition: impl FnMut(Option<&T>) -> bool,
) -> Result<Outcome<T>, WaitError<T::Error>> {
    T::check_config(&config)?;
    let outcome = WaitFor::new(transport, config, decoded(condition))?.await;
    outcome.try_map(T::from_object).map_err(WaitError::Object)
}

/// Waits until the condition holds for all objects of the configuration at the same time, at most until its deadline.
///
/// The configuration selects the objects, by a namespace or a label selector. If there are none, the condition is
/// called with `None`. So a wait until all pods are ready continues while there is no pod, and a wait until all pods
/// are deleted ends. [`WaitForMany`] also takes names, an observer and a stopper.
///
/// # Errors
/// Fails if the configuration starts without the present state, or has another resource than the type
/// ([`FromObject::check_config`]). Fails as soon as an object arrives that doesn't fit the type: such an object can't be known to meet the condition. The error names the object and the field.
///
/// ```no_run
/// # use core::time::Duration;
/// # use watch_hyper::watch_core::{Config, Object, OutcomeOfMany, Resource};
/// # async fn example(client: watch_hyper::Transport) -> Result<(), Box<dyn core::error::Error>> {
/// let config = Config::builder(Resource::core("v1", "pods"))
///     .namespace("default")
///     .labels("app=web")
///     .deadline(Duration::from_secs(60))
///     .build()?;
/// match watch_hyper::wait_for_all::<Object>(client, config, |pod| pod.is_none()).await? {
///     OutcomeOfMany::Met(_) => println!("all are gone"),
///     OutcomeOfMany::DeadlineReached(last) => println!("still there: {:?}", last.unmet),
///     other => println!("{other:?}"),
/// }
/// # Ok(())
/// # }
/// ```
pub async fn wait_for_all<T: FromObject>(
    transport: impl Into<Transport>,
    config: Config,
    condition: impl FnMut(Option<&T>) -> bool,
) -> Result<OutcomeOfMany<T>, WaitError<T::Error>> {
    T::check_config(&config)?;
    let outcome = WaitForMany::all(transport, config, decoded(condition))?.await;
    outcome.try_map(T::from_object).map_err(WaitError::Object)
}

/// Waits until the condition holds for at least one object of the configuration, at most until its deadline. Otherwise,
/// it works as [`wait_for_all`].
///
/// # Errors
/// Fails as [`wait_for_all`] does.
pub async fn wait_for_any<T: FromObject>(
    transport: impl Into<Transport>,
    config: Config,
    condition: impl FnMut(Option<&T>) -> bool,
) -> Result<OutcomeOfMany<T>, WaitError<T::Error>> {
    T::check_config(&config)?;
    let outcome = WaitForMany::any(transport, config, decoded(condition))?.await;
    outcome.try_map(T::from_object).map_err(WaitError::Object)
}

fn seeded(config: Config) -> Config {
    config.or_seed(seed::random())
}

/// By default, waits aren't metered. A program may make one wait for each of many objects, and the metrics would then
/// have too many series.
fn driver<M: Machine>(transport: impl Into<Transport>, machine: M) -> Driver<M> {
    Driver::new(machine, transport.into(), false)
}
