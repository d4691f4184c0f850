//! `Diff`: the changes keep a copy of the objects exact, in whatever order lists and changes come.

mod draw;
mod expected;
mod held;
mod relisted;
mod stored;

use watch_core::{Change, Diff, Event};
use watch_test::check::Rng;

use self::draw::events;
use self::expected::Expected;
use self::held::Held;
use super::hashed;
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};
use crate::world;

pub(super) fn probe(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let config = stored::config("pods")?;
    let (events, is_ambiguous) = events(rng);
    let (mut diff, mut expected, mut held) = (Diff::new(), Expected::default(), Held::default());
    let mut all = Vec::new();
    for event in &events {
        transcript.note(|| format!("{event} {}", uid(event)));
        diff.handle(event.clone());
        let changes = drained(&mut diff, transcript);
        expected.event(event);
        follows(event, &changes, &mut held, &mut expected)?;
        if !is_ambiguous {
            agree(&expected, &held, &diff)?;
        }
        all.extend(changes);
        if !is_ambiguous && rng.one_in(8) {
            relisted::check(rng, &diff, &held, &config, transcript)?;
        }
        if expected.is_between_sets() && rng.one_in(6) {
            diff = stored::restored(rng, &diff, &config, transcript)?;
            expected.restored();
        }
    }
    at_once(rng, &events, &all)?;
    if rng.one_in(60) { many_lists(rng, transcript) } else { Ok(()) }
}

/// Checks that an object is kept through hundreds of lists, most of which break off. The diff numbers lists, and uses
/// numbers again.
fn many_lists(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let (kept, lost) = (draw::object(("x", "kept"), None, "5"), draw::object(("x", "lost"), None, "5"));
    let (mut diff, mut copy) = (Diff::new(), std::collections::BTreeSet::new());
    let ends = rng.pick(&[1, 3, 1000]);
    for list in 0..rng.between(250, 600) {
        let has_lost = rng.one_in(2);
        let is_complete = list % ends == 0;
        let mut events =
            vec![Event::InitialBegin { cause: watch_core::InitialCause::Retry }, Event::Initial(kept.clone())];
        events.extend(has_lost.then(|| Event::Initial(lost.clone())));
        events.extend(is_complete.then(|| Event::InitialEnd { resource_version: draw::version("9") }));
        events.into_iter().for_each(|event| diff.handle(event));
        for change in drained(&mut diff, transcript) {
            match &change {
                Change::Added(object) => drop(copy.insert(object.name().to_owned())),
                Change::Vanished(vanished) => drop(copy.remove(vanished.name())),
                Change::Synced { .. } => {}
                _ => return broken(Oracle::Reference, format!("{change} in list {list}")),
            }
        }
        if is_complete && (!copy.contains("kept") || copy.contains("lost") != has_lost) {
            return broken(Oracle::Reference, format!("after list {list} the copy has {copy:?}"));
        }
    }
    Ok(())
}

/// Returns the uid of the event's object, if it has one.
fn uid(event: &Event) -> &str {
    match event {
        Event::Initial(object) | Event::Added(object) | Event::Modified(object) | Event::Deleted(object) => {
            object.uid().unwrap_or("without uid")
        }
        Event::InitialBegin { .. } | Event::InitialEnd { .. } | Event::Bookmark { .. } => "",
    }
}

/// Polls until there is no change, and hashes the changes and their counts.
fn drained(diff: &mut Diff, transcript: &mut Transcript) -> Vec<Change> {
    let changes: Vec<Change> = core::iter::from_fn(|| diff.poll()).take(1000).collect();
    for change in &changes {
        transcript.note(|| format!("  {change}"));
        world::hashed::change(transcript, change);
    }
    transcript.number(diff.len() as u64);
    hashed::optional(transcript, diff.last_list(), |transcript, set| {
        [set.added, set.modified, set.removed].into_iter().for_each(|count| transcript.number(count));
    });
    changes
}

/// Applies the changes to the consumer's copy. Each must be possible there.
fn follows(event: &Event, changes: &[Change], held: &mut Held, expected: &mut Expected) -> Result<(), Violation> {
    for change in changes {
        held.apply(change, expected.has_list())
            .or_else(|why| broken(Oracle::Reference, format!("{change} after {event}: {why}")))?;
        expected.count(change);
    }
    Ok(())
}

/// Checks that the consumer's copy and the counts are those of the reference.
fn agree(expected: &Expected, held: &Held, diff: &Diff) -> Result<(), Violation> {
    if held.objects != expected.objects
        || diff.len() != held.objects.len()
        || diff.is_empty() != held.objects.is_empty()
    {
        let (held, expected) = (&held.objects, &expected.objects);
        return broken(Oracle::Reference, format!("the changes result in {held:?}, not {expected:?} ({})", diff.len()));
    }
    let set = diff.last_list();
    let counts = set.map(|set| [set.added, set.modified, set.removed]);
    if counts != expected.last_set || set.is_some_and(|set| set.total() != set.added + set.modified + set.removed) {
        return broken(Oracle::Reference, format!("the last list changed {counts:?}, not {:?}", expected.last_set));
    }
    Ok(())
}

/// Checks that the number of events before a poll makes no difference. Without a restored diff, all changes are known.
fn at_once(rng: &mut Rng, events: &[Event], one_by_one: &[Change]) -> Result<(), Violation> {
    let (mut diff, mut changes) = (Diff::new(), Vec::new());
    for event in events {
        diff.handle(event.clone());
        if rng.one_in(3) {
            changes.extend(core::iter::from_fn(|| diff.poll()).take(1 + rng.below(3) as usize));
        }
    }
    changes.extend(core::iter::from_fn(|| diff.poll()));
    if changes == one_by_one {
        return Ok(());
    }
    broken(Oracle::Cuts, format!("events handed in together result in {changes:?}, not {one_by_one:?}"))
}

#[cfg(test)]
mod tests {
    use super::draw::{object, version};
    use super::*;

    #[test]
    fn a_copy_or_a_count_that_is_wrong_is_found() {
        let (mut diff, mut expected, mut held) = (Diff::new(), Expected::default(), Held::default());
        for event in [
            Event::InitialBegin { cause: watch_core::InitialCause::First },
            Event::Initial(object(("", "a"), Some("1"), "5")),
            Event::InitialEnd { resource_version: version("9") },
        ] {
            expected.event(&event);
            diff.handle(event.clone());
            let changes = drained(&mut diff, &mut Transcript::new(false));
            assert_eq!(follows(&event, &changes, &mut held, &mut expected), Ok(()));
            assert_eq!(agree(&expected, &held, &diff), Ok(()));
        }
        assert!(agree(&Expected::default(), &held, &diff).is_err());
        assert!(agree(&expected, &Held::default(), &diff).is_err());
        expected.last_set = Some([0, 1, 0]);
        assert!(agree(&expected, &held, &diff).is_err());
        assert!(at_once(&mut Rng::new(1), &[], &[Change::Synced { resource_version: version("9") }]).is_err());
    }
}
