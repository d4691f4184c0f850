//! Waiting for one object.

use core::future::poll_fn;
use core::task::Poll;

use watch_core::{Config, ConfigError, Object, Outcome, WaitFor};

use crate::driver::Driver;
use crate::seed;
use crate::transport::Transport;

/// Waits until the predicate holds for an object, or for its absence (`None`); at most until the configuration's
/// deadline. The present state counts too, and trouble on the way only costs time.
///
/// It isn't counted in the metrics, unless the transport says so ([`Transport::metered`]).
///
/// Configure it with the name of the object, its namespace if it has one, and a deadline. Dropping the future ends it.
///
/// # Errors
/// If the configuration doesn't name the object.
///
/// ```no_run
/// # use core::time::Duration;
/// # use watch_hyper::watch_core::{Config, Outcome, Resource};
/// # async fn example(client: watch_hyper::Transport) -> Result<(), Box<dyn core::error::Error>> {
/// let config = Config::builder(Resource::core("v1", "pods"))
///     .namespace("default")
///     .name("web-0")
///     .deadline(Duration::from_secs(60))
///     .build()?;
/// match watch_hyper::wait_for(client, config, |pod| pod.is_none()).await? {
///     Outcome::Met(_) => println!("it is gone"),
///     Outcome::DeadlineReached(pod) => println!("it is still there: {pod:?}"),
///     other => println!("{other:?}"),
/// }
/// # Ok(())
/// # }
/// ```
pub async fn wait_for(
    transport: impl Into<Transport>,
    config: Config,
    predicate: impl FnMut(Option<&Object>) -> bool,
) -> Result<Outcome, ConfigError> {
    let mut driver = Driver::new(WaitFor::new(config.or_seed(seed::random()), predicate)?, transport.into());
    let outcome = poll_fn(|cx| {
        loop {
            match driver.poll_event(cx) {
                Poll::Ready(Some(_)) => {}
                // The machine is done only when the outcome is known.
                Poll::Ready(None) => break driver.machine().outcome().cloned().map_or(Poll::Pending, Poll::Ready),
                Poll::Pending => break Poll::Pending,
            }
        }
    })
    .await;
    Ok(outcome)
}
