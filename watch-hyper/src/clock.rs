//! Time, for the machine.

use core::time::Duration;

use tokio::time::Instant;

/// Tells the machine the time: tokio's, which doesn't jump when somebody sets the date and which `tokio::time::pause`
/// stops.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    origin: Instant,
}

/// Stands for an instant too far away for the platform's clock: about thirty years, as tokio itself has it.
const NEVER: Duration = Duration::from_secs(86_400 * 365 * 30);

impl Clock {
    /// A clock whose origin is now.
    pub(crate) fn start() -> Self {
        Self { origin: Instant::now() }
    }

    pub(crate) fn now(self) -> watch_core::Instant {
        watch_core::Instant::from_origin(self.origin.elapsed())
    }

    /// When that is on tokio's clock.
    pub(crate) fn instant(self, at: watch_core::Instant) -> Instant {
        self.origin.checked_add(at.since_origin()).unwrap_or_else(|| Instant::now() + NEVER)
    }
}
