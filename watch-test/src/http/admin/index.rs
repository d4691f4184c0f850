//! The index of the admin path.

use serde_json::{Value, json};

/// Method, path after `/-/`, the fields of the body with an example of each, and what it does.
type Entry = (&'static str, &'static str, &'static str, &'static str);

const ENTRIES: &[Entry] = &[
    ("GET", "", "", "lists the requests of the admin path"),
    ("GET", "state", "", "returns the revision, the time in milliseconds, the number of open watches and of requests"),
    ("GET", "requests", "", "returns every request so far"),
    ("DELETE", "requests", "", "forgets them"),
    ("GET", "faults", "", "returns the rules that can still apply"),
    (
        "POST",
        "faults",
        r#"{"on": {"verb": "watch", "resource": "pods"}, "times": 2, "refuse": {"status": 429, "retryAfter": 1}}"#,
        "adds a rule: a fault, and the requests that it applies to",
    ),
    ("DELETE", "faults", "", "removes all rules"),
    ("POST", "expire", r#"{"before": 100}"#, "expires everything before a version; without one, before now"),
    ("POST", "disconnect", r#"{"end": "cut"}"#, "ends all open watches: complete, cut or reset"),
    ("POST", "bookmarks", "{}", "sends a bookmark to every watch that allows them"),
    ("POST", "restart", r#"{"gap": 10}"#, "crashes and restarts, with this number of revisions written in between"),
    (
        "POST",
        "restore",
        r#"{"resourceVersion": 100}"#,
        "restores the store to a version, as from a backup, and restarts",
    ),
    (
        "POST",
        "restoreBehind",
        r#"{"resourceVersion": 100}"#,
        "restores the store to a version, without a restart of the caches",
    ),
    ("POST", "skip", r#"{"revisions": 10}"#, "raises the revision, as if other resources were written"),
    ("POST", "lag", r#"{"replica": 1, "lagging": true}"#, "stops or resumes the updates of a replica's caches"),
    (
        "POST",
        "unready",
        r#"{"resource": "pods", "lasts": 1000}"#,
        "refuses reads of a resource with 429 for a time in milliseconds",
    ),
    ("POST", "backlog", r#"{"limit": 100}"#, "ends watches, opened from now on, that have more events queued"),
    (
        "POST",
        "access",
        r#"{"tokens": {"TOKEN": "NAME"}, "anonymous": "unauthorized"}"#,
        "sets who may send requests, from now on",
    ),
    (
        "POST",
        "controllers",
        r#"{"namespaces": {"after": 1000}, "garbage": "manual", "collectUnknown": true}"#,
        "sets the pace of the controllers, from now on",
    ),
    ("POST", "endNamespaces", "{}", "makes one pass of the namespace controller"),
    ("POST", "collectGarbage", "{}", "makes one pass of the garbage collector"),
    ("POST", "advance", r#"{"by": 60000}"#, "advances the clock by a time in milliseconds"),
    ("POST", "goAway", "{}", "sends GOAWAY on HTTP/2 connections; those over HTTP/1.1 close after the next reply"),
];

/// Returns all entries.
pub(super) fn all() -> Value {
    let entry = |(method, path, body, does): &Entry| {
        let mut entry = json!({ "method": method, "path": format!("/-/{path}"), "does": does });
        // A test reads each example of the table.
        if let Ok(body) = serde_json::from_str::<Value>(body) {
            entry["body"] = body;
        }
        entry
    };
    ENTRIES.iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::super::action;
    use super::*;
    use crate::fault::Rule;

    #[test]
    fn every_action_is_listed_and_every_example_can_be_read() {
        for (method, path, body, _) in ENTRIES {
            match (*method, *path) {
                ("POST", "faults") => drop(serde_json::from_str::<Rule>(body).expect("a rule")),
                ("POST", name) => drop(action::read(name, body.as_bytes()).expect("an action")),
                _ => assert_eq!(*body, ""),
            }
        }
        let unknown = action::read("banana", b"").expect_err("no action");
        let named: Vec<&str> = unknown.split('`').skip(3).step_by(2).collect();
        assert!(named.contains(&"expire") && named.len() > 10, "{named:?}");
        for name in named {
            assert!(ENTRIES.iter().any(|(method, path, ..)| (*method, *path) == ("POST", name)), "{name}");
        }
    }
}
