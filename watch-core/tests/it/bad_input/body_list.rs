//! J26 to J32: lists.

use super::case::{Case, listing};
use crate::rig::list;

/// A list with this in it, behind its kind.
fn list_of(members: &str) -> String {
    format!(r#"{{"kind":"PodList","apiVersion":"v1",{members}}}"#)
}

const META: &str = r#""metadata":{"resourceVersion":"10"}"#;

/// A list that nobody can read, twice: somebody should know.
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

#[rustfmt::skip]
pub(super) fn cases() -> Vec<Case> {
    let item = |version: &str| format!(r#"{{"metadata":{{"name":"a","namespace":"default","resourceVersion":"{version}"}}}}"#);
    let empty = ["INITIAL (first)", "INITIAL END @10", "> WATCH 10"];
    let one = ["INITIAL (first)", "INITIAL Pod default/a@5", "INITIAL END @10", "> WATCH 10"];
    let case = |id, what, members: String| Case::new(id, what).on(listing).body(list_of(&members)).ends();
    vec![
        case("J26", "an item without kind gets that of the list", format!(r#"{META},"items":[{}]"#, item("5"))).gives(one),
        case("J27", "items is null: old and aggregated servers write that for none", format!(r#"{META},"items":null"#)).gives(empty),
        case("J27", "no items", META.into()).gives(empty),
        case("J28", "metadata before the items", format!(r#"{META},"items":[{}]"#, item("5"))).gives(one),
        case("J28", "metadata behind the items", format!(r#""items":[{}],{META}"#, item("5"))).gives(one),
        blocked("J28", "no metadata", list_of(&format!(r#""items":[{}]"#, item("5"))), true, &["INITIAL (first)", "INITIAL Pod default/a@5"],
            "unreadable list metadata: metadata.resourceVersion is missing or empty"),
        blocked("J28", "metadata without a version", list_of(r#""metadata":{},"items":[]"#), true, &[],
            "unreadable list metadata: metadata.resourceVersion: not a resourceVersion: it is empty"),
        case("J29", "an empty continue token", format!(r#"{},"items":[]"#, META.replace('}', r#","continue":""}"#))).gives(empty),
        case("J29", "continue is null", format!(r#"{},"items":[]"#, META.replace('}', r#","continue":null}"#))).gives(empty),
        // The machine keeps no objects; that the newer one counts is the business of who does (see the scene of P11).
        case("J30", "the same object twice", format!(r#"{META},"items":[{},{}]"#, item("5"), item("6")))
            .gives(["INITIAL (first)", "INITIAL Pod default/a@5", "INITIAL Pod default/a@6", "INITIAL END @10", "> WATCH 10"]),
        blocked("J31", "items that are nothing", list_of(&format!(r#"{META},"items":[{}]"#, vec!["{}"; 20_000].join(","))), true, &[],
            "unreadable list item: metadata is missing or empty"),
        blocked("J31", "an item without a name", list_of(&format!(r#"{META},"items":[{}]"#, item("5").replace("\"name\":\"a\",", ""))), true, &[],
            "unreadable list item: metadata.name is missing or empty"),
        blocked("J32", "a Table", r#"{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"10"},"columnDefinitions":[],"rows":[]}"#.into(), true, &[],
            "unreadable list: it is a Table and has no items"),
        blocked("J32", "one object instead of a list", r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","resourceVersion":"10"}}"#.into(), true, &[],
            "unreadable list: it is a Pod and has no items"),
        blocked("J32", "a Status with 200", crate::rig::status(500, "InternalError", "etcd"), true, &[],
            "unreadable list: it is a Status and has no items"),
        blocked("J32", "bytes behind the list", list("10", &["a@5"]) + "{}", true, &["INITIAL (first)", "INITIAL Pod default/a@5"],
            "expected nothing behind the list but found '{' at byte 167 of the body"),
    ]
}
