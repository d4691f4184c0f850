//! Sends injected lines on watches, byte for byte.

use watch_core::wire::{EventType, Status, write_event};
use watch_test::check::Position;
use watch_test::fault::{Fault, Requests};

use crate::plan::InjectedLine;
use crate::world::World;

impl World {
    pub(super) fn say(&mut self, what: InjectedLine, then_end: bool) -> bool {
        // The caches of a server that lags don't have all events up to the present version, so the line would be false.
        if self.lags
            && matches!(what, InjectedLine::EndMarker | InjectedLine::FalseEndMarker | InjectedLine::ManyBookmarks)
        {
            return false;
        }
        let Some(text) = self.line(what) else { return false };
        if self.server.open_watches() == 0 {
            return false;
        }
        // After a line without an end, only the end of the body can follow.
        let is_broken = matches!(what, InjectedLine::TooLong | InjectedLine::Half);
        self.server.say(&text, then_end || is_broken && what == InjectedLine::Half);
        self.counts.one("injected line", &format!("{what:?}"));
        true
    }

    /// Sends a line on later watches.
    pub(super) fn say_next(&mut self, what: InjectedLine, after_events: u64, then_end: bool, times: u64) -> bool {
        // It isn't known yet which events will precede the line, so no version is correct in it.
        if matches!(what, InjectedLine::EndMarker | InjectedLine::ManyBookmarks) {
            return false;
        }
        // Only before the end marker of a streaming list, the version of a bookmark has no meaning.
        let (after_events, on) = match what {
            InjectedLine::FalseEndMarker => (0, Requests::verb("watch").containing("sendInitialEvents")),
            _ => (after_events, Requests::verb("watch")),
        };
        let Some(text) = self.line(what) else { return false };
        let fault = Fault::Say { text, after_events, then_end };
        self.server.inject(fault.times(times.min(100)).on(on));
        self.counts.one("injected line", &format!("{what:?} on the next"));
        times > 0
    }

    fn line(&self, what: InjectedLine) -> Option<String> {
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
        // If versions have no order, no version is older than another. A bookmark can't have the store's version
        // either: the cache may not have it yet, and then its own next bookmark would be older.
        let is_ordered = self.setup.versions.show_order();
        let needs_order = matches!(
            what,
            InjectedLine::OldBookmark
                | InjectedLine::Past
                | InjectedLine::EndMarker
                | InjectedLine::FalseEndMarker
                | InjectedLine::ManyBookmarks
        );
        if needs_order && !is_ordered {
            return None;
        }
        // If versions are opaque strings, "0" is a valid version.
        let is_zero = matches!(what, InjectedLine::ZeroBookmark | InjectedLine::ZeroEndMarker);
        if is_zero && !self.setup.versions.prefix().is_empty() {
            return None;
        }
        Some(match what {
            InjectedLine::Expired => error(410, "Expired", "too old resource version: 1 (2)"),
            InjectedLine::Gone => error(410, "Gone", "gone"),
            InjectedLine::Bare410 => error(410, "", ""),
            InjectedLine::TooLarge => error(504, "Timeout", "Timeout: Too large resource version: 9, current: 5"),
            InjectedLine::TooLargeByCause => {
                let mut status = Status::new(504, "Timeout", "not yet");
                let cause =
                    r#"{"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}]}"#;
                status.details = serde_json::from_str(cause).unwrap_or_default();
                event("ERROR", &String::from_utf8_lossy(&status.to_json()))
            }
            InjectedLine::StorageError => error(500, "StorageReadError", "unable to transform key"),
            InjectedLine::DeadlineExceeded => error(500, "InternalError", "context deadline exceeded"),
            InjectedLine::Forbidden => error(403, "Forbidden", "not any more"),
            InjectedLine::UnknownError => error(799, "Unheard", "of"),
            InjectedLine::BareEndMarker => bookmark("", "\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}"),
            InjectedLine::InternalError => error(500, "InternalError", "etcdserver: no leader"),
            InjectedLine::TooMany => {
                let mut status = Status::new(429, "TooManyRequests", "later");
                status.details.retry_after_seconds = 2;
                event("ERROR", &String::from_utf8_lossy(&status.to_json()))
            }
            InjectedLine::ErrorThenEvent => {
                let status = format!(
                    r#"{{"kind":"Status","apiVersion":"v1","metadata":{{"resourceVersion":"{present}"}},"status":"Failure","message":"too old","reason":"Expired","code":410}}"#
                );
                let ghost = format!(
                    r#"{{"metadata":{{"name":"ghost","namespace":"default","uid":"g","resourceVersion":"{}"}}}}"#,
                    present + 1
                );
                format!("{}{}", event("ERROR", &status), event("ADDED", &ghost))
            }
            InjectedLine::Malformed => "{\"type\":\"ADDED\",\"object\":nonsense}\n".into(),
            InjectedLine::NoVersion => event("ADDED", "{\"metadata\":{\"name\":\"a\",\"namespace\":\"default\"}}"),
            InjectedLine::UnknownType => event("RENAMED", "{\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"5\"}}"),
            InjectedLine::OldBookmark => {
                bookmark(&format!("\"resourceVersion\":\"{}\"", self.setup.first_revision), "")
            }
            InjectedLine::BareBookmark => bookmark("", "\"creationTimestamp\":null"),
            InjectedLine::ZeroBookmark => bookmark("\"resourceVersion\":\"0\"", ""),
            InjectedLine::LongBookmark => bookmark(&format!("\"resourceVersion\":\"{}\"", "7".repeat(5_000)), ""),
            InjectedLine::ZeroEndMarker => {
                bookmark("\"resourceVersion\":\"0\"", ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}")
            }
            InjectedLine::NoPreviousValue => {
                error(500, "InternalError", "etcd event received with PrevKv=nil (key=\"a\")")
            }
            InjectedLine::EndMarker => bookmark(
                &format!("\"resourceVersion\":\"{present}\""),
                ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}",
            ),
            InjectedLine::FalseEndMarker => bookmark(
                &format!("\"resourceVersion\":\"{present}\""),
                ",\"annotations\":{\"k8s.io/initial-events-end\":\"false\"}",
            ),
            InjectedLine::ManyBookmarks => bookmark(&format!("\"resourceVersion\":\"{present}\""), "").repeat(20),
            // On a server that repeats existing objects, no event is from the past.
            InjectedLine::Past if self.setup.repeats_objects => return None,
            InjectedLine::Past => {
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
            InjectedLine::Again => {
                let last = self.truth.after(self.truth.present(), 0).last()?;
                // The event has the type that the clients received. Some servers send ADDED for a change of an existing
                // object.
                let seen = self.clients.iter().map(|client| client.last_change);
                let (revision, name) = seen.reduce(|one, other| if one == other { one } else { None })??;
                if revision != last.revision {
                    return None;
                }
                event(name, &last.after.as_ref()?.to_string())
            }
            InjectedLine::TooLong => {
                let largest = self.clients.iter().map(|client| client.setup.largest).min()?;
                if largest > 1 << 16 {
                    return None;
                }
                format!("{{\"type\":\"ADDED\",\"object\":{{\"padding\":\"{}", "x".repeat(largest + 4096))
            }
            InjectedLine::Half => {
                "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"half\",\"resourceVersion\":\"12".into()
            }
        })
    }
}
