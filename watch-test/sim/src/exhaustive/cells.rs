//! Combines every state of the machine with every event.

use watch_test::fault::Fault;
use watch_test::model::End;

use super::Tried;
use crate::plan::{Action, Breaking, Damage, Falsification, InjectedLine, Plan, PlanStep, Saved, Setup, StartAt};

/// Combines every state of the machine with every event: each fault occurs once while each kind of exchange is open. Runs
/// one of `every` such plans.
pub fn cells(every: usize) -> Tried {
    let mut tried = Tried::default();
    for plan in cell_plans().into_iter().step_by(every.max(1)) {
        if !tried.holds(plan) {
            return tried;
        }
    }
    tried
}

/// Returns the plans: the steps that lead to each state, and an event in that state.
fn cell_plans() -> Vec<Plan> {
    let client = 0;
    let rule = |fault: Fault| Action::Rule(fault.once());
    let openings: Vec<Vec<Action>> = vec![
        vec![],
        vec![rule(Fault::stall(0)), Action::Relist { client }],
        vec![rule(Fault::stall(60)), Action::Relist { client }],
        vec![rule(Fault::refuse(500)), rule(Fault::stall(20)), Action::Relist { client }],
        vec![Action::Unreachable { client, times: 3, how: 0 }, Action::Cut { client, after: 0, end: End::Reset }],
        vec![Action::Cut { client, after: 30, end: End::Complete }],
        vec![Action::FalsifyLists { client, how: Falsification::ItemNotUtf8, times: 3 }, Action::Relist { client }],
        vec![Action::Damage { client, how: Damage::NoVersion, after: 0, times: 3 }],
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
        Action::Restore { back: 1, late: 0 },
        Action::Restore { back: 1, late: 8_000 },
        Action::Expire { keep: 0 },
        Action::EndWatches,
        Action::Bookmarks,
    ];
    happenings.extend(Damage::all(100).map(|how| Action::Damage { client, how, after: 0, times: 2 }));
    happenings.extend([false, true].map(|loses| Action::Break { client, after: 0, how: Breaking::ResetStream, loses }));
    for end in [End::Complete, End::Cut, End::Reset] {
        happenings.extend([0, 1, 100].map(|after| Action::Cut { client, after, end }));
    }
    let sayings = [
        InjectedLine::Expired,
        InjectedLine::Gone,
        InjectedLine::Bare410,
        InjectedLine::TooLarge,
        InjectedLine::InternalError,
        InjectedLine::TooMany,
        InjectedLine::ErrorThenEvent,
        InjectedLine::Malformed,
        InjectedLine::NoVersion,
        InjectedLine::UnknownType,
        InjectedLine::OldBookmark,
        InjectedLine::BareBookmark,
        InjectedLine::EndMarker,
        InjectedLine::Half,
    ];
    happenings.extend(sayings.map(|what| Action::Say { what, then_end: false }));
    let mut plans = Vec::new();
    for start in [StartAt::Auto, StartAt::List, StartAt::Now] {
        for late in [false, true] {
            for opening in &openings {
                for happening in &happenings {
                    let mut setup = Setup::default();
                    setup.net.late = late;
                    setup.net.latency = 20;
                    setup.clients[0].start = start;
                    let step = |after, action: &Action| PlanStep { after, action: action.clone() };
                    let put = Action::Put { key: 0, label: 1, size: 0, depth: 0 };
                    let mut steps = vec![step(0, &put), step(1000, &put)];
                    steps.extend(opening.iter().map(|action| step(0, action)));
                    steps.extend([step(50, &put), step(30, happening), step(5, &put)]);
                    plans.push(Plan { about: format!("{opening:?} then {happening:?}"), setup, steps });
                }
            }
        }
    }
    plans
}
