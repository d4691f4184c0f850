//! X: exhaustion of a resource.

use std::time::Duration;

use bytes::Bytes;
use watch_core::{Change, Diff, Event, InitialList, Input, Limits, Output, Start};

use super::case::{Case, Scene, checking, listing, watch};
use crate::rig::{Rig, bookmark, error, event, initial_end, list, page, pod_json, pods, status, streaming};

/// Items no larger than `a@1`.
fn small_items() -> Rig {
    let mut limits = Limits::default();
    limits.object = pod_json("a@1").len() - r#""kind":"Pod","apiVersion":"v1","#.len();
    Rig::new(pods().limits(limits))
}

fn short_token() -> Rig {
    let mut limits = Limits::default();
    limits.continue_token = 100;
    Rig::new(pods().limits(limits))
}

/// Lists of three objects at most.
fn at_most_three() -> Limits {
    let mut limits = Limits::default();
    limits.objects = 3;
    limits
}

fn three_objects() -> Rig {
    Rig::new(pods().limits(at_most_three()))
}

fn three_objects_paged() -> Rig {
    let mut rig = three_objects();
    rig.reply(200, page("10", "t1", &["a@1", "b@2"]));
    rig
}

fn three_objects_streaming() -> Rig {
    Rig::new(pods().limits(at_most_three()).start(Start::default()))
}

fn too_long(bytes: usize) -> String {
    format!("metadata.resourceVersion: not a resourceVersion: it has {bytes} bytes, but at most 4096 are accepted")
}

#[rustfmt::skip]
pub(super) fn cases() -> Vec<Case> {
    let labels: String = (0..50_000).map(|n| format!(r#""l{n}":"{n}","#)).collect();
    let long = "x".repeat(2000);
    vec![
        Case::new("X5", "very many labels").body(event("ADDED", "a@11").replace("\"name\"", &format!("\"labels\":{{{labels}\"z\":\"\"}},\"name\"")))
            .gives(["ADDED Pod default/a@11"]),
        Case::new("X7", "very many backslashes").body(event("ADDED", "a@11").replace("\"kind\"", &format!("\"x\":\"{}\",\"kind\"", "\\\\".repeat(100_000))))
            .gives(["ADDED Pod default/a@11"]),
        // This much of a message is kept, and no escape sequence reaches a terminal.
        Case::new("X10", "a very long message, with colours").body(error(500, "InternalError", &format!("\\u001b[31m{long}")))
            .gives(["abort".into(), format!("~ resume 1: the server returned 500 InternalError: \\u{{1b}}[31m{}…", "x".repeat(1019)), "> WATCH 10".into()]),
        Case::new("X10", "the same as HTTP status").status(500, "application/json").body(status(500, "InternalError", &format!("\\u001b[31m{long}"))).ends()
            .gives([format!("~ resume 1: the server returned 500 InternalError: \\u{{1b}}[31m{}…", "x".repeat(1019)), "> WATCH 10".into()]),
        Case::new("X11", "a Retry-After of 68 years").head(watch_core::ResponseHead::new(503).with_retry_after(Duration::from_secs(1 << 31))).ends().waits(300..=300)
            .gives(["~ resume 1: HTTP 503 with no content type; body begins with \"\"", "> WATCH 10"]),
        Case::new("X11", "the same in the details").body(error(503, "", "").replace("\"metadata\":{}", "\"details\":{\"retryAfterSeconds\":2147483648}")).waits(300..=300)
            .gives(["abort", "~ resume 1: the server returned 503", "> WATCH 10"]),
        // A retry returns the same version, and a relist may avoid it.
        Case::new("X12", "a version of 300 KB").body(event("ADDED", &format!("a@{}", "1".repeat(300_000))))
            .gives(["abort", &format!("~ relist 1: unreadable watch event: {}", too_long(300_000)), "> LIST"]),
        Case::new("X12", "of a deleted object").body(event("DELETED", &format!("a@{}", "A".repeat(4097))))
            .gives(["abort", &format!("~ relist 1: unreadable watch event: {}", too_long(4097)), "> LIST"]),
        Case::new("X12", "of a list: that needs attention, and is reported once").on(listing).body(list(&"A".repeat(4097), &["a@5"])).ends().times(2)
            .gives(["abort", &format!("~ blocked: unreadable list metadata: {}", too_long(4097)), "> LIST", "abort", "> LIST"]),
        Case::new("X12", "of an item").on(listing).body(list("10", &[&format!("a@{}", "A".repeat(4097))])).ends()
            .gives(["abort", &format!("~ blocked: unreadable list item: {}", too_long(4097)), "> LIST"]),
        Case::new("X12", "of a bookmark: it is skipped, and the watch continues").body(bookmark(&"A".repeat(4097)).repeat(2) + &event("ADDED", "a@11"))
            .gives(["~ skipped a bookmark: not a resourceVersion: it has 4097 bytes, but at most 4096 are accepted", "ADDED Pod default/a@11"]),
        Case::new("X12", "of an end marker").on(streaming).body(event("ADDED", "a@5") + &initial_end(&"A".repeat(4097)))
            .gives(["INITIAL (first)", "INITIAL Pod default/a@5", "abort", &format!("~ fell back: unreadable end marker: {}", too_long(4097)), "> LIST"]),
        Case::new("X12", "of the answer to a version check: the watch continues without it").on(checking).body(list(&"A".repeat(4097), &[])).ends()
            .gives(["abort", &format!("~ resume 2: unreadable list metadata: {}", too_long(4097)), "> WATCH 10"]),
        Case::new("X12", "of the greatest length").body(event("ADDED", &format!("a@{}", "1".repeat(4096)))).gives([format!("ADDED Pod default/a@{}", "1".repeat(4096))]),
        Case::new("X2", "a list with the greatest number of objects").on(three_objects).body(list("10", &["a@1", "b@2", "c@3"])).ends()
            .gives(["INITIAL (first)", "INITIAL Pod default/a@1", "INITIAL Pod default/b@2", "INITIAL Pod default/c@3", "INITIAL END @10", "> WATCH 10"]),
        Case::new("X2", "and one more: that needs attention, and is reported once").on(three_objects).body(list("10", &["a@1", "b@2", "c@3", "d@4"])).ends().times(2)
            .gives(["INITIAL (first)", "INITIAL Pod default/a@1", "INITIAL Pod default/b@2", "INITIAL Pod default/c@3", "abort",
                "~ blocked: list has more than 3 objects, the limit in `limits.objects`", "> LIST",
                "INITIAL (retry)", "INITIAL Pod default/a@1", "INITIAL Pod default/b@2", "INITIAL Pod default/c@3", "abort", "> LIST"]),
        Case::new("X2", "the pages count together").on(three_objects_paged).body(page("10", "", &["c@3", "d@4"])).ends()
            .gives(["INITIAL Pod default/c@3", "abort", "~ blocked: list has more than 3 objects, the limit in `limits.objects`", "> LIST"]),
        Case::new("X2", "a streaming list with more: the server may not support streaming lists").on(three_objects_streaming).body(["a@1", "b@2", "c@3", "d@4"].map(|pod| event("ADDED", pod)).concat())
            .gives(["INITIAL (first)", "INITIAL Pod default/a@1", "INITIAL Pod default/b@2", "INITIAL Pod default/c@3", "abort",
                "~ fell back: list has more than 3 objects, the limit in `limits.objects`", "> LIST"]),
        Case::new("X2", "objects after the end of the list don't count").on(three_objects_streaming).body(["a@1", "b@2", "c@3"].map(|pod| event("ADDED", pod)).concat() + &initial_end("4") + &event("ADDED", "d@5"))
            .gives(["INITIAL (first)", "INITIAL Pod default/a@1", "INITIAL Pod default/b@2", "INITIAL Pod default/c@3", "INITIAL END @4", "ADDED Pod default/d@5"]),
        Case::new("B17", "an item of the greatest size").on(small_items).body(page("10", "", &["a@1"])).ends()
            .gives(["INITIAL (first)", "INITIAL Pod default/a@1", "INITIAL END @10", "> WATCH 10"]),
        Case::new("B17", "and one byte more").on(small_items).body(page("10", "", &["ab@1"]))
            .gives(["abort", "~ resume 1: a document has more than the allowed 83 bytes at byte 164 of the body (the limit is `limits.object`)", "> LIST"]),
        Case::new("X13", "a continue token of 300 KB").on(listing).body(page("10", &"t".repeat(300_000), &["a@1"])).ends()
            .gives(["abort", "~ relist 1: list did not end after 1 pages", "> LIST unpaged"]),
        Case::new("X13", "of the greatest length").on(short_token).body(page("10", &"t".repeat(100), &[])).ends().gives(["INITIAL (first)".into(), format!("> LIST page {}", "t".repeat(100))]),
        Case::new("X13", "and one byte more").on(short_token).body(page("10", &"t".repeat(101), &[])).ends().gives(["INITIAL (first)", "~ relist 1: list did not end after 1 pages", "> LIST unpaged"]),
    ]
}

pub(super) const SCENES: [Scene; 10] = [
    ("B19", "an event of 16 MiB a byte at a time", a_byte_at_a_time),
    ("X6", "names that are chosen for their hashes", chosen_names),
    ("X1", "bookmarks without end take no memory", bookmarks_without_end),
    ("X2", "objects without end take no memory", objects_without_end),
    ("X3", "pages without end end", pages_without_end),
    ("X4", "a list of any size takes no more memory than its largest object", a_list_of_any_size),
    ("X8", "a consumer that never polls: nothing is read, so nothing times out", no_polls),
    ("X9", "accepted and closed, for ever", accepted_and_closed),
    ("X14", "an object that arrives a byte at a time times out", slow_loris),
    ("X15", "many that fail at once retry one by one", jitter),
];

/// The debugging output shows the size of a machine's buffers.
fn weight(rig: &Rig) -> usize {
    format!("{:?}", rig.watcher).len()
}

/// If earlier bytes were searched again with each byte, this would take hours.
fn a_byte_at_a_time() {
    let size = Limits::default().object;
    let [before, after] =
        [r#"{"type":"ADDED","object":{"x":""#, r#"","metadata":{"name":"a","resourceVersion":"11"}}}"#];
    let mut rig = Rig::live(pods());
    let id = rig.id();
    let inside = std::iter::repeat_n(b'\\', (size - before.len() - after.len()) & !1);
    let body: Bytes = before.bytes().chain(inside).chain(after.bytes()).collect::<Vec<_>>().into();
    for at in 0..body.len() {
        rig.watcher.handle(Input::Body { id, bytes: body.slice(at..=at) }).unwrap();
        match rig.watcher.poll(rig.now) {
            Output::Wait(_) => {}
            output => {
                assert!(matches!(output, Output::Event(Event::Added(_))) && at == body.len() - 1, "{at}: {output:?}");
            }
        }
    }
    rig.end().until_sent();
    assert_eq!(rig.log.last().unwrap(), "> WATCH 11");
}

/// The hash (FNV-1a) by which a watch recognises an event; `Diff` has no hash table.
fn chosen_names() {
    let hash = |name: &str| {
        let bytes = 7_u64.to_le_bytes().into_iter().chain("default".bytes()).chain(name.bytes());
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    };
    let names = (0..).map(|number| format!("x{number}")).filter(|name| hash(name).trailing_zeros() >= 10);
    let names: Vec<_> = names.take(1000).collect();
    // All at one version, where only the hash distinguishes them.
    let events: String = names.iter().map(|name| event("ADDED", &format!("{name}@11"))).collect();
    let items: Vec<_> = names.iter().map(|name| format!("{name}@11")).collect();
    let items: Vec<_> = items.iter().map(String::as_str).collect();
    let (mut rig, mut diff) = (Rig::new(pods()), Diff::new());
    let changes = |rig: &mut Rig, diff: &mut Diff| {
        rig.events.drain(..).for_each(|event| diff.handle(event));
        std::iter::from_fn(|| diff.poll()).filter(|change| !matches!(change, Change::Synced { .. })).count()
    };
    rig.reply(200, list("10", &[])).open().body(events);
    assert_eq!((changes(&mut rig, &mut diff), diff.len()), (1000, 1000));
    rig.body(error(410, "Expired", "old")).reply(200, list("12", &items));
    assert_eq!((changes(&mut rig, &mut diff), diff.len()), (0, 1000));
    rig.open().body(error(410, "Expired", "old")).until_sent().reply(200, list("13", &items[1..]));
    assert_eq!((changes(&mut rig, &mut diff), diff.len()), (1, 999));
}

fn bookmarks_without_end() {
    let mut rig = Rig::live(pods());
    let begin = weight(&rig);
    for version in 0..2000 {
        rig.body(bookmark(&version.to_string()).repeat(10));
        rig.take_log();
        rig.notices.clear();
        rig.events.clear();
    }
    assert!(weight(&rig) < begin + 200);
}

fn objects_without_end() {
    let mut rig = Rig::live(pods());
    let begin = weight(&rig);
    for version in 11..5000 {
        rig.body(event("ADDED", &format!("pod-{version}@{version}")));
    }
    assert_eq!(rig.events.len(), 4989);
    assert!(weight(&rig) < begin + 200);
}

fn pages_without_end() {
    let mut limits = Limits::default();
    limits.pages = 50;
    let mut rig = Rig::new(pods().limits(limits));
    for page_number in 1..=50 {
        rig.reply(200, page("10", &format!("t{page_number}"), &["a@1"]));
    }
    assert_eq!(rig.log[rig.log.len() - 2..], ["abort", "~ relist 1: list did not end after 50 pages"]);
    // If the server still pages, requests become ever rarer.
    rig.until_sent();
    let begin = rig.now;
    for _ in 0..5 {
        rig.reply(200, page("10", &format!("t{}", rig.sent.len()), &["a@1"]));
        if rig.watcher.phase() == watch_core::Phase::BackingOff {
            rig.until_sent();
        }
    }
    assert!(rig.now.since(begin) > Duration::from_secs(40), "{:?}", rig.now.since(begin));
}

fn a_list_of_any_size() {
    let mut rig = Rig::new(pods());
    rig.open();
    let body = list("10", &["a@5"]);
    let (head, rest) = body.split_at(body.find("[").unwrap() + 1);
    let (item, tail) = rest.split_at(rest.rfind("]").unwrap());
    rig.body(head.to_owned());
    let begin = weight(&rig);
    for _ in 0..20_000 {
        rig.body(format!("{item},"));
        rig.events.clear();
    }
    assert!(weight(&rig) < begin + 1000);
    rig.body(item.to_owned() + tail).end();
    assert_eq!(rig.take_events(), ["INITIAL Pod default/a@5", "INITIAL END @10"]);
}

fn no_polls() {
    let mut rig = Rig::live(pods());
    let id = rig.id();
    for version in 11..1000 {
        let bytes = event("ADDED", &format!("a@{version}")).into();
        rig.watcher.handle(watch_core::Input::Body { id, bytes }).unwrap();
    }
    rig.now = rig.now + Duration::from_secs(24 * 3600);
    rig.drain();
    assert_eq!((rig.events.len(), rig.id()), (989, id), "all events are emitted, on the same watch");
}

fn accepted_and_closed() {
    let mut rig = watch();
    let begin = rig.now;
    for _ in 0..1000 {
        rig.fail(watch_core::TransportErrorKind::Reset).until_sent();
    }
    assert!(rig.now.since(begin) > Duration::from_secs(990 * 30));
    let sets =
        rig.sent.iter().skip(1).filter(|request| request.http.uri().query().is_some_and(|q| q.contains("limit=500")));
    assert_eq!(sets.count(), 0, "what was seen stays valid");
}

fn slow_loris() {
    let mut rig = Rig::live(pods());
    let (id, begin) = (rig.id(), rig.now);
    for byte in event("ADDED", "a@11").into_bytes() {
        rig.handle(watch_core::Input::Body { id, bytes: vec![byte].into() }).advance(Duration::from_secs(44));
    }
    assert_eq!(rig.take_events(), Vec::<String>::new());
    let given_up = rig.log.iter().any(|line| line == "~ resume 1: timeout: no end of the object for 60.0s");
    assert!(given_up && rig.now.since(begin) > Duration::from_secs(60), "{:?}", rig.log);
}

fn jitter() {
    let mut returns: Vec<_> = (0..1000)
        .map(|seed| {
            let mut rig = Rig::new(pods().seed(seed).start(Start::InitialList(InitialList::List)));
            let begin = rig.now;
            rig.fail(watch_core::TransportErrorKind::Refused).until_sent();
            rig.now.since(begin).as_millis()
        })
        .collect();
    returns.sort_unstable();
    // From 0.8 to 1.6 s, and at most twice the fair share in any 80 ms of that.
    assert!((800..=1600).contains(&returns[0]) && (800..=1600).contains(&returns[999]));
    for from in (800..1600).step_by(80) {
        let here = returns.iter().filter(|at| (from..from + 80).contains(*at)).count();
        assert!((50..200).contains(&here), "{here} of 1000 come back {from} ms later");
    }
}
