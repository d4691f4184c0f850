//! What a `Diff` remembers: objects of all forms, in few bytes.

use serde_json::{Value, json};
use watch_core::{Change, Diff, DiffSnapshot, Event, InitialCause, Object};

use crate::rig::pods;

const UUID: &str = "c3df342e-8207-4bc7-8b2e-89142e4a4e7d";

fn object(namespace: &str, name: &str, uid: Option<&str>, version: &str) -> Object {
    let mut object = json!({"metadata": {"namespace": namespace, "name": name, "resourceVersion": version}});
    if let Some(uid) = uid {
        object["metadata"]["uid"] = uid.into();
    }
    Object::parse(object.to_string().into()).unwrap()
}

fn list(objects: impl IntoIterator<Item = Object>) -> Vec<Event> {
    let begin = Event::InitialBegin { cause: InitialCause::Expired };
    let end = Event::InitialEnd { resource_version: "99".parse().unwrap() };
    std::iter::once(begin).chain(objects.into_iter().map(Event::Initial)).chain([end]).collect()
}

fn changes(diff: &mut Diff, events: impl IntoIterator<Item = Event>) -> Vec<String> {
    events.into_iter().for_each(|event| diff.handle(event));
    std::iter::from_fn(|| diff.poll()).map(|change| change.to_string()).collect()
}

/// Uids and versions of each form.
fn forms() -> Vec<Object> {
    let long = "n".repeat(300);
    vec![
        object("default", "a", Some(UUID), "5"),
        object("default", "b", None, "6"),
        object("default", "c", Some("no-uuid"), "7"),
        object("default", "d", Some(UUID), "map-of-versions"),
        object("default", "e", Some(&UUID.to_uppercase()), "123456789012345678901234567890"),
        object("", "f", Some(UUID), "18446744073709551615"),
        object(&long, "g", Some(UUID), "8"),
        object(&long[..255], "g", Some("text"), "9"),
        object("defaul", "ta", Some(UUID), "10"),
    ]
}

#[test]
fn objects_of_all_forms_are_known_again() {
    let mut diff = Diff::new();
    assert_eq!(changes(&mut diff, list(forms())).len(), forms().len() + 1);
    assert_eq!(diff.len(), forms().len());
    assert_eq!(changes(&mut diff, list(forms())), ["SYNCED @99"], "nothing changed");
    // Those that are missing are reported in the order of their names, with what was known.
    diff.handle(Event::InitialBegin { cause: InitialCause::Expired });
    diff.handle(Event::InitialEnd { resource_version: "99".parse().unwrap() });
    let mut gone = Vec::new();
    while let Some(Change::Vanished(vanished)) = diff.poll() {
        let uid = vanished.uid();
        let namespace = vanished.namespace().unwrap_or_default();
        gone.push(object(namespace, vanished.name(), uid.as_deref(), &vanished.last().text()).to_string());
    }
    let mut expected = forms();
    expected.sort_by_key(|object| format!("{}{}", object.namespace().unwrap_or_default(), object.name()));
    // As a text, "defaulta" of two objects is the same: the shorter namespace is first.
    let mut expected: Vec<_> = expected.iter().map(ToString::to_string).collect();
    let first = expected.iter().position(|text| text.contains("default/a")).unwrap();
    let second = expected.iter().position(|text| text.contains("defaul/ta")).unwrap();
    if first < second {
        expected.swap(first, second);
    }
    assert_eq!(gone, expected);
    assert!(diff.is_empty());
}

#[test]
fn an_object_that_changes_its_form_stays_one_object() {
    let mut diff = Diff::new();
    changes(&mut diff, list([object("default", "a", Some(UUID), "5")]));
    for version in ["opaque", "7", "123456789012345678901234567890", "123456789012345678901234567891"] {
        let modified = changes(&mut diff, [Event::Modified(object("default", "a", Some(UUID), version))]);
        assert_eq!(modified, [format!("MODIFIED object default/a@{version}")]);
        assert_eq!(diff.len(), 1);
    }
    // Upper case is another uid.
    let other = object("default", "a", Some(&UUID.to_uppercase()), "123456789012345678901234567892");
    let recreated = changes(&mut diff, [Event::Added(other)]);
    assert!(recreated[0].starts_with("VANISHED default/a@") && recreated[1].starts_with("ADDED "), "{recreated:?}");
    assert_eq!(diff.len(), 1);
}

/// Each list has a number, and numbers are used again.
#[test]
fn a_missing_object_is_reported_after_any_number_of_lists() {
    for lists in [254, 255, 256, 257, 510, 600] {
        let mut diff = Diff::new();
        changes(&mut diff, list([object("default", "a", Some(UUID), "5"), object("default", "b", Some("x"), "5")]));
        for _ in 0..lists {
            changes(&mut diff, [Event::InitialBegin { cause: InitialCause::Retry }]);
        }
        let end = Event::InitialEnd { resource_version: "9".parse().unwrap() };
        let gone = changes(&mut diff, [end]);
        assert_eq!(gone, ["VANISHED default/a@5", "VANISHED default/b@5", "SYNCED @9"], "after {lists} lists");
    }
}

#[test]
fn a_snapshot_is_written_in_pieces_as_it_is_in_one() {
    let config = pods().build().unwrap();
    let mut diff = Diff::new();
    changes(&mut diff, list(forms()));
    let mut streamed = Vec::new();
    diff.serialize_snapshot(&config, &mut serde_json::Serializer::new(&mut streamed)).unwrap();
    assert_eq!(String::from_utf8(streamed).unwrap(), serde_json::to_string(&diff.snapshot(&config)).unwrap());
}

#[test]
fn a_snapshot_is_read_whatever_the_order_of_its_fields_is() {
    let config = pods().build().unwrap();
    let mut diff = Diff::new();
    changes(&mut diff, list(forms()));
    // `objects` come before `listed`, which is part of their sum.
    let snapshot: Value = serde_json::to_value(diff.snapshot(&config)).unwrap();
    let fields: Vec<String> =
        ["objects", "sum", "scope", "listed", "format"].map(|name| format!("\"{name}\":{}", snapshot[name])).into();
    let read: DiffSnapshot = serde_json::from_str(&format!("{{{}}}", fields.join(","))).unwrap();
    let mut restored = Diff::restore(read, &config).unwrap();
    assert_eq!(changes(&mut restored, list(forms())), ["SYNCED @99"]);
}
