//! An answer of the random server: facts, and the time of each.

use core::time::Duration;

use bytes::Bytes;
use watch_core::{ResponseHead, TransportErrorKind};
use watch_test::check::Rng;

/// An answer. If it has no end, the exchange stays silent after its last fact.
#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    pub(super) facts: Vec<(Pause, Fact)>,
}

#[derive(Clone, Debug)]
pub(super) enum Fact {
    Head(ResponseHead),
    Bytes(Bytes),
    End,
    Failed(TransportErrorKind),
}

/// The time of a fact, relative to the previous one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    /// At once.
    None,
    /// After this time. If the machine's wait ends before that, the machine is polled at the end of its wait.
    For(Duration),
    /// This long after the request was sent.
    SinceSent(Duration),
    /// At the end of the machine's wait, or this many nanoseconds before or after it. The driver doesn't poll before
    /// that.
    Beside(i64),
}

impl Answer {
    pub(super) fn add(&mut self, pause: Pause, fact: Fact) {
        self.facts.push((pause, fact));
    }
}

/// The errors of a transport before a connection is established, and on a connection.
pub(super) const BEFORE: [TransportErrorKind; 5] = [
    TransportErrorKind::Resolve,
    TransportErrorKind::Refused,
    TransportErrorKind::Connect,
    TransportErrorKind::Tls,
    TransportErrorKind::Credentials,
];
pub(super) const DURING: [TransportErrorKind; 5] = [
    TransportErrorKind::Reset,
    TransportErrorKind::Truncated,
    TransportErrorKind::Timeout,
    TransportErrorKind::Protocol,
    TransportErrorKind::Other,
];

impl Pause {
    /// Draws a pause, which is rarely zero.
    pub(super) fn draw(rng: &mut Rng) -> Self {
        match rng.below(12) {
            0 => Self::Beside(-1),
            1 => Self::Beside(0),
            2 => Self::Beside(1),
            3 => Self::Beside(rng.pick(&[300_000_000, 999_999_999, 1_000_000_000, 1_000_000_001, 3_600_000_000_000])),
            4..=6 => Self::For(Duration::from_millis(rng.pick(&[1, 200, 249, 250, 251, 500, 900]))),
            7..=9 => Self::For(Duration::from_millis(rng.pick(&[1000, 1500, 1999, 2000, 3000, 3001, 5000, 9000]))),
            10 => Self::For(Duration::from_secs(rng.pick(&[10, 20, 30, 31, 59, 60]))),
            _ => Self::None,
        }
    }
}
