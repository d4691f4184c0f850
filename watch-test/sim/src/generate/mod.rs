//! Generates a plan from a seed. The kinds of faults, their number and their duration are drawn, too (swarm testing): a
//! run with all kinds finds less than many runs with a few kinds each.

mod faults;
mod kinds;
mod setup;

use watch_test::check::Rng;

use self::faults::fault;
use self::kinds::kinds;
use self::setup::setup;
use super::plan::{Action, Plan, PlanStep};

/// Returns the plan of a seed.
pub fn plan_of(seed: u64) -> Plan {
    let mut swarm = Rng::stream(seed, "swarm");
    let kinds = kinds(&mut swarm);
    let setup = setup(seed, &mut swarm);
    let mut workload = Rng::stream(seed, "workload");
    let mut faults = Rng::stream(seed, "faults");
    let mut pace = Rng::stream(seed, "pace");
    let longest = if swarm.one_in(8) { 400 } else { 100 };
    let length = 8 + swarm.skewed(longest);
    let keys = swarm.pick(&[1, 2, 3, 12]);
    let total: u64 = kinds.iter().map(|(_, rate)| rate).sum();
    let mut steps = Vec::new();
    // Warm-up: some objects, and time to watch them.
    for _ in 0..swarm.pick(&[0, 1, 2, 12]) {
        steps.push(PlanStep { after: 0, action: put(&mut workload, keys) });
    }
    steps.push(PlanStep { after: 2_000, action: Action::Wait });
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
        steps.push(PlanStep { after, action });
    }
    Plan { about: format!("seed {seed}"), setup, steps }
}

fn put(chance: &mut Rng, keys: u64) -> Action {
    let size = match chance.below(200) {
        0..=9 => chance.skewed(400),
        // Beyond the smaller of the limits that clients have.
        10 => chance.pick(&[1_100, 5_000]),
        _ => 0,
    };
    let depth = if chance.one_in(100) { chance.skewed(12) } else { 0 };
    Action::Put { key: key(chance, keys), label: chance.below(3) as u8, size, depth }
}

/// Most objects are in one namespace.
fn key(chance: &mut Rng, keys: u64) -> u8 {
    let key = chance.below(keys) as u8;
    match chance.below(8) {
        0 if keys > 1 => key + 8,
        1 if keys > 1 => key % 8 + 32,
        _ => key,
    }
}

fn write(chance: &mut Rng, keys: u64) -> Action {
    let key = key(chance, keys);
    match chance.below(100) {
        0..=44 => put(chance, keys),
        45..=59 => Action::Delete { key },
        60..=67 => Action::Recreate { key },
        68..=71 => Action::Touch { key },
        72..=74 => Action::Finalize { key },
        75 => Action::Mark { key },
        76..=79 => Action::Burst { writes: chance.skewed(70) },
        80 => Action::Clear,
        81..=86 => Action::Elsewhere { revisions: chance.skewed(50) },
        _ => Action::Wait,
    }
}
