//! What the machine does about each answer to each request, as a table: `policy.txt`.

use watch_core::{Input, Next, Notice, RequestKind, ResponseHead, Start, TransportError, TransportErrorKind, Waiting};

use crate::rig::{Rig, bookmark, error, event, initial_end, list, page, pods, status};

/// The table. A row names the request, how the answer says it, the answers, and what follows when the same request is
/// answered so again and again: what is reported, and the next request. It ends where the request becomes another one,
/// or after eight answers.
const TABLE: &str = include_str!("policy.txt");

const CODES: [u16; 25] = [
    204, 206, 302, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 413, 414, 415, 422, 429, 431, 500, 501, 502,
    503, 504,
];

/// The failures without an HTTP status.
const TRANSPORT: [TransportErrorKind; 10] = [
    TransportErrorKind::Resolve,
    TransportErrorKind::Refused,
    TransportErrorKind::Connect,
    TransportErrorKind::Tls,
    TransportErrorKind::Credentials,
    TransportErrorKind::Reset,
    TransportErrorKind::Truncated,
    TransportErrorKind::Timeout,
    TransportErrorKind::Protocol,
    TransportErrorKind::Other,
];

/// Creates a watcher whose last request is the named one.
type Begin = (&'static str, fn() -> Rig);

const REQUESTS: [Begin; 7] = [
    ("LIST", || Rig::new(pods()).by_hand()),
    ("LIST page", || {
        let mut rig = Rig::new(pods()).by_hand();
        rig.reply(200, page("10", "t", &["a@5"]));
        rig
    }),
    ("STREAMING", || Rig::new(pods().start(Start::default())).by_hand()),
    ("LIST again", || {
        let mut rig = Rig::live(pods()).by_hand();
        rig.body(event("ADDED", "a@11")).handle(Input::Relist);
        rig
    }),
    ("STREAMING again", || {
        let mut rig = Rig::new(pods().start(Start::default())).by_hand();
        rig.open().body(initial_end("10") + &event("ADDED", "a@11")).handle(Input::Relist);
        rig
    }),
    ("WATCH", || {
        let mut rig = Rig::live(pods()).by_hand();
        rig.body(event("ADDED", "a@11")).fail(TransportErrorKind::Reset).settle().reply(200, list("11", &["a@11"]));
        rig
    }),
    ("CHECK", || {
        let mut rig = Rig::live(pods()).by_hand();
        rig.body(event("ADDED", "a@11")).fail(TransportErrorKind::Reset).settle();
        rig
    }),
];

/// The form of the last request.
fn form(rig: &Rig) -> &'static str {
    let (kind, uri) = (rig.request().kind, rig.uri());
    let has_version = uri.contains("resourceVersion=");
    match kind {
        RequestKind::Watch if uri.contains("sendInitialEvents") && has_version => "STREAMING not older",
        RequestKind::Watch if uri.contains("sendInitialEvents") => "STREAMING",
        RequestKind::Watch if has_version => "WATCH",
        RequestKind::Watch => "WATCH without version",
        RequestKind::List if uri.contains("continue=") => "LIST page",
        RequestKind::List if uri.contains("limit=1&") || uri.ends_with("limit=1") => {
            if has_version {
                "CHECK not older"
            } else {
                "CHECK"
            }
        }
        RequestKind::List if has_version => "LIST not older",
        RequestKind::List if uri.contains("limit=500") => "LIST",
        _ => "LIST in one page",
    }
}

/// What follows from one answer.
fn outcome(rig: &mut Rig) -> String {
    let said = rig.notices.drain(..).map(|notice| match notice {
        Notice::Retrying { next: Next::Resume, .. } => "retries",
        Notice::Retrying { next: Next::Relist, .. } => "retries by a relist",
        Notice::Retrying { next: Next::Check, .. } => "retries by a check",
        Notice::NeedsAttention { .. } => "needs attention",
        Notice::FellBack { .. } => "falls back",
        _ => "reports",
    });
    let said: Vec<_> = said.collect();
    let said = if said.is_empty() { "says nothing".to_owned() } else { said.join(", ") };
    if rig.done.is_some() {
        return "ends".into();
    }
    let is_at_once = rig.wait.unwrap().on != Waiting::Backoff;
    rig.settle();
    format!("{said}{}: {}", if is_at_once { " at once" } else { "" }, form(rig))
}

/// What follows from the same answer again and again.
fn outcomes(begin: fn() -> Rig, answer: &dyn Fn(&mut Rig)) -> String {
    let mut rig = begin();
    rig.notices.clear();
    let first = form(&rig);
    let mut found: Vec<(String, usize)> = Vec::new();
    for _ in 0..8 {
        let id = rig.id();
        answer(&mut rig);
        let is_accepted = rig.done.is_none() && rig.wait.unwrap().on != Waiting::Backoff && rig.id() == id;
        let next = if is_accepted { "goes on".to_owned() } else { outcome(&mut rig) };
        match found.last_mut() {
            Some((last, times)) if *last == next => *times += 1,
            _ => found.push((next, 1)),
        }
        if rig.done.is_some() || is_accepted || form(&rig) != first {
            break;
        }
    }
    let times = |(what, times): (String, usize)| if times == 1 { what } else { format!("{times} x {what}") };
    found.into_iter().map(times).collect::<Vec<_>>().join("; ")
}

/// Nothing comes until the machine reports that.
fn silence(rig: &mut Rig) {
    let sent = rig.sent.len();
    while rig.notices.is_empty() && rig.done.is_none() && rig.sent.len() == sent {
        rig.wake();
    }
}

/// The connection breaks after this, if the machine didn't close it.
fn breaks_off(rig: &mut Rig, body: String) {
    let id = rig.id();
    let error = TransportError::new(TransportErrorKind::Reset, "");
    rig.open().body(body).handle(Input::Failed { id, error });
}

fn head(rig: &mut Rig, content_type: &str, encoding: &str) {
    let head = ResponseHead::new(200).with_content_type(content_type).with_header("content-encoding", encoding);
    rig.head(head).body("no");
    rig.end();
}

/// The reason is in the body, or there is none.
type Answer = (&'static str, fn(&mut Rig));

const TOO_LARGE: &str = "Too large resource version: 11, current: 7";

const OF_ANY: [Answer; 8] = [
    ("no-head", silence),
    ("no-body", |rig| silence(rig.open())),
    ("empty", |rig| _ = rig.open().end()),
    ("half", |rig| _ = rig.open().body("{\"half").end()),
    ("not-JSON", |rig| _ = rig.open().body("<html>")),
    ("HTML", |rig| head(rig, "text/html", "")),
    ("gzip", |rig| head(rig, "application/json", "gzip")),
    ("too-large-version", |rig| _ = rig.reply(504, status(504, "Timeout", TOO_LARGE))),
];

const OF_A_LIST: [Answer; 6] = [
    ("older", |rig| _ = rig.reply(200, list("7", &["a@5"]))),
    ("without-version", |rig| _ = rig.reply(200, list("", &["a@5"]))),
    ("unreadable-object", |rig| _ = rig.reply(200, list("12", &["@5"]))),
    ("long-version", |rig| _ = rig.reply(200, list("12", &[&format!("a@{}", "7".repeat(5000))]))),
    ("other-version", |rig| _ = rig.reply(200, page("12", &format!("t{}", rig.sent.len()), &["a@5"]))),
    ("same-token", |rig| _ = rig.reply(200, page("10", "t", &["b@6"]))),
];

const OF_A_WATCH: [Answer; 8] = [
    ("old-end-marker", |rig| _ = rig.open().body(initial_end("7"))),
    ("end-marker-without-version", |rig| _ = rig.open().body(initial_end("0"))),
    ("unreadable-object", |rig| _ = rig.open().body(event("ADDED", "@12"))),
    ("long-version", |rig| _ = rig.open().body(event("ADDED", &format!("b@{}", "7".repeat(5000))))),
    ("unknown-type", |rig| _ = rig.open().body(event("SYNC", "b@12"))),
    ("old-change", |rig| breaks_off(rig, event("MODIFIED", "b@5"))),
    ("old-bookmark", |rig| breaks_off(rig, bookmark("5"))),
    ("too-large-version", |rig| _ = rig.open().body(error(504, "Timeout", TOO_LARGE))),
];

/// The rows of one request and one way to say it: answers with the same outcome share a row.
fn rows(table: &mut String, request: &str, how: &str, found: Vec<(String, String)>) {
    let mut outcomes: Vec<&str> = Vec::new();
    for (_, outcome) in &found {
        if !outcomes.contains(&outcome.as_str()) {
            outcomes.push(outcome);
        }
    }
    for outcome in outcomes {
        let answers: Vec<_> =
            found.iter().filter(|(_, other)| other == outcome).map(|(answer, _)| answer.as_str()).collect();
        table.push_str(&format!("{request} | {how} | {} | {outcome}\n", answers.join(" ")));
    }
}

#[test]
fn each_answer_to_each_request_has_its_row() {
    let mut table = String::new();
    for (request, begin) in REQUESTS {
        let codes = |answer: &dyn Fn(&mut Rig, u16)| {
            CODES.map(|code| (code.to_string(), outcomes(begin, &|rig| answer(rig, code)))).to_vec()
        };
        rows(&mut table, request, "Status", codes(&|rig, code| _ = rig.reply(code, status(code, "", "no"))));
        rows(&mut table, request, "text", codes(&|rig, code| _ = rig.reply(code, "no")));
        if !request.starts_with("LIST") && request != "CHECK" {
            rows(&mut table, request, "ERROR event", codes(&|rig, code| _ = rig.open().body(error(code, "", "no"))));
        }
        let failed = TRANSPORT.map(|kind| (format!("{kind:?}"), outcomes(begin, &|rig| _ = rig.fail(kind))));
        rows(&mut table, request, "no head", failed.to_vec());
        let broken = TRANSPORT.map(|kind| (format!("{kind:?}"), outcomes(begin, &|rig| _ = rig.open().fail(kind))));
        rows(&mut table, request, "after the head", broken.to_vec());
        let of_kind = |answers: &[Answer]| {
            let found = answers.iter().map(|(name, answer)| ((*name).to_owned(), outcomes(begin, answer)));
            found.collect::<Vec<_>>()
        };
        rows(&mut table, request, "any body", of_kind(&OF_ANY));
        let is_list = request.starts_with("LIST") || request == "CHECK";
        rows(&mut table, request, "its body", of_kind(if is_list { &OF_A_LIST } else { &OF_A_WATCH }));
    }
    for (row, found) in TABLE.lines().zip(table.lines()) {
        assert_eq!(found, row, "policy.txt isn't what happens, which is\n{table}");
    }
    assert_eq!(table.lines().count(), TABLE.lines().count());
}
