//! Waiting for one object.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use watch_core::{Config, ConfigError, Notice, Object, Outcome, Verdict};

use super::{driver, seeded};
use crate::driver::Driver;
use crate::stream::Stopper;
use crate::transport::Transport;

/// A wait for one object, as a future. [`watch_core::WaitFor`] documents how it works.
///
/// The configuration has the name of the object, its namespace if it has one, and a deadline. The current state counts
/// too. After trouble, the machine retries until the deadline, and the [`Outcome`] holds the last trouble. The future
/// does nothing unless polled, and spawns no task. Dropping it ends the wait.
///
/// The predicate takes an [`Object`]. For a condition on another type, pass
/// [`decoded(condition)`](watch_core::conditions::decoded), and call `outcome.try_map(T::from_object)?` at the end.
/// [`wait_for`](crate::wait_for()) does both.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/server.rs"));
/// use core::time::Duration;
/// use watch_hyper::WaitFor;
/// use watch_hyper::watch_core::{Config, Outcome, Resource};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn core::error::Error>> {
/// # let client = watch_hyper::Client::builder(&serve()).build()?;
/// let config = Config::builder(Resource::core("v1", "pods"))
///     .namespace("default")
///     .name("web-0")
///     .deadline(Duration::from_secs(60))
///     .build()?;
/// let mut waiting = WaitFor::new(client, config, |pod| pod.is_some())?;
/// waiting.observe(|notice| eprintln!("{notice}"));
/// assert!(matches!(waiting.await, Outcome::Met(_)));
/// # Ok(())
/// # }
/// ```
///
/// # Panics
/// Polling it outside of a tokio runtime with a timer panics.
#[doc(alias = "await_condition")]
#[must_use = "a wait does nothing unless polled"]
pub struct WaitFor<P> {
    driver: Driver<watch_core::WaitFor<P>>,
}

impl<P: FnMut(Option<&Object>) -> R, R: Into<Verdict>> WaitFor<P> {
    /// Returns a wait until `predicate` holds. The predicate is called with the object, or with `None` when the object
    /// is known not to exist.
    ///
    /// # Errors
    /// Fails if the configuration doesn't name the object, or starts without the present state.
    pub fn new(transport: impl Into<Transport>, config: Config, predicate: P) -> Result<Self, ConfigError> {
        Ok(Self { driver: driver(transport, watch_core::WaitFor::new(seeded(config), predicate)?) })
    }

    /// Calls `observer` with each notice, as [`Handle::observe`](crate::Handle::observe) does. A second observer
    /// replaces the first.
    pub fn observe(&mut self, observer: impl FnMut(&Notice) + Send + 'static) -> &mut Self {
        self.driver.observe(observer);
        self
    }

    /// Returns a stopper, which stops the wait from another task. The outcome is then [`Outcome::Ended`].
    pub fn stopper(&self) -> Stopper {
        self.driver.stopping().stopper()
    }
}

/// The predicate is called, never pinned.
impl<P> Unpin for WaitFor<P> {}

impl<P: FnMut(Option<&Object>) -> R, R: Into<Verdict>> Future for WaitFor<P> {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        while ready!(self.driver.poll_event(cx)).is_some() {}
        // The machine is done only when the outcome is known.
        self.driver.machine().outcome().cloned().map_or(Poll::Pending, Poll::Ready)
    }
}

impl<P: FnMut(Option<&Object>) -> R, R: Into<Verdict>> fmt::Debug for WaitFor<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitFor").field("waiting", self.driver.machine()).finish_non_exhaustive()
    }
}
