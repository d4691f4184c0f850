//! `PredicateFilter` and the predicates: a reference that keeps the property of each object as a text.

use std::collections::BTreeMap;
use std::hash::{BuildHasherDefault, DefaultHasher};

use serde_json::{Value, json};
use watch_core::{Change, Object, Predicate, PredicateFilter, predicates};
use watch_test::check::Rng;

use super::hashed;
use super::values::vanished;
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};

type Hasher = BuildHasherDefault<DefaultHasher>;

pub(super) fn probe(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let changes = changes(rng)?;
    let [first, second] = [(); 2].map(|()| rng.pick(&Property::ALL));
    let join = rng.pick(&[Join::One, Join::Or, Join::Fallback]);
    transcript.note(|| format!("{first:?} {join:?} {second:?}"));
    let passed = match join {
        Join::One => passed(Erased(first), &changes),
        Join::Or => passed(Erased(first).or(Erased(second)), &changes),
        Join::Fallback => passed(Erased(first).fallback(Erased(second)), &changes),
    };
    let mut seen = BTreeMap::new();
    for (change, passes) in changes.iter().zip(passed) {
        transcript.note(|| format!("{change}: {passes}"));
        hashed::flag(transcript, passes);
        let expected = expected(&mut seen, change, |object| join.of(first, second, object));
        if passes != expected {
            let raw = change.clone().applied().map(|object| object.raw().escape_ascii().to_string());
            return broken(Oracle::Reference, format!("{change} passes: {passes}, not {expected}: {raw:?}"));
        }
    }
    Ok(())
}

fn passed(predicate: impl Predicate, changes: &[Change]) -> Vec<bool> {
    let mut filter = PredicateFilter::new(predicate, Hasher::default());
    changes.iter().map(|change| filter.passes(change)).collect()
}

/// Returns whether a change passes, by the documentation of `PredicateFilter`.
fn expected(
    seen: &mut BTreeMap<(String, String), String>,
    change: &Change,
    property: impl Fn(&Object) -> Option<String>,
) -> bool {
    let key = |namespace: Option<&str>, name: &str| (namespace.unwrap_or_default().to_owned(), name.to_owned());
    let (object, is_new) = match change {
        Change::Added(object) => (object, true),
        Change::Modified(object) => (object, false),
        Change::Deleted(object) => {
            seen.remove(&key(object.namespace(), object.name()));
            return true;
        }
        Change::Vanished(vanished) => {
            seen.remove(&key(vanished.namespace(), vanished.name()));
            return true;
        }
        Change::Synced { .. } => return true,
    };
    let key = key(object.namespace(), object.name());
    let Some(property) = property(object) else {
        seen.remove(&key);
        return true;
    };
    // Another uid is another object, and the beginning of its deletion always passes.
    let is_same = format!("{property} {:?} {:?}", object.uid(), member(object, "deletionTimestamp"));
    seen.insert(key, is_same.clone()) != Some(is_same) || is_new
}

#[derive(Clone, Copy, Debug)]
enum Join {
    One,
    Or,
    Fallback,
}

impl Join {
    fn of(self, first: Property, second: Property, object: &Object) -> Option<String> {
        let (first, second) = (first.of(object), second.of(object));
        match self {
            Self::One => first,
            Self::Or if first.is_none() && second.is_none() => None,
            Self::Or => Some(format!("{first:?} {second:?}")),
            // The value that counts, whichever property it is of.
            Self::Fallback => first.or(second),
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Property {
    Generation,
    Version,
    Labels,
    Annotations,
    Finalizers,
    /// A function of the consumer.
    Phase,
}

impl Property {
    const ALL: [Self; 6] =
        [Self::Generation, Self::Version, Self::Labels, Self::Annotations, Self::Finalizers, Self::Phase];

    /// Returns the property as a text. Members are compared as they are written, and values of different types differ.
    fn of(self, object: &Object) -> Option<String> {
        match self {
            Self::Generation => member(object, "generation"),
            Self::Version => Some(format!("version {}", object.resource_version().text())),
            Self::Labels => Some(member(object, "labels").unwrap_or_default()),
            Self::Annotations => Some(member(object, "annotations").unwrap_or_default()),
            Self::Finalizers => Some(member(object, "finalizers").unwrap_or_default()),
            Self::Phase => phase(object).map(|phase| format!("phase {phase}")),
        }
    }
}

/// One of the predicates of watch-core.
struct Erased(Property);

impl Predicate for Erased {
    fn hash_property(&self, object: &Object, hasher: &mut dyn std::hash::Hasher) -> bool {
        match self.0 {
            Property::Generation => predicates::generation.hash_property(object, hasher),
            Property::Version => predicates::resource_version.hash_property(object, hasher),
            Property::Labels => predicates::labels.hash_property(object, hasher),
            Property::Annotations => predicates::annotations.hash_property(object, hasher),
            Property::Finalizers => predicates::finalizers.hash_property(object, hasher),
            Property::Phase => phase.hash_property(object, hasher),
        }
    }
}

fn phase(object: &Object) -> Option<String> {
    let document: Value = serde_json::from_slice(object.raw()).ok()?;
    document["phase"].as_str().map(str::to_owned)
}

fn member(object: &Object, name: &str) -> Option<String> {
    let document: Value = serde_json::from_slice(object.raw()).ok()?;
    document["metadata"].get(name).filter(|value| !value.is_null()).map(ToString::to_string)
}

/// Draws changes of a few objects. Each differs from the one before in a member or two.
fn changes(rng: &mut Rng) -> Result<Vec<Change>, Violation> {
    const KEYS: [(&str, &str); 3] = [("x", "a"), ("xa", "b"), ("x", "ab")];
    let mut states: [Value; 3] = KEYS.map(|(namespace, name)| {
        json!({"metadata": {"name": name, "namespace": namespace, "resourceVersion": "1", "generation": 1}})
    });
    let mut changes = Vec::new();
    for index in 0..rng.between(4, 30) {
        let state = &mut states[rng.below(3) as usize];
        for _ in 0..rng.below(3) {
            alter(rng, state);
        }
        if !rng.one_in(4) {
            state["metadata"]["resourceVersion"] = (index + 2).to_string().into();
        }
        let object = Object::parse(state.to_string().into());
        let object = object.or_else(|error| broken(Oracle::Reference, format!("{state}: {error}")))?;
        changes.push(match rng.below(12) {
            0 | 1 => Change::Added(object),
            2 => Change::Deleted(object),
            3 => vanished(object)?,
            4 => Change::Synced { resource_version: object.resource_version().clone() },
            _ => Change::Modified(object),
        });
    }
    Ok(changes)
}

fn alter(rng: &mut Rng, state: &mut Value) {
    if rng.one_in(6) {
        state["phase"] = rng.pick(&[json!("Running"), json!("1"), Value::Null]);
        return;
    }
    let (name, values) = match rng.below(6) {
        0 => ("generation", [json!(1), json!(2)]),
        1 => ("labels", [json!({"app": "web"}), json!({})]),
        2 => ("annotations", [json!({"app": "web"}), json!({"b": "1"})]),
        3 => ("finalizers", [json!(["a"]), json!(["a", "b"])]),
        4 => ("deletionTimestamp", [json!("2026-11-26T12:00:00Z"), json!("2026-11-26T12:00:01Z")]),
        _ => ("uid", [json!("u-1"), json!("u-2")]),
    };
    let value = if rng.one_in(3) { Value::Null } else { rng.pick(&values) };
    if let Some(metadata) = state["metadata"].as_object_mut() {
        // A null is drawn as such, or as an absent member.
        match value.is_null() && rng.one_in(2) {
            true => drop(metadata.remove(name)),
            false => drop(metadata.insert(name.to_owned(), value)),
        }
    }
}
