//! B: the boundaries of events.

use watch_core::{Limits, TransportErrorKind};

use super::case::{Case, Scene};
use crate::cuts::CUTS;
use crate::rig::{Rig, event, pod_json, pods};

/// An event with these bytes in an annotation.
fn with_note(note: &[u8]) -> Vec<u8> {
    let [before, after] = [
        br#"{"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","namespace":"default","resourceVersion":"11","annotations":{"note":""#.as_slice(),
        b"\"}}}}\n",
    ];
    [before, note, after].concat()
}

fn pretty(kind: &str, pod: &str) -> String {
    let object: serde_json::Value = serde_json::from_str(&pod_json(pod)).unwrap();
    serde_json::to_string_pretty(&serde_json::json!({ "type": kind, "object": object })).unwrap()
}

/// The metadata of an object, truncated inside its version.
const CUT_IN_VERSION: &str =
    r#"{"type":"ADDED","object":{"kind":"Pod","metadata":{"name":"a","namespace":"default","resourceVersion":"12"#;

fn small() -> Rig {
    let mut limits = Limits::default();
    limits.object = 256;
    Rig::live_soon(pods().limits(limits))
}

/// An event of this many bytes, without a line break.
fn of_size(size: usize) -> String {
    let empty = String::from_utf8(with_note(b"")).unwrap().trim_end().len();
    String::from_utf8(with_note(&vec![b'x'; size - empty])).unwrap().trim_end().into()
}

#[rustfmt::skip]
pub(super) fn cases() -> Vec<Case> {
    let a = || event("ADDED", "a@11");
    let b = || event("MODIFIED", "b@12");
    let (came_a, came_b) = ("ADDED Pod default/a@11", "MODIFIED Pod default/b@12");
    let not_utf8 = |offset: usize| format!("unreadable watch event: not UTF-8 at byte {offset} of it");
    let note = with_note(b"").len() - b"\"}}}}\n".len();
    let protobuf = |id, what, body: &'static [u8], shown: &str| {
        let content_type = "application/vnd.kubernetes.protobuf;stream=watch";
        Case::new(id, what).status(200, content_type).body(body).ends()
            .gives([format!("~ resume 1: HTTP 200 with {content_type}; body begins with \"{}\"", shown.trim_end()), "> WATCH 10".into()])
    };
    let as_json = |id, what, body: &'static [u8], byte: &str| {
        Case::new(id, what).body(body).poison(&format!("expected a JSON object but found '{byte}' at byte 0 of the body"))
    };
    let unexpected = |byte: &str, offset| format!("expected a JSON object but found '{byte}' at byte {offset} of the body");
    vec![
        Case::new("B1", "nothing, and a clean end: a failure; the second one suggests that the version expired").ends().times(2)
            .gives(["~ resume 1: watch ended after 0.0ns without a new event", "> WATCH 10", "~ relist 2: watch ended after 0.0ns without a new event", "> LIST"]),
        Case::new("B2", "white space between events").body(format!("\n\n\n{}  \r\n\t\n{}", a(), b())).gives([came_a, came_b]),
        Case::new("B3", "lines that end with CR LF").body((a() + &b()).replace('\n', "\r\n")).gives([came_a, came_b]),
        Case::new("B4", "two events on one line").body(format!("{}{}", a().trim_end(), b())).gives([came_a, came_b]),
        Case::new("B5", "pretty-printed over many lines").body(pretty("ADDED", "a@11") + &pretty("MODIFIED", "b@12")).gives([came_a, came_b]),
        Case::new("B6", "the last event has no line break").body(a() + b().trim_end()).ends().gives([came_a, came_b, "> WATCH 12"]),
        Case::new("B7", "a truncated event, then a clean end").body(a() + &b()[..30]).ends()
            .gives([came_a, "~ resume 1: body truncated 30 bytes into a document", "> WATCH 11"]),
        Case::new("B8", "a truncated event, then a broken connection").body(a() + &b()[..30]).breaks(TransportErrorKind::Reset)
            .gives([came_a, "~ resume 1: connection reset", "> WATCH 11"]),
        Case::new("B8", "the same, by HTTP's own rules").body(a() + &b()[..30]).breaks(TransportErrorKind::Truncated)
            .gives([came_a, "~ resume 1: response truncated", "> WATCH 11"]),
        Case::new("B9", "cut inside of the version: there was no version 12").body(CUT_IN_VERSION).ends()
            .gives(["~ resume 1: body truncated 105 bytes into a document", "> WATCH 10"]),
        Case::new("B10", "characters of several bytes, and escapes that belong together").body(with_note("☃ \\ud83d\\ude80 🚀".as_bytes())).gives([came_a]),
        Case::new("B11", "a byte order mark").body(format!("\u{feff}{}", a())).poison(&unexpected("\\xef", 0)),
        Case::new("B12", "the least byte that begins no character").body(with_note(b"\x80")).poison(&not_utf8(note)),
        Case::new("B12", "a byte that no UTF-8 has").body(with_note(b"\xff")).poison(&not_utf8(note)),
        Case::new("B13", "an overlong form").body(with_note(b"\xc0\x80")).poison(&not_utf8(note)),
        Case::new("B13", "a surrogate, encoded").body(with_note(b"\xed\xa0\x80")).poison(&not_utf8(note)),
        // The machine doesn't read this text, so the bytes are passed on unchanged. The decoder may handle them, and
        // one unusual annotation doesn't stop the watch.
        Case::new("B14", "half of an escaped pair, in a text that isn't read").body(with_note(b"\\ud800")).gives([came_a]),
        Case::new("B14", "half of an escaped pair, in a name").body(a().replace("\"name\":\"a\"", "\"name\":\"\\ud800\""))
            .poison("unreadable watch event: metadata: name: unexpected end of hex escape at byte 83 of it"),
        Case::new("B15", "a NUL between events").body(b"\0".to_vec()).poison(&unexpected("\\x00", 0)),
        Case::new("B15", "a raw control character in a text").body(with_note(b"\x01"))
            .poison(&format!("unreadable watch event: control character (\\\\u0000-\\\\u001F) found while parsing a string at byte {} of it", note - 1)),
        Case::new("B15", "a raw line break in a text, as in a truncated line").body(with_note(b"\n"))
            .poison(&format!("a line ends inside a string at byte {note} of the body")),
        Case::new("B16", "an event that never ends").on(small).body(with_note(&[b'x'; 400])).poison("a document has more than the allowed 256 bytes at byte 256 of the body (the limit is `limits.object`)"),
        Case::new("B17", "one byte below the limit").on(small).body(of_size(255)).gives([came_a]),
        Case::new("B17", "as much as the limit allows").on(small).body(of_size(256)).gives([came_a]),
        Case::new("B17", "one byte above the limit").on(small).body(of_size(257)).poison("a document has more than the allowed 256 bytes at byte 256 of the body (the limit is `limits.object`)"),
        Case::new("B18", "a flood of spaces before an event").on(small).body(" ".repeat(300_000) + &of_size(200)).gives([came_a]),
        Case::new("B20", "compressed, without a header").body(b"\x1f\x8b\x08\0\0\0\0\0".to_vec()).poison(&unexpected("\\x1f", 0)),
        Case::new("B21", "a login page").status(200, "text/html; charset=utf-8").body("<html>log in</html>").ends()
            .gives(["~ resume 1: HTTP 200 with text/html; charset=utf-8; body begins with \"<html>log in</html>\"", "> WATCH 10"]),
        Case::new("B21", "a login page that pretends to be JSON").body("<html>log in</html>").ends().times(2)
            .gives(["abort", "~ resume 1: expected a JSON object but found '<' at byte 0 of the body", "> WATCH 10", "abort", "~ relist 2: expected a JSON object but found '<' at byte 0 of the body", "> LIST"]),
        Case::new("B22", "protobuf, without a content type").body(b"\0\0\0\xd7\x0a\x05ADDED".to_vec()).poison(&unexpected("\\x00", 0)),
        Case::new("B25", "bytes after an ERROR").body(crate::rig::error(500, "InternalError", "etcd") + &a() + "\0\0")
            .gives(["abort", "~ resume 1: the server returned 500 InternalError: etcd", "> WATCH 10"]),
        // JSON is requested. Protobuf isn't read, whether the content type says so or not. The length in a frame
        // reserves no memory.
        protobuf("B23", "protobuf with a length of 4 GiB", b"\xff\xff\xff\xff\x0a", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
        protobuf("B24", "protobuf: a frame of no length", b"\0\0\0\0", "\\0\\0\\0\\0"),
        protobuf("B24", "protobuf: a length that is cut", b"\0\0\0", "\\0\\0\\0"),
        protobuf("B24", "protobuf: a frame that is cut", b"\0\0\0\x09\x0aADDED", "\\0\\0\\0\\t\\nADDED"),
        as_json("B23", "the same as JSON: a length of 4 GiB", b"\xff\xff\xff\xff\x0a", "\\xff"),
        as_json("B24", "the same as JSON: a frame of no length", b"\0\0\0\0", "\\x00"),
        as_json("B24", "the same as JSON: a length that is cut", b"\0\0\0", "\\x00"),
        as_json("B24", "the same as JSON: a frame that is cut", b"\0\0\0\x09\x0aADDED", "\\x00"),
        Case::new("B26", "garbage in the framing of HTTP: the driver reports it").body(a()).breaks(TransportErrorKind::Protocol)
            .gives([came_a, "~ resume 1: HTTP protocol error", "> WATCH 11"]),
    ]
}

pub(super) const SCENES: [Scene; 2] = [
    ("B10", "every cut inside of a character or escape waits for the rest", waits_for_the_rest_of_a_character),
    ("B16", "the bytes of an event that is too large are dropped", drops_what_is_too_large),
];

fn waits_for_the_rest_of_a_character() {
    let body = with_note("☃\\ud83d\\ude80🚀".as_bytes());
    for cut in 0..body.len() - 2 {
        let mut rig = Rig::live(pods());
        rig.body(body[..cut].to_vec());
        assert_eq!((rig.take_events(), rig.take_notices()), (vec![], vec![]), "cut at {cut}");
        rig.body(body[cut..].to_vec());
        assert_eq!(rig.take_events(), ["ADDED Pod default/a@11"], "cut at {cut}");
    }
}

fn drops_what_is_too_large() {
    for cut in CUTS {
        let mut rig = Rig::live(pods());
        let before = format!("{:?}", rig.watcher).len();
        for piece in cut.pieces(&with_note(&vec![b'x'; 100_000]).into()).into_iter().take(60_000) {
            rig.body(piece);
        }
        rig.fail(TransportErrorKind::Reset).until_sent();
        // The debugging output shows the size of a machine's buffers.
        assert!(format!("{:?}", rig.watcher).len() < before + 1000);
    }
}
