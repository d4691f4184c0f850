//! The bodies: recorded ones, and those made for the limits.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

/// A recorded watch of pods: 240 events of 7.5 KB.
pub(super) fn churn() -> Bytes {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../watch-test/captures/pods-churn.body");
    fs::read(&path).unwrap_or_else(|error| panic!("can't read {}: {error}", path.display())).into()
}

pub(super) fn lines(body: &Bytes) -> Vec<Bytes> {
    body.split_inclusive(|byte| *byte == b'\n').map(|line| body.slice_ref(line)).collect()
}

pub(super) fn cut(body: &Bytes, size: usize) -> Vec<Bytes> {
    body.chunks(size).map(|piece| body.slice_ref(piece)).collect()
}

#[derive(Deserialize)]
struct Recorded<'a> {
    r#type: &'a str,
    #[serde(borrow)]
    object: &'a RawValue,
}

#[derive(Deserialize)]
struct Pod<'a> {
    #[serde(borrow)]
    metadata: &'a RawValue,
}

/// The recorded events that have a pod.
fn recorded(churn: &Bytes) -> impl Iterator<Item = Recorded<'_>> {
    let lines = churn.split_inclusive(|byte| *byte == b'\n');
    let events = lines.map(|line| serde_json::from_slice::<Recorded<'_>>(line).expect("an event"));
    events.filter(|event| event.r#type != "BOOKMARK")
}

/// The same watch of the metadata: 240 events of 4 KB.
pub(super) fn metadata() -> Bytes {
    let churn = churn();
    let event = |Recorded { r#type, object }: Recorded<'_>| {
        let Pod { metadata } = serde_json::from_str(object.get()).expect("a pod");
        format!(
            r#"{{"type":"{}","object":{{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{}}}}}{}"#,
            r#type,
            metadata.get(),
            "\n"
        )
    };
    recorded(&churn).map(event).collect::<String>().into()
}

/// A list of the recorded pods as kube-apiserver writes it: without the type of its items.
pub(super) fn list_of_pods() -> Bytes {
    let churn = churn();
    let item = |event: Recorded<'_>| {
        let rest = event.object.get().strip_prefix(r#"{"kind":"Pod","apiVersion":"v1","#).expect("a pod");
        format!("{{{rest}")
    };
    let items: Vec<_> = recorded(&churn).map(item).collect();
    let head = r#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"9999"},"items":["#;
    format!("{head}{}]}}\n", items.join(",")).into()
}

/// 2,000 events of small objects.
pub(super) fn small() -> Bytes {
    let event = |version| {
        format!(
            r#"{{"type":"MODIFIED","object":{{"kind":"ConfigMap","apiVersion":"v1","metadata":{{"name":"settings-{version}","namespace":"default","uid":"3ac26402-f3cc-4ad1-924f-6feffbcbdbc1","resourceVersion":"{version}","creationTimestamp":"2026-11-22T09:44:32Z","labels":{{"app":"web","tier":"frontend"}}}},"data":{{"a":"1","b":"22"}}}}}}{}"#,
            "\n"
        )
    };
    (1000..3000).map(event).collect::<String>().into()
}

/// An event with 1 MB in one text.
pub(super) fn large() -> Bytes {
    let text = "x".repeat(1 << 20);
    format!(
        r#"{{"type":"ADDED","object":{{"kind":"ConfigMap","apiVersion":"v1","metadata":{{"name":"a","resourceVersion":"5"}},"data":{{"x":"{text}"}}}}}}"#
    )
    .into()
}

/// An event with 1 MB of short values.
pub(super) fn dense() -> Bytes {
    let inside = r#"{"a":[1,{},[]]},"#.repeat((1 << 20) / 16);
    format!(
        r#"{{"type":"ADDED","object":{{"kind":"ConfigMap","apiVersion":"v1","metadata":{{"name":"a","resourceVersion":"5"}},"data":[{inside}0]}}}}"#
    )
    .into()
}

/// An event with 1 MB of text around 117 objects, each in the one before, and a number in the last.
pub(super) fn deep() -> Bytes {
    let text = "x".repeat((1 << 20) / 120 - 20);
    let inside = (0..117).fold("7".to_owned(), |inner, _| format!(r#"{{"x":"{text}","deeper":{inner}}}"#));
    format!(
        r#"{{"type":"ADDED","object":{{"kind":"Nested","apiVersion":"example.com/v1","metadata":{{"name":"a","resourceVersion":"5"}},"deeper":{inside}}}}}"#
    )
    .into()
}
