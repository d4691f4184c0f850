//! A new process restores a diff at any time, also in the middle of a list, and then receives a complete list.

use watch_core::{Change, Config, Diff, DiffSnapshot, Event, InitialCause, Object};
use watch_test::check::Rng;

use super::draw::{object, version};
use super::held::{Held, Key, Known};
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};

/// How a snapshot reaches the new process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// It is serialised, and read again.
    Json,
    /// The diff writes it without building it.
    Written,
    /// It isn't serialised: a diff is passed to another task.
    Direct,
    Cloned,
}

impl Way {
    pub(super) fn drawn(rng: &mut Rng) -> Self {
        rng.pick(&[Self::Json, Self::Written, Self::Direct, Self::Cloned])
    }

    /// Restores the diff in this way.
    pub(super) fn restored(self, diff: &Diff, config: &Config) -> Result<Diff, Violation> {
        let read = |json: Vec<u8>| {
            serde_json::from_slice::<DiffSnapshot>(&json)
                .or_else(|error| broken(Oracle::Reference, format!("a snapshot can't be read: {error}")))
        };
        let snapshot = match self {
            Self::Json => read(serde_json::to_vec(&diff.snapshot(config)).unwrap_or_default())?,
            Self::Written => {
                let mut json = Vec::new();
                let written = diff.serialize_snapshot(config, &mut serde_json::Serializer::new(&mut json));
                written.or_else(|error| broken(Oracle::Reference, format!("a diff can't be written: {error}")))?;
                read(json)?
            }
            Self::Direct => diff.snapshot(config),
            Self::Cloned => {
                let snapshot = diff.snapshot(config);
                let clone = snapshot.clone();
                // The snapshot is restored first. That must not change its clone.
                let mut first = Diff::restore(snapshot, config);
                first.iter_mut().for_each(|diff| diff.handle(Event::InitialBegin { cause: InitialCause::First }));
                clone
            }
        };
        let restored = Diff::restore(snapshot, config);
        restored.or_else(|error| broken(Oracle::Reference, format!("{self:?}: a snapshot is refused: {error:?}")))
    }
}

/// Restores the diff, and hands in a list of some of the objects that the consumer holds, and of a new one. What is
/// missing vanishes, what is new is added, and what is unchanged causes no change.
pub(super) fn check(
    rng: &mut Rng,
    diff: &Diff,
    held: &Held,
    config: &Config,
    transcript: &mut Transcript,
) -> Result<(), Violation> {
    let way = Way::drawn(rng);
    let mut diff = way.restored(diff, config)?;
    if diff.len() != held.objects.len() || diff.last_list().is_some() {
        let (len, list) = (diff.len(), diff.last_list());
        return broken(Oracle::Reference, format!("{way:?}: {len} of {} objects; {list:?}", held.objects.len()));
    }
    let (mut listed, mut gone) = (Vec::new(), Vec::new());
    for (key, known) in &held.objects {
        if rng.one_in(3) { gone.push((key, known)) } else { listed.push(as_object(key, known)) }
    }
    let new = object(("new", "object"), Some("u"), "7");
    let at = rng.below(listed.len() as u64 + 1) as usize;
    listed.insert(at, new.clone());
    let begin = Event::InitialBegin { cause: InitialCause::First };
    let end = Event::InitialEnd { resource_version: version("99") };
    transcript.note(|| format!("  {way:?}: of {} objects {} are missing", held.objects.len(), gone.len()));
    [begin].into_iter().chain(listed.into_iter().map(Event::Initial)).chain([end]).for_each(|event| diff.handle(event));
    let changes: Vec<Change> = core::iter::from_fn(|| diff.poll()).take(1000).collect();
    changes.iter().for_each(|change| crate::world::hashed::change(transcript, change));
    right(&changes, &new, &gone).or_else(|()| {
        broken(Oracle::Reference, format!("{way:?}: a list without {gone:?} results in {changes:?} (held: {held:?})"))
    })
}

/// Checks that the changes are one addition, the missing objects in any order, and the end of the list.
fn right(changes: &[Change], new: &Object, gone: &[(&Key, &Known)]) -> Result<(), ()> {
    let [Change::Added(added), vanished @ .., Change::Synced { .. }] = changes else { return Err(()) };
    let is_gone = |change: &Change| {
        let Change::Vanished(vanished) = change else { return false };
        gone.iter().any(|((namespace, name), known)| {
            (vanished.namespace().unwrap_or_default(), vanished.name()) == (namespace.as_str(), name.as_str())
                && vanished.uid().as_deref() == known.uid.as_deref()
                && *vanished.last() == known.version
        })
    };
    if added == new && vanished.len() == gone.len() && vanished.iter().all(is_gone) { Ok(()) } else { Err(()) }
}

fn as_object((namespace, name): &Key, known: &Known) -> Object {
    object((namespace, name), known.uid.as_deref(), &known.version.text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_object_that_does_not_vanish_is_found() {
        let new = object(("new", "object"), None, "7");
        let known = Known { uid: None, version: version("5") };
        let key = (String::new(), "a".to_owned());
        let changes = [Change::Added(new.clone()), Change::Synced { resource_version: version("99") }];
        assert_eq!(right(&changes, &new, &[]), Ok(()));
        assert!(right(&changes, &new, &[(&key, &known)]).is_err());
        assert!(right(&changes[1..], &new, &[]).is_err());
    }
}
