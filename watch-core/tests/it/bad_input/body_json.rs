//! J1 to J15: documents that aren't events, and events in unusual forms.

use super::case::Case;
use crate::rig::{event, pod_json};

/// An unreadable body, and the error.
fn poison(id: &'static str, what: &'static str, body: &str, cause: &str) -> Case {
    Case::new(id, what).body(body.to_owned()).poison(cause)
}

/// The same, with an error about the event, not the framing.
fn unreadable(id: &'static str, what: &'static str, body: &str, cause: &str) -> Case {
    poison(id, what, body, &format!("unreadable watch event: {cause}"))
}

fn not_an_object(body: &str, found: &str) -> Case {
    let cause = format!("expected a JSON object but found '{found}' at byte 0 of the body");
    poison("J1", "a value that is no object", body, &cause)
}

#[rustfmt::skip]
pub(super) fn cases() -> Vec<Case> {
    let came = ["ADDED Pod default/a@11"];
    let pod = pod_json("a@11");
    let deep = |levels: usize| format!(r#"{{"type":"ADDED","object":{{"x":{}"#, "[".repeat(levels));
    vec![
        not_an_object("null\n", "n"),
        not_an_object("1\n", "1"),
        not_an_object("\"x\"\n", "\\\""),
        not_an_object("[]\n", "["),
        not_an_object("true\n", "t"),
        unreadable("J2", "an empty object", "{}", "type is missing or empty"),
        unreadable("J3", "no object in it", r#"{"type":"ADDED"}"#, "object is missing or empty"),
        unreadable("J4", "no type", &format!(r#"{{"object":{pod}}}"#), "type is missing or empty"),
        unreadable("J5", "its object is null", r#"{"type":"ADDED","object":null}"#, "object is missing or empty"),
        Case::new("J6", "the object before the type").body(format!(r#"{{"object":{pod},"type":"ADDED"}}"#)).gives(came),
        Case::new("J7", "unknown keys").body(format!(r#"{{"x":[{{}}],"type":"ADDED","y":null,"object":{pod},"z":"}}"}}"#)).gives(came),
        unreadable("J8", "two types", &format!(r#"{{"type":"ADDED","type":"DELETED","object":{pod}}}"#), "duplicate field `type` at byte 21 of it"),
        unreadable("J8", "two objects", &format!(r#"{{"type":"ADDED","object":{{}},"object":{pod}}}"#), "duplicate field `object` at byte 35 of it"),
        unreadable("J9", "two versions", &event("ADDED", "a@11").replace("\"resourceVersion\"", "\"resourceVersion\":\"5\",\"resourceVersion\""),
            "metadata: duplicate field resourceVersion at byte 160 of it"),
        unreadable("J10", "a type in lower case", &event("added", "a@11"), "unknown type \"added\""),
        unreadable("J10", "a type from the future", &event("SYNC", "a@11"), "unknown type \"SYNC\""),
        unreadable("J10", "a type of 300 KB: only its beginning is quoted", &event(&"X".repeat(300_000), "a@11"),
            &format!("unknown type \"{}\"", "X".repeat(32))),
        unreadable("J11", "a key in another case", &event("ADDED", "a@11").replace("\"type\"", "\"Type\""), "type is missing or empty"),
        unreadable("J11", "the other key in another case", &event("ADDED", "a@11").replace("\"object\"", "\"OBJECT\""), "object is missing or empty"),
        Case::new("J12", "an escaped key").body(event("ADDED", "a@11").replace("\"type\"", "\"\\u0074ype\"")).gives(came),
        Case::new("J12", "an escaped type").body(event("\\u0041DDED", "a@11")).gives(came),
        poison("J13", "100,000 levels", &deep(100_000), "document nested too deep at byte 284 of the body (the limit is `limits.nesting`)"),
        // It is read, since it is within the limit of nesting. Neither this nor a decoder runs out of stack.
        Case::new("J13", "as deep as is allowed").body(event("ADDED", "a@11").replace("\"kind\"", &format!("\"x\":{}{},\"kind\"", "[".repeat(254), "]".repeat(254)))).gives(came),
        Case::new("J14", "numbers beyond 64 bits").body(event("ADDED", "a@11").replace("\"kind\"", "\"x\":[1e999999,-0,9007199254740993,1.5e+300],\"kind\"")).gives(came),
        unreadable("J15", "a surplus comma", &event("ADDED", "a@11").replace("}}}", "},}}"), "key must be a string at byte 140 of it"),
        unreadable("J15", "a comment", &event("ADDED", "a@11").replace("\"kind\"", "/* c */\"kind\""), "key must be a string at byte 26 of it"),
        unreadable("J15", "single quotes", "{'type':'ADDED'}", "key must be a string at byte 1 of it"),
        unreadable("J15", "not a number", &event("ADDED", "a@11").replace("\"kind\"", "\"x\":NaN,\"kind\""), "expected value at byte 30 of it"),
        poison("J15", "brackets that don't match", r#"{"type":"ADDED","object":[}}"#, "mismatched bracket at byte 26 of the body"),
    ]
}
