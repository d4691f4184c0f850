//! No value of a Secret is shown, whatever fails.

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use watch_core::{Change, Config, ConfigBuilder, Diff, Event, Object, Representation, Resource, ResponseHead, Start};

use crate::rig::{Rig, initial_end};

const VALUE: &str = "aHVudGVyMg";

fn secrets() -> ConfigBuilder {
    Config::builder(Resource::core("v1", "secrets")).namespace("default").start(Start::default())
}

/// An object of this kind with the value in `last-applied-configuration` and in `data`.
fn object(kind: &str, version: &str) -> String {
    format!(
        r#"{{{kind}"metadata":{{"name":"login","namespace":"default","uid":"u","resourceVersion":"{version}","annotations":{{"kubectl.kubernetes.io/last-applied-configuration":"{{\"data\":{{\"password\":\"{VALUE}\"}}}}"}}}},"data":{{"password":"{VALUE}"}}}}"#
    )
}

/// Types that it doesn't fit, each in another place.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "it is never made")]
struct Annotated {
    metadata: Annotations,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "it is never made")]
struct Annotations {
    annotations: BTreeMap<String, u32>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "it is never made")]
struct Data {
    data: BTreeMap<String, bool>,
}

fn complaint<T: DeserializeOwned + Debug>(object: &Object) -> String {
    let error = object.decode::<T>().unwrap_err();
    format!("{error} {error:?}")
}

#[test]
fn decode_errors_of_secrets_show_no_value() {
    let kinds = [
        r#""kind":"Secret","apiVersion":"v1","#,
        r#""kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","#,
        // As some servers write it.
        r#""kind":"Thing","apiVersion":"v1","#,
        "",
    ];
    for representation in [Representation::Full, Representation::Metadata] {
        for kind in kinds {
            let mut rig = Rig::new(secrets().representation(representation));
            let event =
                |verb: &str, version: &str| format!(r#"{{"type":"{verb}","object":{}}}"#, object(kind, version));
            rig.open().body(event("ADDED", "5") + &initial_end("10"));
            rig.body(event("ADDED", "11") + &event("MODIFIED", "12") + &event("DELETED", "13"));
            let mut diff = Diff::new();
            let mut seen = 0;
            for event in rig.events.drain(..) {
                if let Event::Initial(object)
                | Event::Added(object)
                | Event::Modified(object)
                | Event::Deleted(object) = &event
                {
                    seen += 1;
                    for shown in [complaint::<Annotated>(object), complaint::<Data>(object), complaint::<u8>(object)] {
                        assert!(
                            !shown.contains("hunter") && !shown.contains(VALUE),
                            "{kind} {representation:?}: {shown}"
                        );
                        assert!(shown.contains("column"), "{shown}");
                    }
                }
                diff.handle(event);
                while let Some(change) = diff.poll() {
                    if let Change::Added(object) | Change::Modified(object) | Change::Deleted(object) = change {
                        assert!(!complaint::<Annotated>(&object.detach()).contains(VALUE));
                    }
                }
            }
            assert_eq!(seen, 4);
        }
    }
}

#[test]
fn values_of_other_resources_are_still_shown() {
    let text = object(r#""kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","#, "5");
    let pods = Config::builder(Resource::core("v1", "pods")).representation(Representation::Metadata);
    let mut rig = Rig::new(pods);
    rig.open().body(format!(r#"{{"type":"ADDED","object":{text}}}"#));
    let Event::Initial(object) = &rig.events[1] else { panic!("{:?}", rig.events) };
    assert!(complaint::<Annotated>(object).contains(VALUE));
    // Metadata without context may be a Secret's.
    assert!(!complaint::<Annotated>(&Object::parse(text.into()).unwrap()).contains(VALUE));
}

#[test]
fn an_unexpected_body_is_not_quoted_for_secrets() {
    let text = object(r#""kind":"Secret","apiVersion":"v1","#, "5");
    for (status, content_type) in
        [(200, "text/plain"), (200, "text/html"), (206, "application/json"), (503, "text/plain")]
    {
        for config in [secrets(), secrets().start(Start::InitialList(watch_core::InitialList::List))] {
            let mut rig = Rig::new(config);
            rig.head(ResponseHead::new(status).with_content_type(content_type)).body(text.clone()).end();
            let shown = format!("{:?} {:?}", rig.take_log(), rig.notices);
            assert!(shown.contains("not shown, since Secrets are watched"), "{shown}");
            assert!(shown.contains(&format!("HTTP {status} with {content_type}")), "{shown}");
            assert!(!shown.contains("login") && !shown.contains(VALUE), "{shown}");
            assert!(!format!("{:?}", rig.watcher.freshness()).contains(VALUE));
        }
    }
}

#[test]
fn an_unreadable_document_is_not_quoted_for_secrets() {
    let unreadable = [
        format!(r#"{{"type":"ADDED","object":"{VALUE}"}}"#),
        format!(r#"{{"type":"{VALUE}","object":{{}}}}"#),
        format!(r#"{{"type":"ADDED","object":{{"metadata":"{VALUE}"}}}}"#),
        format!(
            r#"{{"type":"ADDED","object":{{"metadata":{{"name":"a","resourceVersion":"1","{VALUE}":1,"name":"b"}}}}}}"#
        ),
    ];
    for text in unreadable {
        // The error about a body that the driver decompressed is one of the transport, and has the other as its text.
        for is_decompressed in [false, true] {
            let mut rig = Rig::new(secrets());
            rig.head(ResponseHead::new(200).with_decompressed(is_decompressed)).body(text.clone());
            let shown = format!("{:?} {:?}", rig.take_log(), rig.notices);
            assert!(!shown.contains(VALUE), "{text}: {shown}");
            assert!(shown.contains("unreadable"), "{text}: {shown}");
        }
    }
}

/// What a server finds wrong with a value it quotes (`field.Invalid` of apimachinery).
fn invalid(code: u16, reason: &str, message: &str) -> String {
    format!(
        r#"{{"kind":"Status","apiVersion":"v1","status":"Failure","code":{code},"reason":"{reason}","message":"{message}","details":{{"retryAfterSeconds":7,"causes":[{{"reason":"FieldValueInvalid","field":"data","message":"Invalid value: \"{VALUE}\""}}]}}}}"#
    )
}

#[test]
fn messages_of_servers_are_not_quoted_for_secrets() {
    let says = format!("Invalid value: \\\"{VALUE}\\\"");
    let list = || secrets().start(Start::InitialList(watch_core::InitialList::List));
    for (code, reason) in [(500, "InternalError"), (403, "Forbidden"), (422, "Invalid"), (429, "TooManyRequests")] {
        let body = invalid(code, reason, &says);
        let refused = |config: ConfigBuilder| {
            let mut rig = Rig::new(config);
            rig.head(ResponseHead::new(code).with_content_type("application/json")).body(body.clone()).end();
            rig
        };
        let mut event = Rig::new(secrets());
        event.open().body(initial_end("10") + &format!(r#"{{"type":"ERROR","object":{body}}}"#));
        for mut rig in
            [refused(secrets()), refused(list()), refused(list().representation(Representation::Metadata)), event]
        {
            let shown = format!("{:?} {:?} {:?} {:?}", rig.take_log(), rig.notices, rig.done, rig.watcher.freshness());
            assert!(shown.contains(&format!("{code} {reason}: not shown, since Secrets are watched")), "{shown}");
            assert!(!shown.contains(VALUE) && !format!("{:?}", rig.watcher).contains(VALUE), "{shown}");
        }
    }
    // An object without such values is shown completely.
    let mut rig = Rig::new(crate::rig::pods());
    rig.head(ResponseHead::new(500)).body(invalid(500, "InternalError", &says)).end();
    assert!(format!("{:?}", rig.notices).contains(VALUE));
}

/// Some statuses are recognised by their message alone. They are handled as without Secrets.
#[test]
fn errors_are_recognised_by_message_for_secrets_too() {
    for (message, known) in [
        ("etcd event received with PrevKv=nil", "version expired"),
        ("Too large resource version: 11, current: 9", "server rollback"),
    ] {
        let mut rig = Rig::new(secrets());
        rig.open().body(initial_end("10"));
        let body = invalid(500, "InternalError", &format!("{message} {VALUE}"));
        rig.body(format!(r#"{{"type":"ERROR","object":{body}}}"#));
        let restarts = format!("{:?}", rig.notices);
        assert!(restarts.contains("Relist"), "{known}: {restarts}");
        assert!(!restarts.contains(VALUE), "{restarts}");
    }
}

#[test]
fn debug_does_not_show_the_buffers_of_a_watcher() {
    let text = object(r#""kind":"Secret","apiVersion":"v1","#, "5");
    let half = &text[..text.len() - 1];
    let list = secrets().start(Start::InitialList(watch_core::InitialList::List));
    let document = |status: u16, body: &str| {
        let mut rig = Rig::new(secrets());
        rig.head(ResponseHead::new(status).with_content_type("application/json")).body(body.to_owned());
        rig
    };
    // Metadata that can't be used, whose error is reported when the items begin.
    let mut unusable = Rig::new(list.clone());
    unusable.head(ResponseHead::new(200)).body(format!(r#"{{"kind":"SecretList","metadata":"{VALUE}","#));
    let mut listing = Rig::new(list);
    listing.head(ResponseHead::new(200).with_content_type("application/json"));
    listing.body(format!(r#"{{"kind":"SecretList","metadata":{{"resourceVersion":"9"}},"items":[{half}"#));
    let states = [
        // An object that isn't complete, in a streaming list and in a LIST;
        document(200, &format!(r#"{{"type":"ADDED","object":{half}"#)),
        listing,
        unusable,
        // the body of an error.
        document(500, half),
        document(200, half),
    ];
    for rig in states {
        let shown = format!("{:?} {:#?}", rig.watcher, rig.watcher);
        assert!(!shown.contains(VALUE) && !shown.contains("login"), "{shown}");
    }
    // Inputs that weren't processed yet.
    let mut watcher = watch_core::Watcher::new(secrets().build().unwrap());
    let now = watch_core::Instant::from_origin(core::time::Duration::from_secs(1));
    let watch_core::Output::Send(request) = watcher.poll(now) else { panic!("no request") };
    let id = request.id;
    let head = ResponseHead::new(200).with_content_type("application/json");
    watcher.handle(watch_core::Input::Response { id, head }).unwrap();
    watcher.handle(watch_core::Input::Body { id, bytes: text.clone().into() }).unwrap();
    assert!(!format!("{watcher:?}").contains(VALUE), "{watcher:?}");
    assert!(format!("{watcher:?}").contains(&format!("Bytes({})", text.len())), "{watcher:?}");
    // Small pieces are joined.
    for piece in text.as_bytes().chunks(100) {
        watcher.handle(watch_core::Input::Body { id, bytes: bytes::Bytes::copy_from_slice(piece) }).unwrap();
    }
    assert!(!format!("{watcher:?}").contains("login"), "{watcher:?}");
    assert!(format!("{watcher:?}").contains(&format!("Bytes({})", 2 * text.len())), "{watcher:?}");
}

/// A version that is too long needs attention at once, which no later error could show if its cause were hidden.
#[test]
fn too_long_a_version_needs_attention_where_secrets_are_watched() {
    let long = "7".repeat(5000);
    let text = object(r#""kind":"Secret","apiVersion":"v1","#, &long);
    let mut rig = Rig::new(secrets().start(Start::InitialList(watch_core::InitialList::List)));
    rig.reply(200, format!(r#"{{"kind":"SecretList","metadata":{{"resourceVersion":"9"}},"items":[{text}]}}"#));
    assert!(matches!(rig.notices[..], [watch_core::Notice::NeedsAttention { .. }]), "{:?}", rig.notices);
    let mut rig = Rig::new(secrets());
    rig.open().body(format!(r#"{{"type":"ADDED","object":{text}}}"#));
    assert!(matches!(rig.notices[..], [watch_core::Notice::FellBack { .. }]), "{:?}", rig.notices);
}
