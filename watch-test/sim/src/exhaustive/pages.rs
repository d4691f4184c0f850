//! Lists in pages, with an event between any two of them.

use watch_test::fault::{Fault, Requests};

use super::Tried;
use crate::plan::{Action, Plan, PlanStep, Setup, StartAt};

/// Runs lists in pages: each number of objects, pages of each size, a write between any two requests, a compaction
/// between any two, with and without a token to continue. Runs one of `every` such plans.
pub fn pages(every: usize) -> Tried {
    let mut tried = Tried::default();
    for plan in page_plans().into_iter().step_by(every.max(1)) {
        if !tried.holds(plan) {
            return tried;
        }
    }
    tried
}

fn page_plans() -> Vec<Plan> {
    let writes = [
        Action::Wait,
        Action::Put { key: 0, label: 1, size: 0, depth: 0 },
        Action::Delete { key: 1 },
        Action::Recreate { key: 2 },
        Action::Put { key: 7, label: 1, size: 0, depth: 0 },
    ];
    let mut plans = Vec::new();
    for objects in 0..=4_u8 {
        for page in 1..=4 {
            for write in &writes {
                for write_at in 0..=5_u64 {
                    for expire_at in 0..=6_u64 {
                        for expire in &expiries() {
                            plans.push(paged(objects, page, (write_at, write), (expire_at, expire)));
                        }
                    }
                }
            }
        }
    }
    plans
}

/// Returns the actions that compact the history, so that the next page is refused with a token to continue, or without
/// one.
fn expiries() -> [Action; 2] {
    let next = Requests::verb("list").containing("continue=");
    [Action::Expire { keep: 0 }, Action::Rule(Fault::refuse(410).once().on(next))]
}

/// The latency is 10 ms, so that page `n` is requested at `10 n` ms.
fn paged(objects: u8, page: u32, (write_at, write): (u64, &Action), (expire_at, expire): (u64, &Action)) -> Plan {
    let mut setup = Setup::default();
    setup.net.latency = 10;
    setup.clients[0].start = StartAt::List;
    setup.clients[0].page = Some(page);
    let mut steps: Vec<PlanStep> = (0..objects)
        .map(|key| PlanStep { after: 0, action: Action::Put { key, label: 1, size: 0, depth: 0 } })
        .collect();
    steps.push(PlanStep { after: 0, action: Action::Relist { client: 0 } });
    let (first, second) = (write_at * 10 + 5, expire_at * 10 + 6);
    let (early, late) = if first <= second { (write, expire) } else { (expire, write) };
    steps.push(PlanStep { after: first.min(second), action: early.clone() });
    steps.push(PlanStep { after: first.abs_diff(second), action: late.clone() });
    Plan { about: format!("{objects} objects, pages of {page}"), setup, steps }
}
