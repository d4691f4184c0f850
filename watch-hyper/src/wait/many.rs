//! Waiting for several objects.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use watch_core::{Config, ConfigError, Notice, Object, OutcomeOfMany, Verdict};

use super::{driver, seeded};
use crate::driver::Driver;
use crate::stream::Stopper;
use crate::transport::Transport;

/// A wait for several objects, as a future. [`watch_core::WaitForMany`] documents how it works.
/// [`WaitFor`](crate::WaitFor) documents what both waits have in common.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/server.rs"));
/// use core::time::Duration;
/// use watch_hyper::WaitForMany;
/// use watch_hyper::watch_core::{Config, OutcomeOfMany, Resource, conditions};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn core::error::Error>> {
/// # let client = watch_hyper::Client::builder(&serve()).build()?;
/// let config = Config::builder(Resource::core("v1", "pods"))
///     .namespace("default")
///     .deadline(Duration::from_secs(60))
///     .build()?;
/// let mut waiting = WaitForMany::any(client, config, conditions::is_created)?;
/// waiting.names(["web-0", "web-1"])?.observe(|notice| eprintln!("{notice}"));
/// let OutcomeOfMany::Met(pods) = waiting.await else { panic!("neither of both exists") };
/// assert_eq!(pods[0].name(), "web-0");
/// # Ok(())
/// # }
/// ```
///
/// # Panics
/// Polling it outside of a tokio runtime with a timer panics.
#[must_use = "a wait does nothing unless polled"]
pub struct WaitForMany<P> {
    driver: Driver<watch_core::WaitForMany<P>>,
}

impl<P: FnMut(Option<&Object>) -> R, R: Into<Verdict>> WaitForMany<P> {
    /// Returns a wait until all objects of the configuration meet the condition at the same time.
    ///
    /// # Errors
    /// Fails if the configuration starts without the present state.
    pub fn all(transport: impl Into<Transport>, config: Config, predicate: P) -> Result<Self, ConfigError> {
        Ok(Self { driver: driver(transport, watch_core::WaitForMany::all(seeded(config), predicate)?) })
    }

    /// Returns a wait until at least one object of the configuration meets the condition.
    ///
    /// # Errors
    /// Fails if the configuration starts without the present state.
    pub fn any(transport: impl Into<Transport>, config: Config, predicate: P) -> Result<Self, ConfigError> {
        Ok(Self { driver: driver(transport, watch_core::WaitForMany::any(seeded(config), predicate)?) })
    }

    /// Waits for the objects of these names only. Call it before the first poll.
    ///
    /// # Errors
    /// Fails if there is no name, or one is empty.
    pub fn names<N: AsRef<str>>(&mut self, names: impl IntoIterator<Item = N>) -> Result<&mut Self, ConfigError> {
        self.driver.machine_mut().names(names)?;
        Ok(self)
    }

    /// Calls `observer` with each notice, as [`Handle::observe`](crate::Handle::observe) does. A second observer
    /// replaces the first.
    pub fn observe(&mut self, observer: impl FnMut(&Notice) + Send + 'static) -> &mut Self {
        self.driver.observe(observer);
        self
    }

    /// Returns a stopper, which stops the wait from another task. The outcome is then [`OutcomeOfMany::Ended`].
    pub fn stopper(&self) -> Stopper {
        self.driver.stopping().stopper()
    }
}

/// The predicate is called, never pinned.
impl<P> Unpin for WaitForMany<P> {}

impl<P: FnMut(Option<&Object>) -> R, R: Into<Verdict>> Future for WaitForMany<P> {
    type Output = OutcomeOfMany;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<OutcomeOfMany> {
        while ready!(self.driver.poll_event(cx)).is_some() {}
        // The machine is done only when the outcome is known.
        self.driver.machine().outcome().cloned().map_or(Poll::Pending, Poll::Ready)
    }
}

impl<P: FnMut(Option<&Object>) -> R, R: Into<Verdict>> fmt::Debug for WaitForMany<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitForMany").field("waiting", self.driver.machine()).finish_non_exhaustive()
    }
}
