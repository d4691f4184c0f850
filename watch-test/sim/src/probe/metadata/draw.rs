//! Draws objects with metadata of every form.

use std::collections::BTreeMap;

use watch_test::check::Rng;

use crate::probe::json::Writer;
use crate::probe::objects::shuffle;
use crate::probe::text;

/// Keys and values of labels, with which selectors are drawn too.
pub(super) const KEYS: [&str; 5] = ["app", "tier", "example.com/size", "canary", "n"];
pub(super) const VALUES: [&str; 7] = ["web", "db", "", "7", "-3", "1.5", "9223372036854775808"];

/// Draws an object that can be parsed. Some of its fields have a wrong type or occur twice. Also returns whether all
/// labels and owners are right and occur once.
pub(super) fn object(rng: &mut Rng, writer: Writer) -> (String, bool) {
    let mut is_simple = true;
    let wrong = rng.pick(&[4, 20, 1_000_000]);
    let mut members: Vec<(String, String)> =
        vec![("name".into(), writer.string(rng, "web")), ("resourceVersion".into(), writer.string(rng, "7"))];
    if rng.one_in(2) {
        members.push(("namespace".into(), writer.string(rng, "default")));
    }
    if rng.one_in(2) {
        members.push(("uid".into(), writer.string(rng, "0f2a1c34-5b6d-4e7f-8a9b-0c1d2e3f4a5b")));
    }
    for field in FIELDS {
        if rng.one_in(3) {
            continue;
        }
        let is_read = matches!(field, "labels" | "ownerReferences");
        if rng.one_in(wrong) {
            is_simple &= !is_read;
            members.push((field.into(), odd(rng, writer)));
        } else {
            members.push((field.into(), right(rng, writer, field, wrong)));
        }
        if rng.one_in(wrong.saturating_mul(3)) {
            is_simple &= !is_read;
            let again = if rng.one_in(2) { "null".into() } else { right(rng, writer, field, wrong) };
            members.push((field.into(), again));
        }
    }
    shuffle(rng, &mut members);
    let metadata = writer.object(rng, &members);
    let mut outer = vec![("metadata".to_owned(), metadata)];
    if rng.one_in(2) {
        outer.push(("kind".into(), "\"Pod\"".into()));
    }
    if rng.one_in(2) {
        outer.push(("spec".into(), writer.value(rng, 3)));
    }
    shuffle(rng, &mut outer);
    (writer.object(rng, &outer), is_simple)
}

const FIELDS: [&str; 9] = [
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "labels",
    "annotations",
    "ownerReferences",
    "finalizers",
    "managedFields",
    "selfLink",
];

fn right(rng: &mut Rng, writer: Writer, field: &str, wrong: u64) -> String {
    match field {
        "generation" => rng.pick(&["0", "1", "-1", "9223372036854775807", "-9223372036854775808", "1", "2"]).into(),
        "creationTimestamp" | "deletionTimestamp" => writer.string(rng, "2026-11-26T12:00:00Z"),
        "labels" | "annotations" => {
            let members: BTreeMap<String, String> = (0..rng.below(5))
                .map(|_| {
                    let key = if rng.one_in(6) { text::any(rng, 8) } else { rng.pick(&KEYS).into() };
                    let value = if rng.one_in(4) { text::any(rng, 12) } else { rng.pick(&VALUES).into() };
                    let value = if rng.one_in(wrong) { odd(rng, writer) } else { writer.string(rng, &value) };
                    (key, value)
                })
                .collect();
            let mut members: Vec<(String, String)> = members.into_iter().collect();
            shuffle(rng, &mut members);
            writer.object(rng, &members)
        }
        "ownerReferences" => {
            let owners: Vec<String> = (0..rng.below(4)).map(|_| owner(rng, writer, wrong)).collect();
            writer.array(rng, &owners)
        }
        "finalizers" => {
            let texts: Vec<String> = (0..rng.below(3))
                .map(|_| if rng.one_in(wrong) { odd(rng, writer) } else { writer.string(rng, "example.com/a") })
                .collect();
            writer.array(rng, &texts)
        }
        _ => writer.value(rng, 4),
    }
}

fn owner(rng: &mut Rng, writer: Writer, wrong: u64) -> String {
    let mut members = Vec::new();
    for (name, value) in [("apiVersion", "apps/v1"), ("kind", "ReplicaSet"), ("name", "web-1"), ("uid", "u-1")] {
        if rng.one_in(8) {
            continue;
        }
        let value = match rng.one_in(wrong) {
            true => odd(rng, writer),
            false if rng.one_in(8) => {
                let text = text::any(rng, 8);
                writer.string(rng, &text)
            }
            false => writer.string(rng, value),
        };
        members.push((name.to_owned(), value));
    }
    for name in ["controller", "blockOwnerDeletion", "other"] {
        if rng.one_in(2) {
            let value = if rng.one_in(wrong) { odd(rng, writer) } else { rng.pick(&["true", "false", "null"]).into() };
            members.push((name.to_owned(), value));
        }
    }
    shuffle(rng, &mut members);
    writer.object(rng, &members)
}

/// Draws a value of any type.
fn odd(rng: &mut Rng, writer: Writer) -> String {
    match rng.below(4) {
        0 => rng.pick(&["null", "7", "1e3", "9223372036854775808", "1.0", "true", "\"true\""]).into(),
        1 => rng.pick(&["{}", "[]", "{\"a\":1}", "[[]]", "[\"a\",null]", "[{}]"]).into(),
        _ => writer.value(rng, 2),
    }
}
