//! Compares the changes of a `Diff` for a conversation's events with those of a `Diff` that is restored from its
//! snapshot.

use watch_core::{Change, Config, Diff, DiffSnapshot, Event, Output};
use watch_test::check::Rng;

use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};
use crate::world::hashed;

pub(super) fn check(
    rng: &mut Rng,
    config: &Config,
    outputs: &[Output],
    transcript: &mut Transcript,
) -> Result<(), Violation> {
    let (mut diff, mut restored) = (Diff::new(), None);
    let mut is_within_a_set = false;
    for output in outputs {
        let Output::Event(event) = output else { continue };
        match event {
            Event::InitialBegin { .. } => is_within_a_set = true,
            Event::InitialEnd { .. } => is_within_a_set = false,
            _ => {}
        }
        let changes = changes(&mut diff, event);
        changes.iter().for_each(|change| hashed::change(transcript, change));
        transcript.number(diff.len() as u64);
        if let Some(set) = diff.last_list() {
            [set.added, set.modified, set.removed].into_iter().for_each(|count| transcript.number(count));
        }
        if let Some(restored) = &mut restored {
            let others = self::changes(restored, event);
            if format!("{others:?}") != format!("{changes:?}") {
                return broken(Oracle::Changes, format!("{event}: {changes:?}, but restored: {others:?}"));
            }
        }
        // Only the process that receives a list knows the objects of an incomplete list.
        if !is_within_a_set && rng.one_in(12) {
            restored = Some(restore(&diff, config, transcript)?);
        }
    }
    Ok(())
}

fn changes(diff: &mut Diff, event: &Event) -> Vec<Change> {
    diff.handle(event.clone());
    core::iter::from_fn(|| diff.poll()).collect()
}

fn restore(diff: &Diff, config: &Config, transcript: &mut Transcript) -> Result<Diff, Violation> {
    let text = serde_json::to_string(&diff.snapshot(config));
    let text = text.or_else(|error| broken(Oracle::Changes, error.to_string()))?;
    transcript.count(text.as_bytes());
    let snapshot: DiffSnapshot =
        serde_json::from_str(&text).or_else(|error| broken(Oracle::Changes, error.to_string()))?;
    Diff::restore(snapshot, config).or_else(|error| broken(Oracle::Changes, error.to_string()))
}
