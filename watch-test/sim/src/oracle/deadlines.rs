//! Nothing is waited for longer than promised: the table of deadlines in `watch-core`'s documentation, with its defaults.

use core::time::Duration;

use watch_core::{Instant, Phase, Wait};

use crate::violation::{Oracle, Violation, broken};

/// Judges a wait that begins now; `has_bookmark`: one came on the watch that is open; `asked`: for how many seconds
/// watches are asked for.
pub(crate) fn judge(now: Duration, wait: &Wait, phase: Phase, has_bookmark: bool, asked: u64) -> Result<(), Violation> {
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
        until => broken(Oracle::Liveness, format!("{phase}, it waits until {until:?}; {most} s are promised")),
    }
}
