//! The answer to each request, in a form that is the same for both servers.

use serde_json::Value;
use watch_test::live::Answer;

use super::words::without_numbers;

/// Requests and answers, and the versions of the writes.
#[derive(Default)]
pub(super) struct Transcript {
    versions: Vec<u64>,
    answers: Vec<(String, String)>,
}

impl Transcript {
    /// Puts the version of the Nth write where `{N}` stands.
    pub(super) fn with_versions(&self, request: &str) -> String {
        let versions = self.versions.iter().enumerate();
        versions.fold(request.to_owned(), |request, (index, version)| {
            request.replace(&format!("{{{}}}", index + 1), &version.to_string())
        })
    }

    pub(super) fn answer(&mut self, request: &str, answer: &Answer) {
        let body = answer.json();
        if answer.status < 300 && body.get("items").is_none() {
            // In the order in which they were written. An answer that isn't news has a version from before.
            let version = version(&body).filter(|version| self.versions.last() < Some(version));
            self.versions.extend(version);
        }
        let answers = if request.contains("watch") && answer.status == 200 && body.get("items").is_none() {
            self.events(answer)
        } else {
            self.document(&body, answer)
        };
        let end = if answer.is_complete { "" } else { ", broken off" };
        let answers = format!("{} {} {answers}{end}", answer.status, answer.content_type);
        self.answers.push((request.to_owned(), answers));
    }

    pub(super) fn finish(self) -> Vec<(String, String)> {
        self.answers
    }

    fn events(&self, answer: &Answer) -> String {
        let text = String::from_utf8_lossy(&answer.body);
        let events = text.lines().filter_map(|line| {
            let event: Value = serde_json::from_str(line).unwrap_or_default();
            match event["type"].as_str() {
                // The clock that they come by ticks once a second or so: in one second, it is by chance.
                Some("BOOKMARK") if event.pointer("/object/metadata/annotations").is_none() => None,
                Some(kind) => Some(format!("{kind} {}", self.object(&event["object"]))),
                None => Some(self.object(&event)),
            }
        });
        events.collect::<Vec<_>>().join("; ")
    }

    fn document(&self, body: &Value, answer: &Answer) -> String {
        match body.get("items").and_then(Value::as_array) {
            Some(items) => {
                let items: Vec<_> = items.iter().map(|item| self.object(item)).collect();
                let metadata = &body["metadata"];
                let more = metadata.get("continue").map(|_| "more").unwrap_or_default();
                let remaining = metadata.get("remainingItemCount").map(Value::to_string).unwrap_or_default();
                format!("{} [{}] {more}{remaining}", self.object(body), items.join("; "))
            }
            None if body.is_object() => self.object(body),
            None => without_numbers(String::from_utf8_lossy(&answer.body).trim_end()),
        }
    }

    /// An object, a list's head, or a status.
    fn object(&self, object: &Value) -> String {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let kind = format!("{}/{}", text("/apiVersion"), text("/kind"));
        if text("/kind") == "Status" {
            let mut details = object["details"].clone();
            // Of an object that was deleted, only the kind of answer matters.
            if let Some(fields) = details.as_object_mut() {
                fields.remove("uid");
            }
            let (reason, code, status) = (text("/reason"), &object["code"], text("/status"));
            let message = without_numbers(text("/message"));
            return format!("{kind} {status} {code} {reason} \"{message}\" {}", without_numbers(&details.to_string()));
        }
        let rank = version(object).map_or_else(|| "?".into(), |version| self.rank(version).to_string());
        let labels = object.pointer("/metadata/labels").map(Value::to_string).unwrap_or_default();
        let annotations = object.pointer("/metadata/annotations").map(Value::to_string).unwrap_or_default();
        let data = object.get("data").map(Value::to_string).unwrap_or_default();
        format!("{kind} {}@{rank}{labels}{annotations}{data}", text("/metadata/name"))
    }

    /// How many of the writes are in a version.
    fn rank(&self, version: u64) -> usize {
        self.versions.iter().filter(|write| **write <= version).count()
    }
}

fn version(object: &Value) -> Option<u64> {
    object.pointer("/metadata/resourceVersion")?.as_str()?.parse().ok()
}
