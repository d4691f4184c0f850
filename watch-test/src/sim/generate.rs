//! From a seed to a plan. Which faults there are, how many and how long is itself drawn (swarm testing): a run with
//! everything in it finds less than many runs with a few things each.

use super::chance::Chance;
use super::plan::{
    Action, ClientSetup, Label, NetSetup, Pieces, Plan, Saved, Saying, Setup, StartAt, Step, StreamingLists, Watched,
};
use crate::fault::{Fault, Requests, Rule, Shape};
use crate::model::End;

/// Kinds of faults, named as in the design: network, server, time, client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// n3: a body ends behind some byte, in some way.
    Cut,
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
    /// s2, s3, s5, s18: what is said in the stream.
    Say,
    /// s4: bookmarks come rarely, often, or never.
    BookmarkPolicy,
    /// s5: no end marker, or streaming lists unknown all of a sudden.
    EndMarker,
    /// s6, s17: the server ends watches.
    EndWatches,
    /// s7: empty answers.
    Empty,
    /// s8: a streaming list whose version expires as it completes.
    ExpireAtOnce,
    /// s9: history is forgotten.
    Expire,
    /// s11: caches that aren't ready.
    Unready,
    /// s12: restarts.
    Restart,
    /// s13: a backup is restored.
    Restore,
    /// s14: a replica that lags.
    Lag,
    /// s16: 401 and 403 for a while.
    Access,
    /// t1, t3: timers that are late, clocks that go back.
    Clock,
    /// t2: the computer sleeps.
    Suspend,
    /// c1: stop, and go on in a new process.
    Stop,
    /// c2: a driver that is busy elsewhere.
    Pause,
    /// c3, c4: a new process with an old, foreign or no checkpoint.
    Crash,
    /// c5: the consumer asks for the set.
    Relist,
}

const KINDS: [Kind; 25] = [
    Kind::Cut,
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
    Kind::Lag,
    Kind::Access,
    Kind::Clock,
    Kind::Suspend,
    Kind::Stop,
    Kind::Pause,
    Kind::Crash,
    Kind::Relist,
];

/// The plan of a seed.
pub fn plan_of(seed: u64) -> Plan {
    let mut swarm = Chance::stream(seed, "swarm");
    let kinds = kinds(&mut swarm);
    let setup = setup(seed, &mut swarm);
    let mut workload = Chance::stream(seed, "workload");
    let mut faults = Chance::stream(seed, "faults");
    let mut pace = Chance::stream(seed, "pace");
    let longest = if swarm.one_in(8) { 400 } else { 100 };
    let length = 8 + swarm.skewed(longest);
    let keys = swarm.pick(&[1, 2, 3, 12]);
    let total: u64 = kinds.iter().map(|(_, rate)| rate).sum();
    let mut steps = Vec::new();
    // Warm-up: some objects, and time to hear of them.
    for _ in 0..swarm.pick(&[0, 1, 2, 12]) {
        steps.push(Step { after: 0, action: put(&mut workload, keys) });
    }
    steps.push(Step { after: 2_000, action: Action::Wait });
    for _ in 0..length {
        let after = match pace.below(10) {
            0..=4 => 0,
            5 => pace.between(1, 50),
            6 | 7 => pace.between(50, 3_000),
            8 => pace.between(3_000, 70_000),
            _ => pace.skewed(400_000),
        };
        // Rates are in a thousand.
        let action = if pace.below(1000) < total.min(500) && !kinds.is_empty() {
            let kind = faults.weighted(&kinds);
            fault(kind, &mut faults, &setup)
        } else {
            write(&mut workload, keys)
        };
        steps.push(Step { after, action });
    }
    Plan { about: format!("seed {seed}"), setup, steps }
}

/// Which kinds of faults there are, and how often each in a thousand steps.
fn kinds(swarm: &mut Chance) -> Vec<(Kind, u64)> {
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

fn setup(seed: u64, swarm: &mut Chance) -> Setup {
    let clients = if swarm.one_in(6) { 2 } else { 1 };
    let net = NetSetup {
        latency: swarm.pick(&[0, 1, 20, 300]),
        pieces: swarm.pick(&[
            Pieces::Whole,
            Pieces::Whole,
            Pieces::Bytes,
            Pieces::UpTo(7),
            Pieces::UpTo(100),
            Pieces::UpTo(2048),
            Pieces::AroundLineBreaks,
        ]),
        late: swarm.one_in(2),
        batch: swarm.one_in(2),
        seed,
    };
    Setup {
        resource: swarm.pick(&[Watched::ConfigMaps, Watched::ConfigMaps, Watched::Widgets, Watched::Events]),
        first_revision: swarm.pick(&[1, 100, 100, (1 << 31) - 3, (1 << 53) - 4, 1 << 62]),
        window: swarm.pick(&[None, Some(1), Some(2), Some(5), Some(20), Some(64)]),
        streaming_lists: swarm.pick(&[
            StreamingLists::On,
            StreamingLists::On,
            StreamingLists::Off,
            StreamingLists::Unknown,
        ]),
        bookmarks: swarm.pick(&[Some(60_000), Some(60_000), Some(5_000), None]),
        progress: swarm.pick(&[Some(5_000), Some(5_000), Some(100), None]),
        backlog: swarm.pick(&[None, None, Some(1), Some(10)]),
        server_seed: seed,
        net,
        clients: (0..clients).map(|number| client(seed ^ (number << 32), swarm)).collect(),
    }
}

fn client(seed: u64, swarm: &mut Chance) -> ClientSetup {
    ClientSetup {
        seed,
        namespace: swarm.pick(&[None, None, Some("default".into())]),
        label: swarm.pick(&[None, None, None, Some(Label::Is("x".into())), Some(Label::IsNot("x".into()))]),
        start: swarm.pick(&[StartAt::Auto, StartAt::Auto, StartAt::Auto, StartAt::List, StartAt::List, StartAt::Now]),
        any: swarm.one_in(5),
        page: swarm.pick(&[None, Some(1), Some(2), Some(3), Some(500)]),
        stop_on_expired: swarm.one_in(20),
        bookmarks: !swarm.one_in(8),
        watch: swarm.pick(&[290, 290, 290, 60, 5, 1]),
        largest: swarm.pick(&[16 << 20, 16 << 20, 4096, 1024]),
        metadata: swarm.one_in(8),
    }
}

fn put(chance: &mut Chance, keys: u64) -> Action {
    let size = if chance.one_in(20) { chance.skewed(400) } else { 0 };
    Action::Put { key: key(chance, keys), label: chance.below(3) as u8, size }
}

/// Most of them in one namespace.
fn key(chance: &mut Chance, keys: u64) -> u8 {
    let key = chance.below(keys) as u8;
    if keys > 1 && chance.one_in(4) { key + 8 } else { key }
}

fn write(chance: &mut Chance, keys: u64) -> Action {
    let key = key(chance, keys);
    match chance.below(100) {
        0..=44 => put(chance, keys),
        45..=59 => Action::Delete { key },
        60..=67 => Action::Recreate { key },
        68..=71 => Action::Touch { key },
        72..=75 => Action::Finalize { key },
        76..=79 => Action::Burst { writes: chance.skewed(70) },
        80 => Action::Clear,
        81..=86 => Action::Elsewhere { revisions: chance.skewed(50) },
        _ => Action::Wait,
    }
}

fn end(chance: &mut Chance) -> End {
    chance.pick(&[End::Complete, End::Cut, End::Reset])
}

fn requests(chance: &mut Chance) -> Requests {
    match chance.below(5) {
        0 | 1 => Requests::default(),
        2 => Requests::verb("list"),
        3 => Requests::verb("watch"),
        _ => Requests::verb("watch").containing("sendInitialEvents"),
    }
}

fn rule(chance: &mut Chance, fault: Fault) -> Action {
    let times = if chance.one_in(3) { chance.skewed(30) } else { 1 };
    let rule = Rule { times: Some(times), ..Rule::from(fault) };
    Action::Rule(rule.after(chance.below(2)).on(requests(chance)))
}

fn fault(kind: Kind, chance: &mut Chance, setup: &Setup) -> Action {
    let client = chance.below(setup.clients.len() as u64) as u8;
    match kind {
        Kind::Cut => Action::Cut { client, after: offset(chance), end: end(chance) },
        Kind::Stall => {
            let lasts = if chance.one_in(2) { None } else { Some(chance.skewed(400_000)) };
            Action::Stall { client, lasts }
        }
        Kind::Drip => {
            let every = core::time::Duration::from_millis(chance.skewed(20_000));
            let bytes = 1 + offset(chance) as usize;
            rule(chance, Fault::Drip { bytes, every })
        }
        Kind::DelayHead => {
            let by = core::time::Duration::from_millis(chance.skewed(120_000));
            rule(chance, Fault::DelayHead { by })
        }
        Kind::Unreachable => Action::Unreachable { client, times: chance.skewed(12), how: chance.below(4) as u8 },
        Kind::CutNext => {
            let after_bytes = offset(chance);
            if chance.one_in(4) {
                rule(chance, Fault::stall(after_bytes))
            } else {
                let end = end(chance);
                rule(chance, Fault::Cut { after_bytes, end })
            }
        }
        Kind::Refuse => refuse(chance),
        Kind::Say => Action::Say { what: saying(chance), then_end: chance.one_in(2) },
        Kind::BookmarkPolicy => {
            let every = chance.pick(&[None, Some(1_000), Some(200), Some(30_000)]);
            if chance.one_in(2) {
                return Action::Bookmarks;
            }
            rule(chance, Fault::Bookmarks { every: every.map(core::time::Duration::from_millis) })
        }
        Kind::EndMarker => {
            let fault = chance.pick(&[Fault::NoEndMarker, Fault::IgnoreSendInitialEvents]);
            rule(chance, fault)
        }
        Kind::EndWatches => Action::EndWatches,
        Kind::Empty => rule(chance, Fault::Cut { after_bytes: 0, end: End::Complete }),
        Kind::ExpireAtOnce => {
            let fault = Fault::error(410, "Expired", "too old resource version: 1 (2)", chance.below(4));
            rule(chance, fault)
        }
        Kind::Expire => Action::Expire { keep: if chance.one_in(2) { 0 } else { chance.skewed(20) } },
        Kind::Unready => Action::Unready { lasts: chance.skewed(60_000) },
        Kind::Restart => Action::Restart { gap: if chance.one_in(2) { 0 } else { chance.skewed(1000) } },
        Kind::Restore => Action::Restore { back: chance.skewed(20) },
        Kind::Lag => match chance.below(3) {
            0 => Action::Lag { replica: chance.below(2) as usize, lags: true },
            1 => Action::Lag { replica: chance.below(2) as usize, lags: false },
            _ => rule(chance, Fault::Replica { number: 1 }),
        },
        Kind::Access => Action::Access { status: chance.pick(&[401, 403, 200, 200]) },
        Kind::Clock => {
            if chance.one_in(2) {
                Action::LateTimers { client, by: chance.skewed(100_000) }
            } else {
                Action::ClockBack { client, by: chance.skewed(100_000) }
            }
        }
        Kind::Suspend => Action::Suspend { client, minutes: chance.pick(&[1, 8 * 60]) },
        Kind::Stop => Action::Stop { client },
        Kind::Pause => Action::Pause { client, lasts: chance.skewed(600_000), hands_in: chance.one_in(2) },
        Kind::Crash => {
            let from = chance.pick(&[Saved::Newest, Saved::Newest, Saved::Older, Saved::Nothing, Saved::Foreign]);
            Action::Crash { client, from }
        }
        Kind::Relist => Action::Relist { client },
    }
}

/// Where a body is cut: at its beginning, within the first event, or anywhere.
fn offset(chance: &mut Chance) -> u64 {
    match chance.below(4) {
        0 => 0,
        1 => chance.below(40),
        2 => chance.below(500),
        _ => chance.below(4000),
    }
}

fn saying(chance: &mut Chance) -> Saying {
    chance.pick(&[
        Saying::Expired,
        Saying::Gone,
        Saying::Bare410,
        Saying::TooLarge,
        Saying::InternalError,
        Saying::TooMany,
        Saying::ErrorThenEvent,
        Saying::Malformed,
        Saying::NoVersion,
        Saying::UnknownType,
        Saying::OldBookmark,
        Saying::BareBookmark,
        Saying::EndMarker,
        Saying::Again,
        Saying::TooLong,
        Saying::Half,
        Saying::ManyBookmarks,
    ])
}

fn refuse(chance: &mut Chance) -> Action {
    let status = chance.pick(&[
        400, 401, 403, 404, 405, 406, 409, 410, 410, 415, 422, 429, 429, 500, 500, 502, 503, 503, 504, 302, 204,
    ]);
    let shape = chance.pick(&[
        Shape::Json,
        Shape::Json,
        Shape::Pretty,
        Shape::Bare,
        Shape::Text,
        Shape::Yaml,
        Shape::Html,
        Shape::Empty,
    ]);
    let mut fault = Fault::refuse(status).shape(shape);
    if chance.one_in(3) {
        fault = fault.retry_after(chance.pick(&[0, 1, 5, 32, 400, 1_000_000_000, -1]));
    }
    rule(chance, fault)
}
