//! `Config::strip_managed_fields` removes the managed fields of each object, and nothing else.

use bytes::Bytes;
use watch_core::wire::{EventParser, ListParser, ListPart, WatchEvent};
use watch_core::{Event, JsonCheck, Object};

use crate::cuts::{CUTS, Cut};
use crate::rig::{Rig, pods, with_each_check};

const FIELDS: &str = r#""managedFields":[{"manager":"m","fieldsV1":{"f:a":{"}":"]"}}}]"#;

/// Objects with a `$` for the managed fields and the comma beside it, and without them.
const PLACES: [(&str, &str); 8] = [
    ("\"name\":\"a\",\"resourceVersion\":\"5\",$", "\"name\":\"a\",\"resourceVersion\":\"5\""),
    ("$,\"name\":\"a\",\"resourceVersion\":\"5\"", "\"name\":\"a\",\"resourceVersion\":\"5\""),
    ("\"name\":\"a\",$,\"resourceVersion\":\"5\"", "\"name\":\"a\",\"resourceVersion\":\"5\""),
    // Duplicates, of which decoders would take one or the other.
    ("$,$,\"name\":\"a\",$,$,\"resourceVersion\":\"5\",$", "\"name\":\"a\",\"resourceVersion\":\"5\""),
    // White space stays, but for that in front of the comma.
    (" \"name\" : \"a\" ,\n$ , \"resourceVersion\":\"5\" ", " \"name\" : \"a\" , \"resourceVersion\":\"5\" "),
    (" $ , \"name\":\"a\",\"resourceVersion\":\"5\"", " \"name\":\"a\",\"resourceVersion\":\"5\""),
    // No managed fields of this object.
    (
        r#""name":"a","labels":{"managedFields":"x"},"resourceVersion":"5""#,
        r#""name":"a","labels":{"managedFields":"x"},"resourceVersion":"5""#,
    ),
    (
        r#""name":"managedFields","a":[{"managedFields":[]}],"resourceVersion":"5""#,
        r#""name":"managedFields","a":[{"managedFields":[]}],"resourceVersion":"5""#,
    ),
];

/// Each object with managed fields in some spelling, and without them.
fn cases() -> Vec<(String, String)> {
    let spellings = [FIELDS, r#""managedFields":null"#, r#""managed\u0046ields" : [ ]"#];
    let mut cases = Vec::new();
    for (place, without) in PLACES {
        for fields in spellings {
            for (begin, end) in [
                (r#"{"kind":"Pod","metadata":{"#, r#"},"managedFields":"stays","spec":{}}"#),
                (r#"{"spec":{"metadata":{"managedFields":1}},"metadata":{"#, r#"},"kind":"Pod","apiVersion":"v1"}"#),
            ] {
                cases.push((format!("{begin}{}{end}", place.replace('$', fields)), format!("{begin}{without}{end}")));
            }
        }
    }
    cases
}

fn check(object: &Object, without: &str) {
    assert_eq!(object.raw(), without);
    let read = Object::parse(without.to_owned().into()).unwrap();
    assert_eq!((object.name(), object.kind(), object.api_version()), (read.name(), read.kind(), read.api_version()));
    assert_eq!(object.resource_version(), read.resource_version());
}

#[test]
fn the_managed_fields_of_events_are_removed_at_any_cut() {
    for (with, without) in cases() {
        let body = Bytes::from(format!(r#"{{"type":"ADDED","object":{with}}} {{"object":{with},"type":"DELETED"}}"#));
        for cut in CUTS {
            for json_check in [JsonCheck::Structure, JsonCheck::Full] {
                let mut events = EventParser::with_check(1 << 16, 16, json_check).strip_managed_fields(true);
                cut.pieces(&body).into_iter().for_each(|piece| events.push(piece));
                let Ok(Some(WatchEvent::Added(first))) = events.next() else { panic!("{with}") };
                let Ok(Some(WatchEvent::Deleted(second))) = events.next() else { panic!("{with}") };
                check(&first, &without);
                check(&second, &without);
            }
        }
    }
}

#[test]
fn the_managed_fields_of_items_are_removed_at_any_cut() {
    for (with, without) in cases() {
        let body = Bytes::from(format!(r#"{{"items":[{with},{with}],"metadata":{{"resourceVersion":"9"}}}}"#));
        for cut in CUTS {
            let mut list = ListParser::new(1 << 16, 16).strip_managed_fields(true);
            cut.pieces(&body).into_iter().for_each(|piece| list.push(piece));
            for _ in 0..2 {
                let Ok(Some(ListPart::Item(item))) = list.next() else { panic!("{with}") };
                check(&item, &without);
            }
        }
    }
    // An item that gets the type of its list.
    let item = format!(r#"{{"metadata":{{"name":"a",{FIELDS},"uid":"u","resourceVersion":"5"}}}}"#);
    let body =
        format!(r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{"resourceVersion":"9"}},"items":[{item}]}}"#);
    let mut list = ListParser::new(1 << 16, 16).strip_managed_fields(true);
    list.push(body.into());
    let Ok(Some(ListPart::Item(item))) = list.next() else { panic!("an item") };
    check(&item, r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","uid":"u","resourceVersion":"5"}}"#);
    assert_eq!(item.uid(), Some("u"));
}

#[test]
fn a_watch_removes_them_only_if_it_is_set() {
    let object = |version| {
        format!(
            r#"{{"kind":"Pod","metadata":{{"name":"a","namespace":"default",{FIELDS},"resourceVersion":"{version}"}}}}"#
        )
    };
    with_each_check(|_| {
        for strip in [None, Some(false), Some(true)] {
            let config = strip.map_or_else(pods, |strip| pods().strip_managed_fields(strip));
            let mut rig = Rig::new(config);
            rig.reply(200, format!(r#"{{"items":[{}],"metadata":{{"resourceVersion":"9"}}}}"#, object(5)));
            rig.open().body(format!(r#"{{"type":"MODIFIED","object":{}}}"#, object(10)));
            let raw = |event: &Event| match event {
                Event::Initial(object) | Event::Modified(object) => Some(object.raw().clone()),
                _ => None,
            };
            let found: Vec<_> = rig.events.iter().filter_map(raw).collect();
            let expected = [5, 10].map(|version| match strip {
                Some(true) => object(version).replace(&format!("{FIELDS},"), ""),
                _ => object(version),
            });
            assert_eq!(found, expected);
        }
    });
}

#[test]
fn a_stripped_object_has_its_own_bytes_only() {
    let event = format!(r#"{{"type":"ADDED","object":{{"metadata":{{"name":"a",{FIELDS},"resourceVersion":"5"}}}}}}"#);
    let body = Bytes::from(event);
    let mut events = EventParser::new(1 << 16, 16).strip_managed_fields(true);
    Cut::None.pieces(&body).into_iter().for_each(|piece| events.push(piece));
    let Ok(Some(WatchEvent::Added(object))) = events.next() else { panic!("an event") };
    assert!(!body.as_ptr_range().contains(&object.raw().as_ptr()));
    // So there is nothing that another copy would free.
    let address = object.raw().as_ptr();
    assert_eq!(object.detach().raw().as_ptr(), address);
}
