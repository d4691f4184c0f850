//! J15, deeper: what is wrong inside of an object, where nothing is read. The decoder finds it, or the full check.

use serde_json::Value;
use watch_core::{Event, JsonCheck};

use super::case::{Case, listing};
use crate::rig::{Rig, event, list, pods, with_each_check};

/// Values that aren't JSON, though their brackets and strings are.
const WRONG: [&str; 22] = [
    "[1,]",
    "[,1]",
    "[1 2]",
    "{\"a\":1,}",
    "{\"a\"}",
    "{\"a\" 1}",
    "{a:1}",
    "{\"a\":1:2}",
    "{\"a\":1,2}",
    "[\"a\":1]",
    "[/* c */]",
    "['a']",
    "[NaN]",
    "[01]",
    "[1.]",
    "[-]",
    "[tru]",
    "[\"\\x\"]",
    "[\"\\u12\"]",
    "[\u{1}]",
    "[é]",
    "{\"a\":1\u{7f}}",
];

/// The same event with a value in `spec`, in `metadata.labels`, and beside the object.
fn events(wrong: &str) -> [String; 3] {
    let a = event("ADDED", "a@11");
    [
        a.replacen("\"kind\"", &format!("\"spec\":{{\"x\":{wrong}}},\"kind\""), 1),
        a.replacen("\"name\"", &format!("\"labels\":{{\"x\":{wrong}}},\"name\""), 1),
        a.replacen("\"type\"", &format!("\"x\":{wrong},\"type\""), 1),
    ]
}

#[test]
fn the_inside_of_an_object_is_checked_by_its_decoder() {
    with_each_check(|check| {
        for body in WRONG.iter().flat_map(|wrong| events(wrong)) {
            let case = Case::new("J15", "not JSON, where nothing is read").body(body.clone());
            let case = match check {
                JsonCheck::Full => {
                    let mut rig = Rig::live(pods());
                    rig.body(body.clone()).until_sent();
                    let cause =
                        rig.take_log().into_iter().find_map(|line| Some(line.split_once("resume 1: ")?.1.to_owned()));
                    let cause = cause.unwrap_or_else(|| panic!("it is read: {body}"));
                    assert!(cause.starts_with("unreadable watch event: "), "{cause}");
                    case.poison(&cause)
                }
                _ => case.gives(["ADDED Pod default/a@11"]),
            };
            case.check().unwrap_or_else(|wrong| panic!("{check:?}: {body}: {wrong}"));
        }
    });
}

#[test]
fn the_inside_of_an_item_likewise() {
    with_each_check(|check| {
        for wrong in WRONG {
            let body = list("10", &["a@5"]).replacen("[{", &format!("[{{\"spec\":{{\"x\":{wrong}}},"), 1);
            let mut rig = listing();
            rig.reply(200, body.clone());
            let log = rig.take_log().join("\n");
            match check {
                JsonCheck::Full => assert!(log.contains("resume 1: unreadable list item: "), "{body}: {log}"),
                _ => assert!(log.contains("INITIAL Pod default/a@5") && log.contains("INITIAL END"), "{body}: {log}"),
            }
        }
    });
}

#[test]
fn an_object_that_is_not_json_is_an_error_of_its_decoder() {
    for body in WRONG.iter().flat_map(|wrong| events(wrong).into_iter().take(2)) {
        let mut rig = Rig::live(pods());
        rig.body(body.clone());
        let [Event::Added(object)] = rig.events.as_slice() else { panic!("{body}") };
        assert!(object.decode::<Value>().is_err(), "{body}");
        assert!(watch_core::Object::parse(object.raw().clone()).is_err(), "{body}");
    }
}
