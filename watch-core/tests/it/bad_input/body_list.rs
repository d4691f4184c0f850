//! J26 to J32: lists.

use super::case::{Case, checking, listing, second_page};
use crate::rig::list;

/// A list with this after its kind.
fn list_of(members: &str) -> String {
    format!(r#"{{"kind":"PodList","apiVersion":"v1",{members}}}"#)
}

const META: &str = r#""metadata":{"resourceVersion":"10"}"#;

/// An unreadable list, twice: that needs attention.
fn blocked(id: &'static str, what: &'static str, body: String, abort: bool, begin: &[&str], cause: &str) -> Case {
    let again: Vec<_> = begin.iter().map(|line| line.replace("(first)", "(retry)")).collect();
    let abort: &[&str] = if abort { &["abort"] } else { &[] };
    let lines = |begin: &[String], notice: String| {
        let begin = begin.iter().cloned();
        begin.chain(abort.iter().map(ToString::to_string)).chain([notice, "> LIST".into()]).collect::<Vec<_>>()
    };
    let begin: Vec<_> = begin.iter().map(ToString::to_string).collect();
    let first = lines(&begin, format!("~ resume 1: {cause}"));
    Case::new(id, what)
        .on(listing)
        .body(body)
        .ends()
        .times(2)
        .gives([first, lines(&again, format!("~ blocked: {cause}"))].concat())
}

/// A list from which a watch isn't possible: that needs attention, and is reported immediately and once.
fn no_version(id: &'static str, what: &'static str, body: String, abort: bool, begin: &[&str]) -> Case {
    let cause = "~ blocked: the list has no resourceVersion to watch from: this resource can be listed but not watched";
    let abort: &[&str] = if abort { &["abort"] } else { &[] };
    let again: Vec<_> = begin.iter().map(|line| line.replace("(first)", "(retry)")).collect();
    let again: Vec<_> = again.iter().map(String::as_str).collect();
    Case::new(id, what)
        .on(listing)
        .body(body)
        .ends()
        .times(2)
        .gives([begin, abort, &[cause, "> LIST"], &again, abort, &["> LIST"]].concat())
}

#[rustfmt::skip]
pub(super) fn cases() -> Vec<Case> {
    let item = |version: &str| format!(r#"{{"metadata":{{"name":"a","namespace":"default","resourceVersion":"{version}"}}}}"#);
    let empty = ["INITIAL (first)", "INITIAL END @10", "> WATCH 10"];
    let one = ["INITIAL (first)", "INITIAL Pod default/a@5", "INITIAL END @10", "> WATCH 10"];
    // An unreadable estimate is ignored.
    let counted = |count: &str| {
        let meta = META.replace('}', &format!(r#","remainingItemCount":{count}}}"#));
        Case::new("J29", "how many remain, in another form").on(listing).body(list_of(&format!(r#"{meta},"items":[{}]"#, item("5")))).ends().gives(one)
    };
    let case = |id, what, members: String| Case::new(id, what).on(listing).body(list_of(&members)).ends();
    vec![
        case("J26", "an item without kind gets that of the list", format!(r#"{META},"items":[{}]"#, item("5"))).gives(one),
        case("J27", "items is null: old and aggregated servers write that for an empty list", format!(r#"{META},"items":null"#)).gives(empty),
        case("J27", "no items", META.into()).gives(empty),
        case("J28", "metadata before the items", format!(r#"{META},"items":[{}]"#, item("5"))).gives(one),
        case("J28", "metadata after the items", format!(r#""items":[{}],{META}"#, item("5"))).gives(one),
        no_version("J28", "no metadata", list_of(&format!(r#""items":[{}]"#, item("5"))), true, &["INITIAL (first)", "INITIAL Pod default/a@5"]),
        no_version("J28", "metadata without a version", list_of(r#""metadata":{},"items":[]"#), true, &[]),
        // As the lists of metrics.k8s.io: none of it is emitted.
        no_version("J28", "metadata and items without a version", list_of(r#""metadata":{},"items":[{"metadata":{"name":"a","namespace":"default"}}]"#), true, &[]),
        no_version("J28", "version 0", list_of(r#""metadata":{"resourceVersion":"0"},"items":null"#), true, &[]),
        no_version("J28", "the version is null", list_of(r#""metadata":{"resourceVersion":null},"items":[]"#), true, &[]),
        no_version("J28", "an empty version after the items", list_of(&format!(r#""items":[{}],"metadata":{{"resourceVersion":""}}"#, item("5"))), true, &["INITIAL (first)", "INITIAL Pod default/a@5"]),
        Case::new("J28", "the answer to a version check without a version: the watch continues without it").on(checking).body(list_of(r#""metadata":{},"items":[]"#)).ends()
            .gives(["abort", "~ resume 2: the list has no resourceVersion to watch from: this resource can be listed but not watched", "> WATCH 10"]),
        Case::new("J28", "a page without a version").on(second_page).body(list_of(r#""metadata":{},"items":[]"#)).ends()
            .gives(["abort", "~ relist 1: the list has no resourceVersion to watch from: this resource can be listed but not watched", "> LIST unpaged"]),
        case("J29", "an empty continue token", format!(r#"{},"items":[]"#, META.replace('}', r#","continue":""}"#))).gives(empty),
        case("J29", "continue is null", format!(r#"{},"items":[]"#, META.replace('}', r#","continue":null}"#))).gives(empty),
        blocked("J29", "an unreadable token may be the token of a further page", list_of(&format!(r#"{},"items":[]"#, META.replace('}', r#","continue":{}}"#))), true, &[],
            "unreadable list metadata: continue: invalid type: map, expected a string at byte 34 of it"),
        counted("\"5\""), counted("1.0"), counted("1e3"), counted("1e999999"), counted("-1"), counted("9223372036854775808"), counted("[{}]"), counted("null"), counted("5,\"remainingItemCount\":6"),
        case("J29", "the metadata of an item isn't read as that of a list", format!(r#"{META},"items":[{}]"#, item("5").replace("\"name\"", r#""continue":{},"remainingItemCount":"x","annotations":7,"annotations":1e999999,"name""#))).gives(one),
        case("J26", "the kind of an item isn't checked here, but by its decoder", format!(r#"{META},"items":[{}]"#, item("5").replacen('{', r#"{"kind":5,"apiVersion":{},"#, 1)))
            .gives(["INITIAL (first)", "INITIAL Pod default/a@5", "INITIAL END @10", "> WATCH 10"]),
        // The machine keeps no objects. The consumer decides that the newer one counts (see the scene of P11).
        case("J30", "the same object twice", format!(r#"{META},"items":[{},{}]"#, item("5"), item("6")))
            .gives(["INITIAL (first)", "INITIAL Pod default/a@5", "INITIAL Pod default/a@6", "INITIAL END @10", "> WATCH 10"]),
        blocked("J31", "empty items", list_of(&format!(r#"{META},"items":[{}]"#, vec!["{}"; 20_000].join(","))), true, &[],
            "unreadable list item: metadata is missing or empty"),
        blocked("J31", "an item without a name", list_of(&format!(r#"{META},"items":[{}]"#, item("5").replace("\"name\":\"a\",", ""))), true, &[],
            "unreadable list item: metadata.name is missing or empty"),
        blocked("J32", "a Table", r#"{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"10"},"columnDefinitions":[],"rows":[]}"#.into(), true, &[],
            "unreadable list: it is a Table and has no items"),
        blocked("J32", "one object instead of a list", r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","resourceVersion":"10"}}"#.into(), true, &[],
            "unreadable list: it is a Pod and has no items"),
        blocked("J32", "a Status with 200", crate::rig::status(500, "InternalError", "etcd"), true, &[],
            "unreadable list: it is a Status and has no items"),
        blocked("J32", "bytes after the list", list("10", &["a@5"]) + "{}", true, &["INITIAL (first)", "INITIAL Pod default/a@5"],
            "expected nothing after the list but found '{' at byte 167 of the body"),
    ]
}
