//! H1 to H12 and H23 to H30: errors in all forms, and how long to wait.

use std::time::Duration;

use watch_core::{Input, Phase, ResponseHead, TransportErrorKind, Waiting};

use super::case::{Case, Scene, second_page, watch};
use crate::rig::{Rig, list, pods, status};

/// As an adapter creates it: through the `http` crate.
fn head(status: u16, content_type: &str, retry_after: &[&str]) -> ResponseHead {
    let response = http::Response::builder().status(status).header("Content-Type", content_type);
    let response = retry_after.iter().fold(response, |response, value| response.header("Retry-After", *value));
    ResponseHead::from(&response.body(()).unwrap().into_parts().0)
}

#[rustfmt::skip]
pub(super) fn cases() -> Vec<Case> {
    let busy = "Too many requests, please try again later.\n";
    let text_429 = |what, retry_after: &[&str]| {
        Case::new("H3", what).head(head(429, "text/plain", retry_after)).body(busy).ends()
            .gives(["~ resume 1: HTTP 429 with text/plain; body begins with \"Too many requests, please try again later.\"", "> WATCH 10"])
    };
    let details = |seconds: &str| {
        Case::new("H2", "seconds in another form: the rest of the status is read").status(429, "application/json").ends()
            .body(format!(r#"{{"kind":"Status","reason":"TooManyRequests","details":{{"retryAfterSeconds":{seconds}}},"code":429}}"#))
            .gives(["~ resume 1: the server returned 429 TooManyRequests", "> WATCH 10"])
    };
    let foreign = |id, what, code: u16, content_type: &'static str, body: &'static [u8], shown: &str| {
        let notice = if code < 500 { "blocked" } else { "resume 1" };
        let word = if code == 403 { " (forbidden)" } else { "" };
        Case::new(id, what).status(code, content_type).body(body).ends()
            .gives([format!("~ {notice}: HTTP {code}{word} with {content_type}; body begins with \"{shown}\""), "> WATCH 10".into()])
    };
    let too_long = |code: u16| {
        Case::new("H23", "a continue token that makes the request too long: the list is requested in one page").on(second_page).status(code, "text/html").body("too long").ends()
            .gives([format!("~ relist 1: HTTP {code} with text/html; body begins with \"too long\""), "> LIST unpaged".into()])
    };
    let broken = |id, what, kind, shown: &str| Case::new(id, what).fails(kind).times(4).gives((1..=4).flat_map(|attempt| {
        [format!("~ resume {attempt}: {shown}"), "> WATCH 10".into()]
    }));
    vec![
        Case::new("H1", "429 as text").head(head(429, "text/plain", &["15"])).body(busy).ends().waits(15..=15)
            .gives(["~ resume 1: HTTP 429 with text/plain; body begins with \"Too many requests, please try again later.\"", "> WATCH 10"]),
        Case::new("H2", "the longer of header and details").head(head(429, "application/json", &["3"])).ends().waits(7..=7)
            .body(r#"{"kind":"Status","reason":"TooManyRequests","details":{"retryAfterSeconds":7},"code":429}"#)
            .gives(["~ resume 1: the server returned 429 TooManyRequests", "> WATCH 10"]),
        text_429("no time at all", &["0"]).waits(0..=1),
        text_429("a negative time", &["-5"]).waits(0..=1),
        text_429("no number", &["abc"]).waits(0..=1),
        text_429("a date: kube-apiserver never writes one, and the machine knows no date", &["Wed, 21 Oct 2026 07:28:00 GMT"]).waits(0..=1),
        text_429("a fraction", &["1.5"]).waits(0..=1),
        text_429("thirty thousand years", &["1000000000000"]).waits(300..=300),
        text_429("more than any number", &["99999999999999999999999"]).waits(300..=300),
        text_429("more than any number, and a small one", &["4", "18446744073709551616"]).waits(300..=300),
        text_429("two of them", &["3", "8"]).waits(8..=8),
        text_429("two of them on one line", &["3, 8"]).waits(8..=8),
        text_429("nothing at all", &[""]).waits(0..=1),
        details("18446744073709551616").waits(300..=300), details("99999999999999999999999").waits(300..=300), details("7.9").waits(7..=7),
        details("\"7\"").waits(7..=7), details("\"99999999999999999999999\"").waits(300..=300), details("-7").waits(0..=1), details("{}").waits(0..=1), details("null").waits(0..=1), details("\"soon\"").waits(0..=1),
        text_429("white space", &[" 4 "]).waits(4..=4),
        Case::new("H4", "the time-out filter writes JSON as text and without a kind").status(504, "text/plain; charset=utf-8").ends()
            .body(r#"{"metadata":{},"status":"Failure","message":"Timeout: request did not complete within the allotted timeout","reason":"Timeout","details":{},"code":504}"#)
            .gives(["~ resume 1: the server returned 504 Timeout: Timeout: request did not complete within the allotted timeout", "> WATCH 10"]),
        Case::new("H5", "pretty-printed").status(403, "application/json").body("{\n  \"kind\": \"Status\",\n  \"reason\": \"Forbidden\",\n  \"code\": 403\n}\n").ends()
            .gives(["~ blocked: the server returned 403 Forbidden", "> WATCH 10"]),
        foreign("H6", "YAML: the HTTP status is enough", 403, "application/yaml", b"kind: Status\ncode: 403\n", "kind: Status\\ncode: 403"),
        foreign("H6", "protobuf", 403, "application/vnd.kubernetes.protobuf", b"k8s\0\x0a\x0c", "k8s\\0"),
        foreign("H6", "CBOR", 500, "application/cbor", b"\xd9\xd9\xf7\xa1", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
        foreign("H7", "a proxy without a server", 502, "text/html", b"<html>Bad Gateway</html>", "<html>Bad Gateway</html>"),
        foreign("H7", "a proxy without a server", 503, "text/html", b"<html>Unavailable</html>", "<html>Unavailable</html>"),
        foreign("H9", "a group that doesn't exist, or not yet", 404, "text/plain; charset=utf-8", b"404 page not found\n", "404 page not found"),
        foreign("H23", "a header that is too long for a proxy", 431, "text/html", b"", ""),
        foreign("H23", "a request that is too long for a proxy", 413, "text/html", b"", ""),
        foreign("H23", "a path that is too long for a proxy", 414, "text/html", b"", ""),
        too_long(413), too_long(414), too_long(431),
        broken("H24", "a refused or broken stream: nothing was seen, nothing is lost", TransportErrorKind::Protocol, "HTTP protocol error"),
        broken("H27", "the end of TLS is missing, before the head", TransportErrorKind::Truncated, "response truncated"),
        Case::new("H27", "the end of TLS is missing, where a body without a length could end").body(crate::rig::event("ADDED", "a@11")).breaks(TransportErrorKind::Truncated)
            .gives(["ADDED Pod default/a@11", "~ resume 1: response truncated", "> WATCH 11"]),
        broken("H29", "the certificate expired", TransportErrorKind::Tls, "TLS failed"),
        broken("H30", "no address", TransportErrorKind::Resolve, "can't resolve the server's name"),
        broken("H30", "connection refused", TransportErrorKind::Refused, "connection refused"),
        broken("H30", "no connection", TransportErrorKind::Connect, "can't connect"),
        broken("H30", "no connection in time", TransportErrorKind::Timeout, "timeout"),
    ]
}

pub(super) const SCENES: [Scene; 5] = [
    ("H10", "a resource is created: 404, 429, 200", is_created),
    ("H11", "a token expires and is refreshed", refreshed),
    ("H12", "forbidden now and then", flapping),
    ("H20", "no head arrives", no_head),
    ("H24", "each transport error has the same effect", all_kinds_alike),
];

fn is_created() {
    let mut rig = Rig::new(pods());
    let begin = rig.now;
    rig.head(head(404, "text/plain", &[])).body("404 page not found\n").end().until_sent();
    rig.head(head(429, "application/json", &["1"]))
        .body(status(429, "TooManyRequests", "initializing"))
        .end()
        .until_sent();
    rig.reply(200, list("10", &["a@5"]));
    assert_eq!(rig.take_events(), ["INITIAL (first)", "INITIAL Pod default/a@5", "INITIAL END @10"]);
    assert!(rig.now.since(begin) < Duration::from_secs(5), "{:?}", rig.now.since(begin));
}

fn refreshed() {
    let mut rig = watch();
    for attempt in 1..=3 {
        assert_eq!(rig.request().refresh_credentials, attempt > 1);
        rig.reply(401, status(401, "Unauthorized", "no")).until_sent();
    }
    rig.reply(200, list("10", &[])).open().body(crate::rig::event("ADDED", "a@11")).end().until_sent();
    assert!(!rig.request().refresh_credentials, "these are good");
    // It is retried once with fresh credentials; if that doesn't help, it needs attention.
    let notices: Vec<_> = rig.log.iter().filter(|line| line.starts_with('~')).cloned().collect();
    assert_eq!(
        notices,
        ["~ resume 1: the server returned 401 Unauthorized: no", "~ blocked: the server returned 401 Unauthorized: no"]
    );
}

fn flapping() {
    let mut rig = watch();
    for version in 11..16 {
        rig.reply(403, status(403, "Forbidden", "no")).until_sent();
        rig.open().body(crate::rig::event("MODIFIED", &format!("a@{version}"))).end().until_sent();
    }
    // The consumer keeps its objects in any case.
    assert_eq!(rig.take_events().len(), 5);
    assert!(rig.sent.iter().skip(1).all(|request| request.kind == watch_core::RequestKind::Watch));
}

fn no_head() {
    let mut rig = watch();
    let id = rig.id();
    rig.take_log();
    rig.advance(Duration::from_secs(64));
    assert_eq!(rig.take_log(), Vec::<String>::new());
    rig.advance(Duration::from_secs(1)).until_sent();
    assert_eq!(rig.take_log(), ["abort", "~ resume 1: timeout: no response for 65.0s", "> WATCH 10"]);
    // If it arrives after all, it is ignored.
    rig.handle(Input::Response { id, head: ResponseHead::new(410) }).handle(Input::End { id });
    assert_eq!((rig.watcher.phase(), rig.wait.unwrap().on), (Phase::Opening, Waiting::Head));
}

fn all_kinds_alike() {
    let kinds = [
        TransportErrorKind::Refused,
        TransportErrorKind::Resolve,
        TransportErrorKind::Connect,
        TransportErrorKind::Tls,
        TransportErrorKind::Credentials,
        TransportErrorKind::Reset,
        TransportErrorKind::Truncated,
        TransportErrorKind::Timeout,
        TransportErrorKind::Protocol,
        TransportErrorKind::Other,
    ];
    let outcomes = kinds.map(|kind| {
        let mut rig = watch();
        for _ in 0..6 {
            rig.fail(kind).until_sent();
        }
        let requests: Vec<_> = rig.log.iter().filter(|line| line.starts_with('>')).cloned().collect();
        (requests, rig.now, rig.watcher.checkpoint())
    });
    assert!(outcomes.iter().all(|outcome| *outcome == outcomes[0]));
}
