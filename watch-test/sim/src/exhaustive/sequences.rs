//! All sequences of few steps.

use watch_test::model::End;

use super::Tried;
use crate::plan::{Action, ClientSetup, InjectedLine, Plan, PlanStep, Saved, Setup, StartAt};
use crate::run::run;

/// Returns the alphabet: two objects, all ends of a watch, compaction, and time.
fn alphabet() -> Vec<PlanStep> {
    let step = |after, action| PlanStep { after, action };
    let now = |action| step(0, action);
    let cut = |after, end| Action::Cut { client: 0, after, end };
    vec![
        // Create or update.
        now(Action::Put { key: 0, label: 1, size: 0, depth: 0 }),
        now(Action::Delete { key: 0 }),
        now(Action::Recreate { key: 0 }),
        now(Action::Put { key: 1, label: 1, size: 0, depth: 0 }),
        // The writes arrive.
        step(10, Action::Wait),
        now(cut(0, End::Complete)),
        now(cut(300, End::Cut)),
        now(Action::Say { what: InjectedLine::Expired, then_end: true }),
        now(Action::Expire { keep: 0 }),
        step(60_000, Action::Wait),
    ]
}

/// Runs all sequences up to a length, from a start. `every_checkpoint`: a new process resumes from the newest checkpoint
/// after each. `progress` is called after each plan.
pub fn sequences(start: StartAt, longest: usize, every_checkpoint: bool, progress: &mut dyn FnMut()) -> Tried {
    let mut tried = Tried::default();
    let setup = Setup {
        window: Some(3),
        clients: vec![ClientSetup { start, page: Some(1), ..ClientSetup::default() }],
        ..Setup::default()
    };
    let letters = alphabet();
    // Shorter sequences are part of the longer ones, after a letter that only lets time pass. The checkpoint of a new
    // process is the one at the end.
    for length in if every_checkpoint { 1 } else { longest }..=longest {
        let mut word: Vec<usize> = vec![0; length];
        loop {
            let mut steps: Vec<PlanStep> = word.iter().map(|letter| letters[*letter].clone()).collect();
            if every_checkpoint {
                steps.push(PlanStep { after: 0, action: Action::Crash { client: 0, from: Saved::Newest } });
            }
            let plan = Plan { about: format!("{word:?}"), setup: setup.clone(), steps };
            let outcome = run(&plan);
            tried.plans += 1;
            tried.counts.merge(&outcome.counts);
            progress();
            if let Some(violation) = outcome.violation {
                tried.failure = Some((plan, violation));
                return tried;
            }
            // A step without an effect leaves a shorter sequence, which is run by itself.
            let idle = outcome.applied.iter().take(length).position(|applied| !applied);
            if !next(&mut word, letters.len(), idle.unwrap_or(length - 1)) {
                break;
            }
        }
    }
    tried
}

/// Returns the next word after all words that begin with the letters up to `at`.
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
