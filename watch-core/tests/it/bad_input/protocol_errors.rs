//! P1 to P10: the server reports an error in the stream.

use super::case::Case;
use crate::rig::{error, event};

/// An ERROR with this object.
fn error_of(object: &str) -> String {
    format!(r#"{{"type":"ERROR","object":{object}}}"#)
}

fn on_error(id: &'static str, what: &'static str, body: String) -> Case {
    Case::new(id, what).body(body)
}

#[rustfmt::skip]
pub(super) fn cases() -> Vec<Case> {
    let expired = |error: &str| ["abort".into(), format!("~ relist 1: the server returned {error}"), "> LIST".into()];
    let rolled_back = |error: &str| ["abort".into(), format!("~ relist 1: the server returned {error}"), "> LIST".into()];
    let resumed = |error: &str| ["abort".into(), format!("~ resume 1: {error}"), "> WATCH 10".into()];
    let no_status = |id, what, object: &str| {
        Case::new(id, what).body(error_of(object)).poison("unreadable watch event: the object of an ERROR isn't a Status")
    };
    vec![
        on_error("P1", "410 Expired", error(410, "Expired", "too old")).gives(expired("410 Expired: too old")).waits(0..=0),
        on_error("P2", "410 Gone", error(410, "Gone", "too old")).gives(expired("410 Gone: too old")).waits(0..=0),
        on_error("P2", "410 without a reason", error_of(r#"{"kind":"Status","code":410}"#)).gives(expired("410")),
        on_error("P2", "Expired without a code", error_of(r#"{"kind":"Status","reason":"Expired"}"#)).gives(expired("410 Expired")),
        on_error("P2", "410 without a kind", error_of(r#"{"status":"Failure","code":410}"#)).gives(expired("410")),
        on_error("P2", "a Status without an envelope: some servers write that", r#"{"kind":"Status","code":410}"#.into()).gives(expired("410")),
        on_error("P3", "ahead of the server, by the cause", error_of(
            r#"{"kind":"Status","reason":"Timeout","message":"Timeout","details":{"causes":[{"reason":"ResourceVersionTooLarge"}],"retryAfterSeconds":7},"code":504}"#))
            .gives(rolled_back("504 Timeout: Timeout")).waits(7..=7),
        on_error("P4", "ahead of the server, by the message of old ones", error(504, "Timeout", "Too large resource version: 10, current: 5"))
            .gives(rolled_back("504 Timeout: Too large resource version: 10, current: 5")),
        on_error("P5", "500: once it resumes", error(500, "InternalError", "etcd")).gives(resumed("the server returned 500 InternalError: etcd")),
        on_error("P5", "500: the third time, it relists", error(500, "InternalError", "etcd")).times(3).gives([
            "abort", "~ resume 1: the server returned 500 InternalError: etcd", "> WATCH 10",
            "abort", "~ resume 2: the server returned 500 InternalError: etcd", "> WATCH 10",
            "abort", "~ relist 3: the server returned 500 InternalError: etcd", "> LIST",
        ]),
        on_error("P6", "429, with the wait in the details", error_of(r#"{"kind":"Status","reason":"TooManyRequests","details":{"retryAfterSeconds":9},"code":429}"#))
            .gives(resumed("the server returned 429 TooManyRequests")).waits(9..=9),
        on_error("P7", "403", error(403, "Forbidden", "no")).gives(["abort", "~ blocked: the server returned 403 Forbidden: no", "> WATCH 10"]),
        on_error("P7", "401", error(401, "Unauthorized", "no")).gives(["abort", "~ resume 1: the server returned 401 Unauthorized: no", "> LIST of one with fresh credentials"]),
        // It is repeated like any unreadable document: twice, then a relist.
        no_status("P8", "a Pod", r#"{"kind":"Pod","metadata":{"name":"a","resourceVersion":"11"}}"#),
        no_status("P8", "a text", r#""out of order""#),
        Case::new("P8", "null").body(error_of("null")).poison("unreadable watch event: object is missing or empty"),
        on_error("P9", "a version in it means nothing", error_of(r#"{"kind":"Status","metadata":{"resourceVersion":"999"},"reason":"InternalError","code":500}"#))
            .gives(resumed("the server returned 500 InternalError")),
        on_error("P10", "events after it", event("ADDED", "a@11") + &error(500, "InternalError", "etcd") + &event("ADDED", "b@12")).ends()
            .gives(["ADDED Pod default/a@11", "abort", "~ resume 1: the server returned 500 InternalError: etcd", "> WATCH 11"]),
    ]
}
