//! The clock of the machine.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// The time since the watch was made, by tokio's clock: it doesn't jump when the date is set, and `tokio::time::pause`
/// stops it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    origin: Instant,
}

/// Replaces an instant that the platform's clock can't represent: about thirty years, as in tokio itself.
const NEVER: Duration = Duration::from_secs(86_400 * 365 * 30);

impl Clock {
    pub(crate) fn start() -> Self {
        Self { origin: Instant::now() }
    }

    pub(crate) fn now(self) -> watch_core::Instant {
        watch_core::Instant::from_origin(self.origin.elapsed())
    }

    /// Converts an instant of the machine to tokio's clock.
    pub(crate) fn instant(self, at: watch_core::Instant) -> Instant {
        self.origin.checked_add(at.since_origin()).unwrap_or_else(|| Instant::now() + NEVER)
    }
}

/// A timer. The first wait creates it, and later waits reset it.
#[derive(Default)]
pub(crate) struct Timer(Option<Pin<Box<Sleep>>>);

impl Timer {
    /// Returns `Ready` when the time has come.
    pub(crate) fn poll_until(&mut self, at: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let sleep = self.0.get_or_insert_with(|| Box::pin(sleep_until(at)));
        if sleep.deadline() != at {
            sleep.as_mut().reset(at);
        }
        sleep.as_mut().poll(cx)
    }
}
