//! Predicates drop changes, and never a deletion.

use std::collections::BTreeMap;
use std::hash::{BuildHasherDefault, DefaultHasher};

use proptest::prelude::*;
use serde_json::{Value, json};
use watch_core::{Change, Diff, Event, InitialCause, Object, Predicate, PredicateFilter, predicates};

type Hash = BuildHasherDefault<DefaultHasher>;

fn filter<P: Predicate>(predicate: P) -> PredicateFilter<P, Hash> {
    PredicateFilter::new(predicate, Hash::default())
}

/// An object that has these members of the metadata in addition to its identity.
fn object(version: u32, metadata: Value) -> Object {
    let mut all = json!({ "name": "web", "namespace": "default", "uid": "u", "resourceVersion": version.to_string() });
    all.as_object_mut().unwrap().append(&mut metadata.as_object().unwrap().clone());
    Object::parse(json!({ "metadata": all, "status": { "seen": version } }).to_string().into()).unwrap()
}

/// Returns whether the change from one metadata to the other passes.
fn passes<P: Predicate>(predicate: P, from: Value, to: Value) -> bool {
    let mut filter = filter(predicate);
    assert!(filter.passes(&Change::Added(object(5, from))));
    filter.passes(&Change::Modified(object(6, to)))
}

fn full() -> Value {
    json!({ "generation": 1, "labels": { "a": "b" }, "annotations": { "c": "d" }, "finalizers": ["e/f"] })
}

#[test]
fn each_predicate_passes_the_changes_of_its_field_alone() {
    let changed =
        [("generation", json!(2)), ("labels", json!({})), ("annotations", json!(null)), ("finalizers", json!([]))];
    for (field, value) in changed {
        let mut to = full();
        to[field] = value;
        let passed = [
            ("generation", passes(predicates::generation, full(), to.clone())),
            ("labels", passes(predicates::labels, full(), to.clone())),
            ("annotations", passes(predicates::annotations, full(), to.clone())),
            ("finalizers", passes(predicates::finalizers, full(), to.clone())),
        ];
        assert_eq!(passed.map(|(name, passed)| (name, passed)), passed.map(|(name, _)| (name, name == field)));
        assert!(passes(predicates::resource_version, full(), to));
    }
}

#[test]
fn what_is_absent_is_as_empty_except_for_the_generation() {
    let none = || json!({});
    assert!(!passes(predicates::labels, none(), none()));
    assert!(!passes(predicates::annotations, none(), json!({ "annotations": null })));
    assert!(!passes(predicates::finalizers, none(), none()));
    assert!(passes(predicates::generation, none(), none()), "without the property, every change passes");
}

#[test]
fn or_and_fallback_join_two_properties() {
    let either = || predicates::labels.or(predicates::finalizers);
    let with = |field: &str, value: Value| {
        let mut metadata = full();
        metadata[field] = value;
        metadata
    };
    assert!(!passes(either(), full(), with("annotations", json!({}))));
    assert!(
        passes(either(), full(), with("labels", json!({}))) && passes(either(), full(), with("finalizers", json!([])))
    );

    let spec = || predicates::generation.fallback(predicates::resource_version);
    assert!(!passes(spec(), full(), full()));
    assert!(passes(spec(), full(), with("generation", json!(2))));
    assert!(passes(spec(), json!({}), json!({})));
    // A property that moves from one to the other has changed.
    let first = |object: &Object| (object.resource_version().to_string() == "5").then_some(1_u8);
    let second = |object: &Object| (object.resource_version().to_string() == "6").then_some(1_u8);
    assert!(passes(first.or(second), json!({}), json!({})));
    let neither = |_: &Object| None::<u8>;
    assert!(passes(neither.or(neither), json!({}), json!({})));
}

#[test]
fn a_deletion_passes_and_is_forgotten() {
    let mut filter = filter(predicates::labels);
    for version in [5, 8] {
        assert!(filter.passes(&Change::Modified(object(version, full()))), "as one that was never seen");
        assert!(!filter.passes(&Change::Modified(object(version + 1, full()))));
        assert!(filter.passes(&Change::Deleted(object(version + 2, full()))));
    }
}

#[test]
fn an_object_that_a_relist_misses_passes_and_is_forgotten() {
    let (mut diff, mut filter) = (Diff::new(), filter(predicates::labels));
    let mut list = |objects: Vec<Object>| {
        diff.handle(Event::InitialBegin { cause: InitialCause::Expired });
        objects.into_iter().for_each(|object| diff.handle(Event::Initial(object)));
        diff.handle(Event::InitialEnd { resource_version: "9".parse().unwrap() });
        let changes: Vec<_> = std::iter::from_fn(|| diff.poll()).collect();
        changes.iter().filter(|change| filter.passes(change)).map(ToString::to_string).collect::<Vec<_>>()
    };
    for _ in 0..2 {
        assert_eq!(list(vec![object(5, full())]), ["ADDED object default/web@5", "SYNCED @9"]);
        assert_eq!(list(vec![object(6, full())]), ["SYNCED @9"]);
        assert_eq!(list(vec![]), ["VANISHED default/web@6", "SYNCED @9"]);
    }
    assert!(filter.passes(&Change::Modified(object(7, full()))), "it is unknown");
}

/// Else a controller would never remove its finalizer.
#[test]
fn the_beginning_of_a_deletion_passes() {
    let mut to = full();
    to["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    assert!(passes(predicates::labels, full(), to.clone()));
    assert!(!passes(predicates::labels, to.clone(), to));
}

#[test]
fn fields_are_found_where_they_are_and_nowhere_else() {
    let read = |metadata: &str, rest: &str| {
        let json = format!(r#"{{{rest} "metadata" : {{"name":"web","resourceVersion":"5"{metadata}}} }}"#);
        let object = Object::parse(json.into()).unwrap();
        let text = |bytes: Option<bytes::Bytes>| String::from_utf8(bytes.unwrap().to_vec()).unwrap();
        (text(predicates::labels(&object)), predicates::generation(&object).map(|bytes| text(Some(bytes))))
    };
    let none = (String::new(), None);
    assert_eq!(read("", ""), none);
    assert_eq!(read(r#","labels":null,"generation":null"#, ""), none);
    assert_eq!(read(r#","annotations":{"labels":"{\"labels\":{}}","generation":"7"}"#, ""), none);
    assert_eq!(read("", r#""spec":{"metadata":{"labels":{"x":"y"},"generation":7}},"labels":{},"#), none);
    let found = (r#"{"a":"}\"{"}"#.to_owned(), Some("12".to_owned()));
    assert_eq!(read(r#","labels":{"a":"}\"{"},"generation":12"#, ""), found);
    assert_eq!(read(r#", "generation" : 12 , "l\u0061bels" : {"a":"}\"{"} "#, r#""spec":[[{"a":"]"}]],"#), found);
    let order = read(r#","labels":{"b":"1","a":"2"}"#, "").0;
    assert_eq!(order, r#"{"b":"1","a":"2"}"#, "as the server wrote it");
}

#[test]
fn a_closure_is_a_predicate() {
    #[derive(serde::Deserialize)]
    struct Seen {
        status: BTreeMap<String, u64>,
    }
    let even = |object: &Object| Some(object.decode::<Seen>().ok()?.status["seen"] % 2);
    let mut filter = filter(even);
    let passed = [1, 3, 4, 6, 7].map(|version| filter.passes(&Change::Modified(object(version, full()))));
    assert_eq!(passed, [true, false, true, false, true]);
}

#[derive(Clone, Debug)]
enum Step {
    Put {
        name: u8,
        label: u8,
    },
    Delete(u8),
    /// What happened since is found by a list.
    Gap,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..4_u8, 0..3_u8).prop_map(|(name, label)| Step::Put { name, label }),
        3 => (0..4_u8).prop_map(Step::Delete),
        1 => Just(Step::Gap),
    ];
    prop::collection::vec(step, 0..60)
}

fn labelled(name: u8, incarnation: u32, version: u32, label: u8) -> Object {
    let json = json!({ "metadata": {
        "name": name.to_string(), "uid": format!("{name}-{incarnation}"), "resourceVersion": version.to_string(),
        "labels": { "l": label },
    } });
    Object::parse(json.to_string().into()).unwrap()
}

proptest! {
    /// A consumer of the changes that pass knows of each object whether it exists, and its labels.
    #[test]
    fn a_consumer_of_what_passes_knows_the_property_of_each_object(steps in steps(), gap in any::<bool>()) {
        let (mut diff, mut filter) = (Diff::new(), filter(predicates::labels));
        let (mut server, mut consumer) = (BTreeMap::<String, Object>::new(), BTreeMap::<String, bytes::Bytes>::new());
        let (mut version, mut in_gap) = (1, gap);
        diff.handle(Event::InitialBegin { cause: InitialCause::First });
        diff.handle(Event::InitialEnd { resource_version: "1".parse().unwrap() });
        for step in steps.into_iter().chain([Step::Gap]) {
            version += 1;
            let event = match step {
                Step::Put { name, label } => {
                    let uid = server.get(&name.to_string()).and_then(Object::uid).map(str::to_owned);
                    let incarnation = uid.map_or(version, |uid| uid[2..].parse().unwrap());
                    let object = labelled(name, incarnation, version, label);
                    match server.insert(name.to_string(), object.clone()) {
                        Some(_) => Some(Event::Modified(object)),
                        None => Some(Event::Added(object)),
                    }
                }
                Step::Delete(name) => server.remove(&name.to_string()).map(Event::Deleted),
                Step::Gap => {
                    in_gap = !in_gap;
                    None
                }
            };
            if let Some(event) = event.filter(|_| !in_gap) {
                diff.handle(event);
            }
            if !in_gap {
                diff.handle(Event::InitialBegin { cause: InitialCause::Expired });
                server.values().for_each(|object| diff.handle(Event::Initial(object.clone())));
                diff.handle(Event::InitialEnd { resource_version: version.to_string().parse().unwrap() });
            }
            while let Some(change) = diff.poll() {
                if !filter.passes(&change) {
                    continue;
                }
                match change {
                    Change::Added(object) | Change::Modified(object) => {
                        consumer.insert(object.name().to_owned(), predicates::labels(&object).unwrap());
                    }
                    Change::Deleted(object) => drop(consumer.remove(object.name())),
                    Change::Vanished(gone) => drop(consumer.remove(gone.name())),
                    Change::Synced { .. } => {}
                }
            }
            if !in_gap {
                let expected: BTreeMap<_, _> =
                    server.iter().map(|(name, object)| (name.clone(), predicates::labels(object).unwrap())).collect();
                prop_assert_eq!(&consumer, &expected);
            }
        }
    }
}
