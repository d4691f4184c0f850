//! Lines that a server sends on open watches, byte for byte.

use watch_core::wire::{EventType, Status, write_event};
use watch_test::check::Position;
use watch_test::fault::{Fault, Requests};

use crate::plan::Saying;
use crate::world::World;

impl World {
    pub(super) fn say(&mut self, what: Saying, then_end: bool) -> bool {
        // A server that lags can't announce that all events up to a version were sent.
        if self.lags && matches!(what, Saying::EndMarker | Saying::FalseEndMarker | Saying::ManyBookmarks) {
            return false;
        }
        let Some(text) = self.words(what) else { return false };
        if self.server.open_watches() == 0 {
            return false;
        }
        // After a line without an end, only the end of the body can follow.
        let is_broken = matches!(what, Saying::TooLong | Saying::Half);
        self.server.say(&text, then_end || is_broken && what == Saying::Half);
        self.counts.one("saying", &format!("{what:?}"));
        true
    }

    /// Sends a line on later watches.
    pub(super) fn say_next(&mut self, what: Saying, after_events: u64, then_end: bool, times: u64) -> bool {
        // It isn't known yet which events will precede a future version.
        if matches!(what, Saying::EndMarker | Saying::ManyBookmarks) {
            return false;
        }
        // Only before the end marker of a streaming list, the version of a bookmark has no meaning.
        let (after_events, on) = match what {
            Saying::FalseEndMarker => (0, Requests::verb("watch").containing("sendInitialEvents")),
            _ => (after_events, Requests::verb("watch")),
        };
        let Some(text) = self.words(what) else { return false };
        let fault = Fault::Say { text, after_events, then_end };
        self.server.inject(fault.times(times.min(100)).on(on));
        self.counts.one("saying", &format!("{what:?} on the next"));
        times > 0
    }

    fn words(&self, what: Saying) -> Option<String> {
        let present = self.server.resource_version();
        let event = |name: &str, object: &str| format!("{{\"type\":\"{name}\",\"object\":{object}}}\n");
        let bookmark = |version: &str, rest: &str| {
            event("BOOKMARK", &format!("{{\"kind\":\"X\",\"apiVersion\":\"v1\",\"metadata\":{{{version}{rest}}}}}"))
        };
        let error = |code, reason: &str, message: &str| {
            let mut line = Vec::new();
            write_event(&mut line, EventType::Error, &Status::new(code, reason, message).to_json());
            String::from_utf8_lossy(&line).into_owned()
        };
        // Without an order of versions, none is from the past. Nor can a bookmark have the store's version: the cache may
        // not have it yet, and its own next bookmark would then be older.
        let is_ordered = self.setup.versions.show_order();
        let needs_order = matches!(
            what,
            Saying::OldBookmark | Saying::Past | Saying::EndMarker | Saying::FalseEndMarker | Saying::ManyBookmarks
        );
        if needs_order && !is_ordered {
            return None;
        }
        // If versions are opaque strings, "0" is a valid one.
        let is_zero = matches!(what, Saying::ZeroBookmark | Saying::ZeroEndMarker);
        if is_zero && !self.setup.versions.prefix().is_empty() {
            return None;
        }
        Some(match what {
            Saying::Expired => error(410, "Expired", "too old resource version: 1 (2)"),
            Saying::Gone => error(410, "Gone", "gone"),
            Saying::Bare410 => error(410, "", ""),
            Saying::TooLarge => error(504, "Timeout", "Timeout: Too large resource version: 9, current: 5"),
            Saying::TooLargeByCause => {
                let mut status = Status::new(504, "Timeout", "not yet");
                let cause =
                    r#"{"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}]}"#;
                status.details = serde_json::from_str(cause).unwrap_or_default();
                event("ERROR", &String::from_utf8_lossy(&status.to_json()))
            }
            Saying::StorageError => error(500, "StorageReadError", "unable to transform key"),
            Saying::DeadlineExceeded => error(500, "InternalError", "context deadline exceeded"),
            Saying::Forbidden => error(403, "Forbidden", "not any more"),
            Saying::UnknownError => error(799, "Unheard", "of"),
            Saying::BareEndMarker => bookmark("", "\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}"),
            Saying::InternalError => error(500, "InternalError", "etcdserver: no leader"),
            Saying::TooMany => {
                let mut status = Status::new(429, "TooManyRequests", "later");
                status.details.retry_after_seconds = 2;
                event("ERROR", &String::from_utf8_lossy(&status.to_json()))
            }
            Saying::ErrorThenEvent => {
                let status = format!(
                    r#"{{"kind":"Status","apiVersion":"v1","metadata":{{"resourceVersion":"{present}"}},"status":"Failure","message":"too old","reason":"Expired","code":410}}"#
                );
                let ghost = format!(
                    r#"{{"metadata":{{"name":"ghost","namespace":"default","uid":"g","resourceVersion":"{}"}}}}"#,
                    present + 1
                );
                format!("{}{}", event("ERROR", &status), event("ADDED", &ghost))
            }
            Saying::Malformed => "{\"type\":\"ADDED\",\"object\":nonsense}\n".into(),
            Saying::NoVersion => event("ADDED", "{\"metadata\":{\"name\":\"a\",\"namespace\":\"default\"}}"),
            Saying::UnknownType => event("RENAMED", "{\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"5\"}}"),
            Saying::OldBookmark => bookmark(&format!("\"resourceVersion\":\"{}\"", self.setup.first_revision), ""),
            Saying::BareBookmark => bookmark("", "\"creationTimestamp\":null"),
            Saying::ZeroBookmark => bookmark("\"resourceVersion\":\"0\"", ""),
            Saying::LongBookmark => bookmark(&format!("\"resourceVersion\":\"{}\"", "7".repeat(5_000)), ""),
            Saying::ZeroEndMarker => {
                bookmark("\"resourceVersion\":\"0\"", ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}")
            }
            Saying::NoPreviousValue => error(500, "InternalError", "etcd event received with PrevKv=nil (key=\"a\")"),
            Saying::EndMarker => bookmark(
                &format!("\"resourceVersion\":\"{present}\""),
                ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}",
            ),
            Saying::FalseEndMarker => bookmark(
                &format!("\"resourceVersion\":\"{present}\""),
                ",\"annotations\":{\"k8s.io/initial-events-end\":\"false\"}",
            ),
            Saying::ManyBookmarks => bookmark(&format!("\"resourceVersion\":\"{present}\""), "").repeat(20),
            // On a server that repeats existing objects, no event is from the past.
            Saying::Past if self.setup.repeats_objects => return None,
            Saying::Past => {
                let is_past = |revision: u64| {
                    self.clients.iter().all(|client| {
                        let present = self.truth.present();
                        matches!(client.sequence.position(), Position::At { revision: delivered, timeline } if timeline == present && delivered > revision)
                    })
                };
                let changes = self.truth.after(self.truth.present(), 0);
                let past =
                    changes.iter().rev().skip(1).find(|change| change.after.is_some() && is_past(change.revision));
                event("MODIFIED", &past?.after.as_ref()?.to_string())
            }
            Saying::Again => {
                let last = self.truth.after(self.truth.present(), 0).last()?;
                // As the clients saw it, which isn't always as it happened: some servers say ADDED of what exists.
                let seen = self.clients.iter().map(|client| client.last_change);
                let (revision, name) = seen.reduce(|one, other| if one == other { one } else { None })??;
                if revision != last.revision {
                    return None;
                }
                event(name, &last.after.as_ref()?.to_string())
            }
            Saying::TooLong => {
                let largest = self.clients.iter().map(|client| client.setup.largest).min()?;
                if largest > 1 << 16 {
                    return None;
                }
                format!("{{\"type\":\"ADDED\",\"object\":{{\"padding\":\"{}", "x".repeat(largest + 4096))
            }
            Saying::Half => {
                "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"half\",\"resourceVersion\":\"12".into()
            }
        })
    }
}
