//! Time, as the driver tells it.

use core::fmt;
use core::ops::Add;
use core::time::Duration;

use serde::{Deserialize, Serialize};

/// A point in time: how long after an origin that the driver chose, once and for all of a watcher's life.
///
/// The origin is of no consequence: the start of the process, of the simulation, of the computer. It must be counted
/// by a clock that doesn't jump when somebody sets the date (`std::time::Instant`, `performance.now()`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Instant(Duration);

impl Instant {
    /// The origin itself.
    pub const ORIGIN: Self = Self(Duration::ZERO);

    /// The instant that lies so long after the origin.
    pub const fn from_origin(elapsed: Duration) -> Self {
        Self(elapsed)
    }

    /// How long after the origin it lies.
    pub const fn since_origin(self) -> Duration {
        self.0
    }

    /// How long after `earlier` it lies; zero if it lies before.
    pub const fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    /// Saturates: an instant that can't be reached is never.
    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration))
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}s", self.0.as_secs_f64())
    }
}
