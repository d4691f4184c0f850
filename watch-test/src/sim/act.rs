//! What each step of a plan does. A step that has nothing to act upon does nothing, and says so.

use core::time::Duration;

use serde_json::{Value, json};
use watch_core::Input;
use watch_core::wire::{EventType, Status, write_event};

use super::plan::{Action, Saved, Saying, Watched};
use super::transcript::Who;
use super::violation::Violation;
use super::world::World;
use crate::model::{Access, Anonymous};

const NAMESPACES: [&str; 2] = ["default", "other"];

impl World {
    /// Does a step. Whether it did anything.
    pub(crate) fn act(&mut self, action: &Action) -> Result<bool, Violation> {
        for client in 0..self.clients.len() {
            // A watch that ended as it should begins again.
            if self.clients[client].done.is_some() {
                self.begin_process(client, Saved::Newest)?;
            }
        }
        let done = self.do_it(action)?;
        let (topic, now) = (if action.is_workload() { "step" } else { "fault" }, self.now);
        if done {
            self.counts.one(topic, action.name());
            let who = match action {
                Action::Cut { .. } | Action::Stall { .. } | Action::Unreachable { .. } => Who::Net,
                _ => Who::Server,
            };
            let revision = self.server.resource_version();
            self.transcript.line(now, who, || format!("{} (revision {revision})", describe(action)));
        }
        Ok(done)
    }

    fn do_it(&mut self, action: &Action) -> Result<bool, Violation> {
        let millis = Duration::from_millis;
        Ok(match action {
            Action::Wait => true,
            Action::Put { key, label, size } => self.put(*key, *label, *size),
            Action::Touch { key } => self.touch(*key),
            Action::Delete { key } => self.delete(*key),
            Action::Finalize { key } => self.finalize(*key),
            Action::Recreate { key } => self.delete(*key) && self.put(*key, 1, 0),
            Action::Burst { writes } => {
                for write in 0..(*writes).min(200) {
                    self.put((write % 7) as u8, (write % 3) as u8, 0);
                }
                *writes > 0
            }
            Action::Clear => {
                let keys: Vec<_> = self.truth.keys().cloned().collect();
                for key in &keys {
                    self.delete_named(key);
                }
                !keys.is_empty()
            }
            Action::Elsewhere { revisions } => {
                self.server.skip_revisions((*revisions).min(1_000_000));
                true
            }
            Action::Bookmarks => {
                self.server.send_bookmarks();
                self.server.open_watches() > 0
            }
            Action::Expire { keep } => {
                // The model's caches can't show what was compacted, so none may be behind.
                for replica in (0..4).filter(|_| self.lags) {
                    self.server.set_lagging(self.now, replica, false);
                }
                self.lags = false;
                self.server.expire_before(self.server.resource_version().saturating_sub(*keep));
                true
            }
            Action::EndWatches => {
                self.server.end_watches();
                self.server.open_watches() > 0
            }
            Action::Say { what, then_end } => self.say(*what, *then_end),
            Action::Restart { gap } => {
                self.server.restart((*gap).min(1_000_000));
                true
            }
            Action::Restore { back } => {
                let before = self.server.resource_version();
                self.server.restore(before.saturating_sub(*back).max(self.setup.first_revision + 2));
                self.truth.restore(self.server.resource_version());
                self.server.resource_version() < before
            }
            Action::Lag { replica, lags } => {
                self.server.set_lagging(self.now, *replica % 4, *lags);
                self.lags |= *lags;
                true
            }
            Action::Unready { lasts } => {
                self.server.set_unready_for(self.now, self.resource(), millis(*lasts));
                true
            }
            Action::Rule(rule) => {
                // One that applies for ever would leave nothing to be seen.
                let mut rule = rule.clone();
                rule.times = Some(rule.times.unwrap_or(100).min(100));
                self.server.inject(rule);
                true
            }
            Action::Access { status } => {
                let anonymous = match status {
                    401 => Anonymous::Unauthorized,
                    403 => Anonymous::Forbidden,
                    _ => Anonymous::Allowed,
                };
                self.server.set_access(Access { anonymous, ..Access::default() });
                true
            }
            Action::Cut { client, after, end } => {
                let now = self.now;
                let Some(number) = self.open_link(*client) else { return Ok(false) };
                let link = self.links.get_mut(&number);
                link.is_some_and(|link| {
                    link.due = Some(now);
                    link.cut_after(*after, *end)
                })
            }
            Action::Stall { client, lasts } => {
                let until = lasts.map_or(Duration::MAX, |lasts| self.now + millis(lasts));
                let Some(number) = self.open_link(*client) else { return Ok(false) };
                self.links.get_mut(&number).map(|link| link.stall(until)).is_some()
            }
            Action::Unreachable { client, times, how } => {
                let client = self.client(*client);
                self.clients[client].unreachable = (*times, *how);
                *times > 0
            }
            Action::Crash { client, from } => {
                let client = self.client(*client);
                self.begin_process(client, *from)?;
                true
            }
            Action::Stop { client } => {
                let client = self.client(*client);
                self.stop(client)?
            }
            Action::Relist { client } => {
                let client = self.client(*client);
                let can = self.clients[client].done.is_none() && self.clients[client].paused_until <= self.now;
                if can {
                    self.tell(client, Input::Relist)?;
                }
                can
            }
            Action::Pause { client, lasts, hands_in } => {
                let client = self.client(*client);
                self.clients[client].paused_until = self.now + millis(*lasts);
                self.clients[client].hands_in = *hands_in;
                true
            }
            Action::LateTimers { client, by } => {
                let client = self.client(*client);
                self.clients[client].late_timers = (3, millis(*by));
                true
            }
            Action::ClockBack { client, by } => {
                let client = self.client(*client);
                self.clients[client].clock_back = millis(*by);
                true
            }
            Action::Suspend { client, minutes } => {
                let client = self.client(*client);
                self.clients[client].paused_until = self.now + Duration::from_secs(60 * (*minutes).min(24 * 60));
                self.clients[client].hands_in = false;
                true
            }
        })
    }

    fn client(&self, client: u8) -> usize {
        usize::from(client) % self.clients.len().max(1)
    }

    fn open_link(&self, client: u8) -> Option<u64> {
        let number = self.clients[self.client(client)].link?;
        self.links.get(&number).filter(|link| !link.has_ended()).map(|_| number)
    }

    fn stop(&mut self, client: usize) -> Result<bool, Violation> {
        if self.clients[client].done.is_some() {
            return Ok(false);
        }
        self.clients[client].paused_until = Duration::ZERO;
        self.tell(client, Input::Stop)?;
        self.settle()?;
        if self.clients[client].done.is_none() {
            return super::oracle::sequence::broken(super::violation::Oracle::Silence, "it was stopped, and goes on");
        }
        // What is still under way must not wake it up.
        self.run_until(self.now + Duration::from_millis(self.setup.net.latency + 1))?;
        self.begin_process(client, Saved::Newest)?;
        Ok(true)
    }

    /// The process of a client ends without a word, and another begins.
    pub(crate) fn begin_process(&mut self, client: usize, from: Saved) -> Result<(), Violation> {
        if let Some(number) = self.clients[client].link {
            self.close(number);
            self.links.remove(&number);
        }
        self.clients[client].begin(from)
    }

    fn put(&mut self, key: u8, label: u8, size: u64) -> bool {
        self.writes += 1;
        let (namespace, name) = name_of(key);
        let mut object = self.content(namespace, &name, label, size);
        let path = format!("{namespace}/{name}");
        let written = match self.truth.object(&path) {
            None => self.server.create(self.now, self.resource(), Some(namespace), object),
            Some(present) => {
                if let Some(finalizers) = present.pointer("/metadata/finalizers") {
                    object["metadata"]["finalizers"] = finalizers.clone();
                }
                self.server.update(self.now, self.resource(), Some(namespace), object)
            }
        };
        self.record(&path, written, false)
    }

    fn content(&self, namespace: &str, name: &str, label: u8, size: u64) -> Value {
        let labels = match label % 3 {
            0 => json!({}),
            1 => json!({"app": "x"}),
            _ => json!({"app": "y"}),
        };
        let text = format!("№ {} \"quoted\" \\ {{}}[] é\n\u{1f980}", self.writes);
        let padding = "x".repeat(size.min(100_000) as usize);
        let metadata = json!({"name": name, "namespace": namespace, "labels": labels});
        match self.setup.resource {
            Watched::ConfigMaps => json!({"metadata": metadata, "data": {"text": text, "padding": padding}}),
            Watched::Widgets => {
                json!({"metadata": metadata, "spec": {"text": text, "padding": [padding, {"a": [1, 2]}]}})
            }
            Watched::Events => json!({"metadata": metadata, "involvedObject": {"name": name}, "message": text}),
        }
    }

    fn touch(&mut self, key: u8) -> bool {
        let (namespace, name) = name_of(key);
        let path = format!("{namespace}/{name}");
        let Some(present) = self.truth.object(&path).map(|object| Value::clone(object)) else { return false };
        let written = self.server.update(self.now, self.resource(), Some(namespace), present);
        self.record(&path, written, false);
        true
    }

    fn finalize(&mut self, key: u8) -> bool {
        let (namespace, name) = name_of(key);
        let path = format!("{namespace}/{name}");
        let Some(mut present) = self.truth.object(&path).map(|object| Value::clone(object)) else { return false };
        present["metadata"]["finalizers"] = json!(["example.com/wait"]);
        let written = self.server.update(self.now, self.resource(), Some(namespace), present);
        self.record(&path, written, false)
    }

    fn delete(&mut self, key: u8) -> bool {
        let (namespace, name) = name_of(key);
        self.delete_named(&format!("{namespace}/{name}"))
    }

    fn delete_named(&mut self, path: &str) -> bool {
        let Some(present) = self.truth.object(path).map(|object| Value::clone(object)) else { return false };
        let Some((namespace, name)) = path.split_once('/') else { return false };
        let is_kept = present.pointer("/metadata/finalizers").is_some();
        let is_marked = present.pointer("/metadata/deletionTimestamp").is_some();
        if is_kept && is_marked {
            let mut object = present;
            object["metadata"].as_object_mut().map(|metadata| metadata.remove("finalizers"));
            let written = self.server.update(self.now, self.resource(), Some(namespace), object);
            return self.record(path, written, true);
        }
        let written = self.server.delete(self.now, self.resource(), Some(namespace), name);
        self.record(path, written, !is_kept)
    }

    fn record(&mut self, path: &str, written: Result<Value, Status>, is_deletion: bool) -> bool {
        let Ok(value) = written else { return false };
        let version = value.pointer("/metadata/resourceVersion").and_then(Value::as_str);
        let Some(revision) = version.and_then(|version| version.parse().ok()) else { return false };
        self.truth.record(path, (!is_deletion).then_some(value), revision);
        true
    }

    fn say(&mut self, what: Saying, then_end: bool) -> bool {
        // Who says of a version that all before it was said must have heard of it.
        if self.lags && matches!(what, Saying::EndMarker | Saying::ManyBookmarks) {
            return false;
        }
        let Some(text) = self.words(what) else { return false };
        if self.server.open_watches() == 0 {
            return false;
        }
        // Where a line has no end, nothing can follow but the end.
        let is_broken = matches!(what, Saying::TooLong | Saying::Half);
        self.server.say(&text, then_end || is_broken && what == Saying::Half);
        self.counts.one("saying", &format!("{what:?}"));
        true
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
        Some(match what {
            Saying::Expired => error(410, "Expired", "too old resource version: 1 (2)"),
            Saying::Gone => error(410, "Gone", "gone"),
            Saying::Bare410 => error(410, "", ""),
            Saying::TooLarge => error(504, "Timeout", "Timeout: Too large resource version: 9, current: 5"),
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
            Saying::EndMarker => bookmark(
                &format!("\"resourceVersion\":\"{present}\""),
                ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}",
            ),
            Saying::ManyBookmarks => bookmark(&format!("\"resourceVersion\":\"{present}\""), "").repeat(20),
            Saying::Again => {
                let last = self.truth.after(self.truth.present(), 0).last()?;
                if self.clients.iter().any(|client| client.last_change != Some(last.revision)) {
                    return None;
                }
                event("MODIFIED", &last.after.as_ref()?.to_string())
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

fn name_of(key: u8) -> (&'static str, String) {
    (NAMESPACES[usize::from(key / 8) % 2], format!("k{}", key % 8))
}

fn describe(action: &Action) -> String {
    serde_json::to_string(action).unwrap_or_else(|_| action.name().to_owned())
}
