//! The kinds of faults of a plan: the choice is drawn, too.

use watch_test::check::Rng;

/// Kinds of faults, numbered as in `FAULTS.md`: network, server, time, client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// n3: a body ends after some byte, in some way.
    Cut,
    /// n3: a stream or a connection fails.
    Break,
    /// s18: the bytes of an event are damaged.
    Damage,
    /// n4, n5: silence.
    Stall,
    /// n6: a slow drip.
    Drip,
    /// n7: a late head.
    DelayHead,
    /// n8: no connection.
    Unreachable,
    /// n9, and cuts of bodies to come.
    CutNext,
    /// s1, t4: refusals of all shapes, with and without `Retry-After`.
    Refuse,
    /// s2, s3, s5, s18: injected lines of the stream.
    Say,
    /// s4: bookmarks come rarely, often, or never.
    BookmarkPolicy,
    /// s5: no end marker, or streaming lists that become unknown during the run.
    EndMarker,
    /// s6: the server ends watches.
    EndWatches,
    /// s17: the server shuts down.
    Drain,
    /// s4, s5: the same line on many watches.
    SayNext,
    /// s4: watches with known events only.
    Parrot,
    /// s6: watches with one event each.
    Trickle,
    /// s7: empty answers.
    Empty,
    /// s8: a streaming list whose version expires as it completes.
    ExpireAtOnce,
    /// s9: the history is compacted.
    Expire,
    /// s11: caches that aren't ready.
    Unready,
    /// s12: restarts.
    Restart,
    /// s13: a backup is restored.
    Restore,
    /// s13b: a backup is restored without a restart of the server.
    RestoreBehind,
    /// s9, s20: falsified lists.
    FalsifyLists,
    /// s15: the definition of a custom resource is deleted and created.
    Define,
    /// s14: a replica that lags.
    Lag,
    /// s16: 401 and 403 for a while.
    Access,
    /// t1, t3: timers that are late, clocks that go back.
    Clock,
    /// t2: the computer sleeps.
    Suspend,
    /// c1: stop, and resume in a new process.
    Stop,
    /// c2: a driver that pauses.
    Pause,
    /// c3: a new process with an old, foreign, newer, torn or no checkpoint.
    Crash,
    /// c4: another selector.
    Reselect,
    /// c5: the consumer requests a relist.
    Relist,
}

const KINDS: [Kind; 35] = [
    Kind::Cut,
    Kind::Break,
    Kind::Damage,
    Kind::Stall,
    Kind::Drip,
    Kind::DelayHead,
    Kind::Unreachable,
    Kind::CutNext,
    Kind::Refuse,
    Kind::Say,
    Kind::BookmarkPolicy,
    Kind::EndMarker,
    Kind::EndWatches,
    Kind::Empty,
    Kind::ExpireAtOnce,
    Kind::Expire,
    Kind::Unready,
    Kind::Restart,
    Kind::Restore,
    Kind::RestoreBehind,
    Kind::FalsifyLists,
    Kind::Define,
    Kind::Drain,
    Kind::SayNext,
    Kind::Trickle,
    Kind::Parrot,
    Kind::Reselect,
    Kind::Lag,
    Kind::Access,
    Kind::Clock,
    Kind::Suspend,
    Kind::Stop,
    Kind::Pause,
    Kind::Crash,
    Kind::Relist,
];

/// The kinds of faults, and how often each occurs in a thousand steps.
pub(super) fn kinds(swarm: &mut Rng) -> Vec<(Kind, u64)> {
    let count = match swarm.below(20) {
        0 => 0,
        1 | 2 => 1,
        3 => KINDS.len() as u64,
        _ => swarm.between(1, KINDS.len() as u64),
    };
    let mut left = KINDS.to_vec();
    let mut chosen = Vec::new();
    for _ in 0..count {
        let kind = left.swap_remove(swarm.below(left.len() as u64) as usize);
        chosen.push((kind, swarm.skewed(300)));
    }
    chosen
}
