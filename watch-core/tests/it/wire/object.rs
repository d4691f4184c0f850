//! Objects: found in their bytes, not decoded.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Deserialize;
use watch_core::wire::{Bookmark, EventType, ListParser, ListPart, WatchEvent, write_event};
use watch_core::{Object, ResourceVersion};

fn parse(json: &str) -> Object {
    Object::parse(Bytes::from(json.to_owned())).unwrap()
}

fn parts(object: &Object) -> [Option<&str>; 5] {
    [object.kind(), object.api_version(), object.namespace(), Some(object.name()), object.uid()]
}

const PLAIN: &str =
    r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","namespace":"ns","uid":"u","resourceVersion":"5"}}"#;
const ESCAPED: &str = r#"{"\u006bind":"P\u006fd","apiVersion":"v\u0031","m\u0065tadata":{"name":"\u0061\"","namespace":"n\/s","uid":"\ud83d\ude80","resourceVersion":"\u0035"}}"#;

#[test]
fn fields_are_found_at_any_place_in_any_spelling() {
    assert_eq!(parts(&parse(PLAIN)), [Some("Pod"), Some("v1"), Some("ns"), Some("a"), Some("u")]);
    assert_eq!(parts(&parse(ESCAPED)), [Some("Pod"), Some("v1"), Some("n/s"), Some("a\""), Some("🚀")]);
    assert_eq!(parse(ESCAPED).resource_version(), &ResourceVersion::new("5").unwrap());
    let elsewhere = r#"{"spec":{"metadata":{"name":"no"},"kind":"no"},"metadata":{"ownerReferences":[{"name":"no","uid":"no"}],"labels":{"name":"no"},"name":"a","resourceVersion":"5"}}"#;
    assert_eq!(parts(&parse(elsewhere)), [None, None, None, Some("a"), None]);
    let empty =
        r#"{"kind":"","apiVersion":null,"metadata":{"name":"a","namespace":"","uid":"","resourceVersion":"5"}}"#;
    assert_eq!(parts(&parse(empty)), [None, None, None, Some("a"), None]);
}

#[test]
fn the_bytes_are_those_that_came_and_detaching_copies_them() {
    let buffer = Bytes::from(format!("{PLAIN}{}", " ".repeat(1 << 16)));
    let object = Object::parse(buffer.slice(..PLAIN.len())).unwrap();
    assert_eq!(object.raw(), PLAIN);
    assert!(buffer.as_ptr_range().contains(&object.raw().as_ptr()));
    let detached = object.clone().detach();
    assert!(!buffer.as_ptr_range().contains(&detached.raw().as_ptr()));
    assert_eq!((parts(&detached), detached.raw()), (parts(&object), object.raw()));
    assert_eq!(detached, object);
}

/// An item of a list of pods, as the parser gives it.
fn listed(item: &str, kind: &str) -> Object {
    let mut parser = ListParser::new(1 << 16, 16);
    parser.push(
        format!(r#"{{"kind":{kind},"apiVersion":"v1","metadata":{{"resourceVersion":"9"}},"items":[{item}]}}"#).into(),
    );
    let Ok(Some(ListPart::Item(object))) = parser.next() else { panic!("{item}") };
    object
}

#[test]
fn an_item_without_kind_gets_it_in_front_and_is_unchanged() {
    for (item, name) in [
        (r#"{"metadata":{"name":"a","namespace":"ns","uid":"u","resourceVersion":"5"}}"#, "a"),
        (r#"{ "x" : 1, "metadata":{"name":"\u0061","namespace":"ns","uid":"u","resourceVersion":"5"} }"#, "a"),
        ("{\n\"metadata\":{\"uid\":\"u\",\"namespace\":\"ns\",\"name\":\"☃\",\"resourceVersion\":\"5\"}}", "☃"),
    ] {
        let object = listed(item, "\"PodList\"");
        assert_eq!(parts(&object), [Some("Pod"), Some("v1"), Some("ns"), Some(name), Some("u")]);
        assert_eq!(object.raw(), &format!(r#"{{"kind":"Pod","apiVersion":"v1",{}"#, &item[1..]));
        let again = Object::parse(object.raw().clone()).unwrap();
        assert_eq!(parts(&again), parts(&object));
    }
    // A kind that needs escapes.
    assert_eq!(listed(r#"{"metadata":{"name":"a","resourceVersion":"5"}}"#, r#""P\"dList""#).kind(), Some("P\"d"));
    // An object with one of the two keeps it: the kind of one API with the version of another would be wrong.
    let own = r#"{"kind":"Own","metadata":{"name":"a","resourceVersion":"5"}}"#;
    assert_eq!((listed(own, "\"PodList\"").raw(), listed(own, "\"PodList\"").api_version()), (&own.into(), None));
}

#[derive(Debug, PartialEq, Deserialize)]
struct Pod<'a> {
    #[serde(borrow)]
    metadata: Meta<'a>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Meta<'a> {
    name: &'a str,
}

#[test]
fn decoding_may_borrow_and_names_the_object_that_does_not_fit() {
    let object = parse(PLAIN);
    assert_eq!(object.decode::<Pod<'_>>().unwrap(), Pod { metadata: Meta { name: "a" } });
    let error = object.decode::<Vec<u8>>().unwrap_err();
    assert_eq!(error.object(), &object);
    assert!(
        error.to_string().starts_with("can't decode Pod ns/a@5: invalid type: map, expected a sequence"),
        "{error}"
    );
}

#[test]
fn decode_errors_show_no_value_of_a_secret() {
    const SECRET: &str = r#"{"kind":"Secret","apiVersion":"v1","metadata":{"name":"a","resourceVersion":"5"},"data":{"password":"aHVudGVyMg=="}}"#;
    #[derive(Debug, Deserialize)]
    struct Numbers {
        #[expect(dead_code, reason = "it is only decoded")]
        data: BTreeMap<String, u32>,
    }
    let error = parse(SECRET).decode::<Numbers>().unwrap_err();
    for shown in [error.to_string(), format!("{error:?}")] {
        assert!(shown.contains("Secret a@5") && shown.contains("line 1 column 11"), "{shown}");
        assert!(!shown.contains("aHVud"), "{shown}");
    }
}

#[test]
fn what_can_not_be_printed_is_escaped() {
    let object = parse(r#"{"kind":"\u001b","metadata":{"name":"a\n","namespace":"\u0000","resourceVersion":"5"}}"#);
    assert_eq!(object.to_string(), "\\u{1b} \\0/a\\n@5");
}

#[test]
fn what_is_written_is_read_again() {
    for kind in [EventType::Added, EventType::Modified, EventType::Deleted] {
        let mut out = Vec::new();
        write_event(&mut out, kind, PLAIN.as_bytes());
        let event = WatchEvent::parse(&out.clone().into()).unwrap();
        let (WatchEvent::Added(object) | WatchEvent::Modified(object) | WatchEvent::Deleted(object)) = &event else {
            panic!("{event:?}")
        };
        assert_eq!(object.raw(), PLAIN);
        assert_eq!(String::from_utf8(out).unwrap(), format!("{{\"type\":\"{kind}\",\"object\":{PLAIN}}}\n"));
    }
    let mut out = Vec::new();
    write_event(
        &mut out,
        EventType::Bookmark,
        br#"{"metadata":{"resourceVersion":"7","annotations":{"k8s.io/initial-events-end":"true"}}}"#,
    );
    let Ok(WatchEvent::Bookmark(Bookmark { resource_version, initial_events_end, .. })) =
        WatchEvent::parse(&out.into())
    else {
        panic!("a bookmark")
    };
    assert_eq!((resource_version, initial_events_end), (Some(ResourceVersion::new("7").unwrap()), true));
}

/// They are for people: what they say can't fail a list, nor hold up a watch.
#[test]
fn a_kind_that_is_no_text_is_none() {
    for value in ["1", "null", "[]", "{\"a\":1}", "true"] {
        for (kind, api_version) in [(value, "\"v1\""), ("\"Pod\"", value), (value, value)] {
            let json = format!(
                r#"{{"kind":{kind},"apiVersion":{api_version},"metadata":{{"name":"a","resourceVersion":"5"}}}}"#
            );
            let object = parse(&json);
            assert_eq!((object.name(), object.raw()), ("a", &Bytes::from(json.clone())));
            assert_eq!(object.kind(), Some("Pod").filter(|_| kind != value), "{json}");
            assert_eq!(object.api_version(), Some("v1").filter(|_| api_version != value), "{json}");
        }
    }
}

#[test]
fn an_item_with_an_api_version_alone_stays_as_it_came() {
    let own = r#"{"apiVersion":"own/v1","metadata":{"name":"a","resourceVersion":"5"}}"#;
    let object = listed(own, "\"PodList\"");
    assert_eq!((object.raw(), object.kind(), object.api_version()), (&own.into(), None, Some("own/v1")));
    assert!(object.decode::<BTreeMap<String, serde_json::Value>>().is_ok());
}

/// Why a bookmark has no version; and only the text `"true"` marks the end of the initial events.
#[test]
fn a_bookmark_says_what_it_has() {
    use watch_core::InvalidResourceVersion::{Empty, TooLong, Zero};
    let read = |metadata: &str| {
        let json = format!(r#"{{"type":"BOOKMARK","object":{{"kind":"Pod","metadata":{metadata}}}}}"#);
        match WatchEvent::parse(&json.into()) {
            Ok(WatchEvent::Bookmark(Bookmark { resource_version, invalid_version, initial_events_end, .. })) => {
                Some((resource_version.map(|version| version.to_string()), invalid_version, initial_events_end))
            }
            _ => None,
        }
    };
    assert_eq!(read("{}"), Some((None, None, false)));
    assert_eq!(read("null"), Some((None, None, false)));
    assert_eq!(read(r#"{"resourceVersion":"7"}"#), Some((Some("7".into()), None, false)));
    assert_eq!(read(r#"{"resourceVersion":""}"#), Some((None, Some(Empty), false)));
    assert_eq!(read(r#"{"resourceVersion":"0"}"#), Some((None, Some(Zero), false)));
    let long = format!(r#"{{"resourceVersion":"{}"}}"#, "7".repeat(4097));
    assert_eq!(read(&long), Some((None, Some(TooLong { bytes: 4097 }), false)));
    assert_eq!(read(r#"{"resourceVersion":7}"#), None);
    for (value, is_end) in [
        ("\"true\"", true),
        ("\"tru\\u0065\"", true),
        ("\"false\"", false),
        ("true", false),
        ("\"True\"", false),
        ("null", false),
    ] {
        let metadata = format!(
            r#"{{"resourceVersion":"7","annotations":{{"x":"true","k8s.io/initial-events-end":{value},"y":1}}}}"#
        );
        assert_eq!(read(&metadata), Some((Some("7".into()), None, is_end)), "{value}");
    }
}

#[test]
fn a_decode_error_names_the_field() {
    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "nothing reads what is decoded")]
    struct Pod {
        spec: Spec,
    }
    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "nothing reads what is decoded")]
    struct Spec {
        replicas: u8,
        containers: Vec<Container>,
    }
    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "nothing reads what is decoded")]
    struct Container {
        name: String,
        ports: Vec<Vec<u16>>,
    }
    let metadata = r#""metadata":{"name":"a","resourceVersion":"5"}"#;
    let complaint = |spec: &str| {
        let object = Object::parse(format!("{{{metadata},\n \"spec\" : {spec} }}").into()).unwrap();
        let error = object.decode::<Pod>().unwrap_err().to_string();
        let message = error.strip_prefix("can't decode object a@5: ").expect("the object").to_owned();
        message.split(" at line").next().unwrap().to_owned()
    };
    let container = |container: &str| {
        complaint(&format!(r#"{{"replicas":1,"containers":[{{"name":"x","ports":[]}},{container}]}}"#))
    };
    assert_eq!(complaint("5"), "spec: invalid type: integer `5`, expected struct Spec");
    assert_eq!(complaint("{}"), "spec: missing field `replicas`");
    assert_eq!(complaint(r#"{"replicas":300}"#), "spec.replicas: invalid value: integer `300`, expected u8");
    assert_eq!(
        complaint("{\"x\":[{}],\n\"replicas\":\n\"1\"}"),
        r#"spec.replicas: invalid type: string "1", expected u8"#
    );
    assert_eq!(container("7"), "spec.containers[1]: invalid type: integer `7`, expected struct Container");
    assert_eq!(container("{}"), "spec.containers[1]: missing field `name`");
    assert_eq!(
        container(r#"{"name":"y","ports":[[],[1,2,"3"]]}"#),
        r#"spec.containers[1].ports[1][2]: invalid type: string "3", expected u16"#
    );
    // A field that is missing in the object itself has no path.
    let object = Object::parse(format!("{{{metadata}}}").into()).unwrap();
    assert!(
        object.decode::<Pod>().unwrap_err().to_string().starts_with("can't decode object a@5: missing field `spec`")
    );
}
