//! No wait is longer than documented: the table of timeouts in `watch-core`'s documentation, with the defaults.

use core::time::Duration;

use watch_core::{Instant, Phase, Wait};

use crate::violation::{Oracle, Violation, broken};

/// Checks a wait that begins now. `has_bookmark`: a bookmark arrived on the open watch. `asked`: the requested seconds
/// of a watch.
pub(crate) fn check(now: Duration, wait: &Wait, phase: Phase, has_bookmark: bool, asked: u64) -> Result<(), Violation> {
    let until = wait.until.map(Instant::since_origin);
    if until.is_some_and(|until| until <= now) {
        return broken(Oracle::Spin, format!("at {now:?} it waits until {:?}", wait.until));
    }
    let most = match phase {
        Phase::Opening => 65,
        Phase::Listing => 60,
        Phase::StreamingList => 30,
        Phase::Refused => 10,
        Phase::Live if has_bookmark => 150,
        Phase::Live => asked + 15,
        _ => 300,
    };
    match until {
        Some(until) if until <= now + Duration::from_secs(most) => Ok(()),
        until => broken(Oracle::Liveness, format!("{phase}, it waits until {until:?}; {most} s are allowed")),
    }
}
