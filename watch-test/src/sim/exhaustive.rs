//! Everything small: all bugs have a small witness, so all small plans are tried.

use super::counts::Counts;
use super::plan::{Action, ClientSetup, Plan, Saved, Saying, Setup, StartAt, Step, Watched};
use super::run::run;
use super::violation::Violation;
use crate::fault::{Fault, Requests};
use crate::model::End;

/// What came of it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Tried {
    /// How many plans were carried out.
    pub plans: u64,
    /// What they came through.
    pub counts: Counts,
    /// The first that failed.
    pub failure: Option<(Plan, Violation)>,
}

/// The alphabet: two objects, all ends of a watch, forgetting, and time.
fn alphabet() -> Vec<Step> {
    let step = |after, action| Step { after, action };
    let now = |action| step(0, action);
    let cut = |after, end| Action::Cut { client: 0, after, end };
    vec![
        // Create or update.
        now(Action::Put { key: 0, label: 1, size: 0 }),
        now(Action::Delete { key: 0 }),
        now(Action::Recreate { key: 0 }),
        now(Action::Put { key: 1, label: 1, size: 0 }),
        // What was written arrives.
        step(10, Action::Wait),
        now(cut(0, End::Complete)),
        now(cut(300, End::Cut)),
        now(Action::Say { what: Saying::Expired, then_end: true }),
        now(Action::Expire { keep: 0 }),
        step(60_000, Action::Wait),
    ]
}

/// All sequences up to that length, by LIST and by streaming list. `every_checkpoint`: a new process goes on from the
/// newest checkpoint behind each.
pub fn sequences(longest: usize, every_checkpoint: bool, progress: &mut dyn FnMut(u64)) -> Tried {
    let mut tried = Tried::default();
    for start in [StartAt::Auto, StartAt::List] {
        let setup = Setup {
            window: Some(3),
            clients: vec![ClientSetup { start, page: Some(1), ..ClientSetup::default() }],
            ..Setup::default()
        };
        let letters = alphabet();
        let mut word: Vec<usize> = vec![0; longest];
        loop {
            let mut steps: Vec<Step> = word.iter().map(|letter| letters[*letter].clone()).collect();
            if every_checkpoint {
                steps.push(Step { after: 0, action: Action::Crash { client: 0, from: Saved::Newest } });
            }
            let plan = Plan { about: format!("{word:?}"), setup: setup.clone(), steps };
            let outcome = run(&plan);
            tried.plans += 1;
            tried.counts.merge(&outcome.counts);
            progress(tried.plans);
            if let Some(violation) = outcome.violation {
                tried.failure = Some((plan, violation));
                return tried;
            }
            // A letter that does nothing makes a shorter word, which is tried by itself.
            let idle = outcome.applied.iter().take(longest).position(|applied| !applied);
            if !next(&mut word, letters.len(), idle.unwrap_or(longest - 1)) {
                break;
            }
        }
    }
    tried
}

/// The next word after all that begin with the first letters up to `at`.
fn next(word: &mut [usize], letters: usize, at: usize) -> bool {
    for letter in word.iter_mut().skip(at + 1) {
        *letter = 0;
    }
    for letter in word[..=at].iter_mut().rev() {
        *letter += 1;
        if *letter < letters {
            return true;
        }
        *letter = 0;
    }
    false
}

/// Lists in pages: so many objects, pages of each size, a write between any two requests, history forgotten between
/// any two.
pub fn pages() -> Tried {
    let mut tried = Tried::default();
    let writes = [
        Action::Wait,
        Action::Put { key: 0, label: 1, size: 0 },
        Action::Delete { key: 1 },
        Action::Recreate { key: 2 },
        Action::Put { key: 7, label: 1, size: 0 },
    ];
    for objects in 0..=4_u8 {
        for page in 1..=4 {
            for write in &writes {
                for write_at in 0..=5_u64 {
                    for expire_at in 0..=6_u64 {
                        let plan = paged(objects, page, write, write_at, expire_at);
                        let outcome = run(&plan);
                        tried.plans += 1;
                        tried.counts.merge(&outcome.counts);
                        if let Some(violation) = outcome.violation {
                            tried.failure = Some((plan, violation));
                            return tried;
                        }
                    }
                }
            }
        }
    }
    tried
}

/// The latency is 10 ms, so that page `n` is asked for at `10 n` ms.
fn paged(objects: u8, page: u32, write: &Action, write_at: u64, expire_at: u64) -> Plan {
    let mut setup = Setup::default();
    setup.net.latency = 10;
    setup.clients[0].start = StartAt::List;
    setup.clients[0].page = Some(page);
    let mut steps: Vec<Step> =
        (0..objects).map(|key| Step { after: 0, action: Action::Put { key, label: 1, size: 0 } }).collect();
    steps.push(Step { after: 0, action: Action::Relist { client: 0 } });
    let (first, second) = (write_at * 10 + 5, expire_at * 10 + 6);
    let expire = Action::Expire { keep: 0 };
    let (early, late) = if first <= second { (write.clone(), expire) } else { (expire, write.clone()) };
    steps.push(Step { after: first.min(second), action: early });
    steps.push(Step { after: first.abs_diff(second), action: late });
    Plan { about: format!("{objects} objects, pages of {page}"), setup, steps }
}

/// A stream of three events, and a list of three objects, cut behind every byte, in every way.
pub fn cuts() -> Tried {
    let mut tried = Tried::default();
    for end in [End::Complete, End::Cut, End::Reset] {
        for after in 0..1_300 {
            for plan in [
                cut_watch(StartAt::Auto, after, end),
                cut_watch(StartAt::List, after, end),
                cut_list(Watched::ConfigMaps, after, end),
                cut_list(Watched::Widgets, after, end),
            ] {
                let outcome = run(&plan);
                tried.plans += 1;
                tried.counts.merge(&outcome.counts);
                if let Some(violation) = outcome.violation {
                    tried.failure = Some((plan, violation));
                    return tried;
                }
            }
        }
    }
    tried
}

fn cut_watch(start: StartAt, after: u64, end: End) -> Plan {
    let mut setup = Setup::default();
    setup.clients[0].start = start;
    let put = |key| Step { after: 0, action: Action::Put { key, label: 1, size: 0 } };
    let cut = Step { after: 10, action: Action::Cut { client: 0, after, end } };
    let steps = vec![cut, put(0), put(1), Step { after: 0, action: Action::Delete { key: 0 } }];
    Plan { about: format!("watch cut behind {after} bytes, {end:?}"), setup, steps }
}

fn cut_list(resource: Watched, after_bytes: u64, end: End) -> Plan {
    let mut setup = Setup { resource, ..Setup::default() };
    setup.clients[0].start = StartAt::List;
    let step = |action| Step { after: 0, action };
    let put = |key| step(Action::Put { key, label: 1, size: 0 });
    let rule = Fault::Cut { after_bytes, end }.once().on(Requests::verb("list"));
    let steps = vec![put(0), put(1), put(2), step(Action::Rule(rule)), step(Action::Relist { client: 0 })];
    Plan { about: format!("list cut behind {after_bytes} bytes, {end:?}"), setup, steps }
}

/// Every state of the machine with every kind of thing that can happen to it: whatever stands open, each fault once.
pub fn cells() -> Tried {
    let mut tried = Tried::default();
    for plan in cell_plans() {
        let outcome = run(&plan);
        tried.plans += 1;
        tried.counts.merge(&outcome.counts);
        if let Some(violation) = outcome.violation {
            tried.failure = Some((plan, violation));
            return tried;
        }
    }
    tried
}

/// How a state is come to, and what happens in it.
fn cell_plans() -> Vec<Plan> {
    let client = 0;
    let rule = |fault: Fault| Action::Rule(fault.once());
    let ways: Vec<Vec<Action>> = vec![
        vec![],
        vec![rule(Fault::stall(0)), Action::Relist { client }],
        vec![rule(Fault::stall(60)), Action::Relist { client }],
        vec![rule(Fault::refuse(500)), rule(Fault::stall(20)), Action::Relist { client }],
        vec![Action::Unreachable { client, times: 3, how: 0 }, Action::Cut { client, after: 0, end: End::Reset }],
        vec![Action::Cut { client, after: 30, end: End::Complete }],
    ];
    let mut happenings = vec![
        Action::Relist { client },
        Action::Stop { client },
        Action::Crash { client, from: Saved::Newest },
        Action::Crash { client, from: Saved::Nothing },
        Action::Crash { client, from: Saved::Foreign },
        Action::Stall { client, lasts: None },
        Action::Suspend { client, minutes: 480 },
        Action::ClockBack { client, by: 100_000 },
        Action::LateTimers { client, by: 100_000 },
        Action::Restart { gap: 5 },
        Action::Restore { back: 1 },
        Action::Expire { keep: 0 },
        Action::EndWatches,
        Action::Bookmarks,
    ];
    for end in [End::Complete, End::Cut, End::Reset] {
        happenings.extend([0, 1, 100].map(|after| Action::Cut { client, after, end }));
    }
    let sayings = [
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
        Saying::Half,
    ];
    happenings.extend(sayings.map(|what| Action::Say { what, then_end: false }));
    let mut plans = Vec::new();
    for start in [StartAt::Auto, StartAt::List, StartAt::Now] {
        for late in [false, true] {
            for way in &ways {
                for happening in &happenings {
                    let mut setup = Setup::default();
                    setup.net.late = late;
                    setup.net.latency = 20;
                    setup.clients[0].start = start;
                    let step = |after, action: &Action| Step { after, action: action.clone() };
                    let put = Action::Put { key: 0, label: 1, size: 0 };
                    let mut steps = vec![step(0, &put), step(1000, &put)];
                    steps.extend(way.iter().map(|action| step(0, action)));
                    steps.extend([step(50, &put), step(30, happening), step(5, &put)]);
                    plans.push(Plan { about: format!("{way:?} then {happening:?}"), setup, steps });
                }
            }
        }
    }
    plans
}
