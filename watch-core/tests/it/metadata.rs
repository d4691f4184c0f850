//! The metadata of an object as a type.

use bytes::Bytes;
use watch_core::wire::{EventParser, WatchEvent};
use watch_core::{FromObject, JsonCheck, LabelMatcher, Object, ObjectMetadata, PartialObjectMetadata};

use crate::cuts::CUTS;

/// An object with more members in its metadata.
fn object(members: &str) -> String {
    format!(
        r#"{{"kind":"Pod","apiVersion":"v1","metadata":{{"name":"a","resourceVersion":"5"{members}}},"spec":{{}}}}"#
    )
}

fn parse(members: &str) -> PartialObjectMetadata {
    PartialObjectMetadata::parse(object(members).into()).unwrap()
}

const ALL: &str = concat!(
    r#","namespace":"ns","uid":"u","generation":-3,"creationTimestamp":"2026-11-22T09:44:32Z","#,
    r#""deletionTimestamp":"2026-11-23T00:00:00Z","labels":{"app":"web","tier":"front"},"annotations":{"a":"1"},"#,
    r#""managedFields":[{"manager":"m","fieldsV1":{"f:metadata":{"f:labels":{}}}}],"#,
    r#""ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web-1","uid":"u-1","controller":true,"#,
    r#""blockOwnerDeletion":false},{"kind":"Own","name":null}],"finalizers":["x/y","z"]"#
);

fn entries<'a>(entries: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<(&'a str, &'a str)> {
    entries.collect()
}

fn check_all(meta: &PartialObjectMetadata) {
    assert_eq!((meta.name(), meta.namespace(), meta.uid()), ("a", Some("ns"), Some("u")));
    assert_eq!((meta.resource_version().to_string(), meta.generation()), ("5".into(), Some(-3)));
    assert_eq!(meta.creation_timestamp(), Some("2026-11-22T09:44:32Z"));
    assert_eq!(meta.deletion_timestamp(), Some("2026-11-23T00:00:00Z"));
    assert_eq!(entries(meta.labels()), [("app", "web"), ("tier", "front")]);
    assert_eq!((meta.labels().get("tier"), meta.labels().get("none")), (Some("front"), None));
    assert_eq!(entries(meta.annotations()), [("a", "1")]);
    let owners: Vec<_> = meta.owner_references().collect();
    let [first, second] = &owners[..] else { panic!("{owners:?}") };
    assert_eq!([first.api_version, first.kind, first.name, first.uid], ["apps/v1", "ReplicaSet", "web-1", "u-1"]);
    assert_eq!([first.controller, first.block_owner_deletion], [true, false]);
    assert_eq!([second.api_version, second.kind, second.name, second.uid], ["", "Own", "", ""]);
    assert_eq!([second.controller, second.block_owner_deletion], [false, false]);
    assert_eq!(meta.finalizers().collect::<Vec<_>>(), ["x/y", "z"]);
}

#[test]
fn every_field_of_the_metadata_is_read() {
    check_all(&parse(ALL));
    check_all(&parse(ALL).detach());
    check_all(&PartialObjectMetadata::from_object(parse(ALL).into_object()).unwrap());
    // With white space, and with names that have escapes.
    let pretty: serde_json::Value = serde_json::from_str(&object(ALL)).unwrap();
    check_all(&PartialObjectMetadata::parse(serde_json::to_vec_pretty(&pretty).unwrap().into()).unwrap());
    let escaped = ALL.replace("labels\"", "l\\u0061bels\"").replace("\"finalizers", "\"\\u0066inalizers");
    check_all(&parse(&escaped));
}

#[test]
fn absent_null_and_empty_fields_have_no_items() {
    let null = r#","generation":null,"creationTimestamp":null,"labels":null,"ownerReferences":null,"finalizers":null"#;
    for members in ["", null, r#","labels":{},"ownerReferences":[ ],"finalizers":[],"annotations":{ }"#] {
        let meta = parse(members);
        assert_eq!((meta.generation(), meta.creation_timestamp(), meta.deletion_timestamp()), (None, None, None));
        assert_eq!((meta.labels().count(), meta.annotations().count()), (0, 0), "{members}");
        assert_eq!((meta.owner_references().count(), meta.finalizers().count()), (0, 0), "{members}");
        assert_eq!(meta.labels().get(""), None);
    }
}

#[test]
fn texts_are_slices_of_the_object() {
    let raw = Bytes::from(object(ALL));
    let meta = PartialObjectMetadata::parse(raw.clone()).unwrap();
    let is_slice = |text: &[u8]| raw.as_ptr_range().contains(&text.as_ptr());
    for (key, value) in meta.labels().chain(meta.annotations()) {
        assert!(is_slice(key.as_bytes()) && is_slice(value.as_bytes()) && is_slice(&meta.share(value)));
        assert_eq!(meta.share(value), value);
    }
    // A text from elsewhere is copied.
    assert_eq!((meta.share("web"), is_slice(&meta.share("web"))), ("web".into(), false));
    // Detached texts keep nothing of the buffer.
    let detached = meta.detach();
    assert!(detached.labels().all(|(key, value)| !is_slice(key.as_bytes()) && !is_slice(value.as_bytes())));
}

#[test]
fn texts_with_escapes_are_unescaped_and_shared() {
    let meta = parse(
        r#","creationTimestamp":"\u0032026","labels":{"\u0061":"b","c":"\"d\"","e":"☃"},"annotations":{"last":"{\"a\":\n}","plain":"p"},"finalizers":["\/","y"],"ownerReferences":[{"name":"\ud83d\ude80","uid":"u"}]"#,
    );
    assert_eq!(meta.creation_timestamp(), Some("2026"));
    assert_eq!(entries(meta.labels()), [("a", "b"), ("c", "\"d\""), ("e", "☃")]);
    assert_eq!(entries(meta.annotations()), [("last", "{\"a\":\n}"), ("plain", "p")]);
    assert_eq!(meta.finalizers().collect::<Vec<_>>(), ["/", "y"]);
    assert_eq!(meta.owner_references().map(|owner| (owner.name, owner.uid)).collect::<Vec<_>>(), [("🚀", "u")]);
    let last = meta.annotations().get("last").unwrap();
    assert_eq!((meta.share(last).as_ptr(), &meta.share(last)[..]), (last.as_ptr(), last.as_bytes()));
}

#[test]
fn of_a_key_that_comes_twice_the_last_value_counts() {
    let meta = parse(r#","labels":{"a":"1","b":"2","\u0061":"3"}"#);
    assert_eq!((meta.labels().get("a"), meta.labels().count()), (Some("3"), 3));
}

#[test]
fn an_error_names_the_field_and_the_position() {
    for (members, message) in [
        (r#","labels":{"a":@1}"#, "metadata.labels: expected a string"),
        (r#","labels":{"a":@null}"#, "metadata.labels: expected a string"),
        (r#","labels":@["a"]"#, "metadata.labels: expected an object of strings"),
        (r#","annotations":@"x""#, "metadata.annotations: expected an object of strings"),
        (r#","labels":{},"labels":@{}"#, "duplicate field metadata.labels"),
        (r#","generation":1,"generation":@2"#, "duplicate field metadata.generation"),
        (r#","generation":@"1""#, "metadata.generation: expected an integer of 64 bits"),
        (r#","generation":@1.5"#, "metadata.generation: expected an integer of 64 bits"),
        (r#","generation":@9223372036854775808"#, "metadata.generation: expected an integer of 64 bits"),
        (r#","creationTimestamp":@7"#, "metadata.creationTimestamp: expected a string"),
        (r#","deletionTimestamp":@{}"#, "metadata.deletionTimestamp: expected a string"),
        (r#","finalizers":@{}"#, "metadata.finalizers: expected an array of strings"),
        (r#","finalizers":["a",@null]"#, "metadata.finalizers: expected a string"),
        (r#","ownerReferences":[@"a"]"#, "metadata.ownerReferences: expected an object"),
        (r#","ownerReferences":[{"uid":@1}]"#, "metadata.ownerReferences: expected a string"),
        (r#","ownerReferences":[{"controller":@"true"}]"#, "metadata.ownerReferences: expected a boolean"),
    ] {
        let json = object(members);
        let at = json.find('@').unwrap();
        let json = json.replace('@', "");
        let error = PartialObjectMetadata::parse(json.clone().into()).unwrap_err();
        assert_eq!((error.what, &*error.message, error.offset), ("object", message, Some(at)), "{json}");
        // The same error of one object of a watch, without values, because it may be that of a Secret.
        let object = Object::parse(json.into()).unwrap();
        let error = PartialObjectMetadata::from_object(object.clone()).unwrap_err();
        assert_eq!(error.to_string(), format!("can't decode Pod a@5: {message} at byte {at}"));
        assert_eq!(error.object(), &object);
    }
    // An object that can't be read has the error of `Object::parse`.
    for json in ["", "{}", r#"{"metadata":{"name":"a","resourceVersion":"5","labels":{"a":tru}}}"#] {
        let error = Object::parse(json.into()).unwrap_err();
        assert_eq!(PartialObjectMetadata::parse(json.into()).unwrap_err(), error);
    }
}

/// With the check of the structure alone, the labels weren't checked before.
#[test]
fn json_that_nothing_checked_before_is_checked() {
    for (members, is_read) in [
        (r#","labels":{"a":"b"}"#, true),
        (r#","labels":{"a":"b",}"#, false),
        (r#","labels":{"a" "b"}"#, false),
        (r#","labels":{"a":"\x"}"#, false),
        (r#","labels":{"\ud800":"b"}"#, false),
        (r#","finalizers":["a""b"]"#, false),
        (r#","ownerReferences":[{"controller":tru}]"#, false),
        (r#","ownerReferences":[{"uid":"a"},]"#, false),
        // Other members aren't read.
        (r#","managedFields":[1,]"#, true),
    ] {
        let event = format!(r#"{{"type":"ADDED","object":{}}}"#, object(members));
        for cut in CUTS {
            let mut events = EventParser::with_check(1 << 16, 16, JsonCheck::Structure);
            cut.pieces(&event.clone().into()).into_iter().for_each(|piece| events.push(piece));
            let Ok(Some(WatchEvent::Added(object))) = events.next() else { panic!("{event}") };
            assert_eq!(PartialObjectMetadata::from_object(object).is_ok(), is_read, "{event}");
        }
    }
}

#[test]
fn debug_shows_no_value() {
    let meta = parse(r#","annotations":{"key":"secret"}"#);
    assert_eq!(format!("{meta:?} {meta} {:?}", meta.annotations()), "metadata of Pod a@5 Pod a@5 {\"key\"}");
}

#[test]
fn a_label_selector_matches_it_as_it_matches_the_object() {
    let json = r#"{"metadata":{"name":"a","resourceVersion":"5","labels":{"app":"web","tier":"a\u002d1"},
        "ownerReferences":[{"apiVersion":"v1","kind":"Node","name":"n","uid":"u-1"}]}}"#;
    let metadata = PartialObjectMetadata::parse(json.into()).unwrap();
    for (selector, is_match) in
        [("app=web,tier=a-1", true), ("app in (web,db)", true), ("app!=web", false), ("x", false)]
    {
        let selector: LabelMatcher = selector.parse().unwrap();
        assert_eq!(selector.matches_object(&metadata), is_match, "{selector:?}");
        assert_eq!(selector.matches_object(metadata.object()), is_match, "{selector:?}");
    }
    let mut owners = Vec::new();
    metadata.for_each_owner_uid(&mut |uid| owners.push(uid.to_owned()));
    assert_eq!(owners, ["u-1"]);
}
