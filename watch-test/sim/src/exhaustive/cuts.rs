//! Bodies that end after every byte, in every way.

use watch_test::fault::{Fault, Requests};
use watch_test::model::End;

use super::Tried;
use crate::plan::{Action, Plan, PlanStep, Setup, StartAt, Watched};

/// Cuts a stream of three events, and a list of three objects, after every `every` bytes, in every way.
pub fn cuts(every: usize) -> Tried {
    let mut tried = Tried::default();
    for end in [End::Complete, End::Cut, End::Reset] {
        for after in (0..1_300).step_by(every.max(1)) {
            for plan in [
                cut_watch(StartAt::Auto, after, end),
                cut_watch(StartAt::List, after, end),
                cut_list(Watched::ConfigMaps, after, end),
                cut_list(Watched::Widgets, after, end),
            ] {
                if !tried.holds(plan) {
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
    let put = |key| PlanStep { after: 0, action: Action::Put { key, label: 1, size: 0, depth: 0 } };
    let cut = PlanStep { after: 10, action: Action::Cut { client: 0, after, end } };
    let steps = vec![cut, put(0), put(1), PlanStep { after: 0, action: Action::Delete { key: 0 } }];
    Plan { about: format!("watch cut after {after} bytes, {end:?}"), setup, steps }
}

fn cut_list(resource: Watched, after_bytes: u64, end: End) -> Plan {
    let mut setup = Setup { resource, ..Setup::default() };
    setup.clients[0].start = StartAt::List;
    let step = |action| PlanStep { after: 0, action };
    let put = |key| step(Action::Put { key, label: 1, size: 0, depth: 0 });
    let rule = Fault::Cut { after_bytes, end }.once().on(Requests::verb("list"));
    let steps = vec![put(0), put(1), put(2), step(Action::Rule(rule)), step(Action::Relist { client: 0 })];
    Plan { about: format!("list cut after {after_bytes} bytes, {end:?}"), setup, steps }
}
