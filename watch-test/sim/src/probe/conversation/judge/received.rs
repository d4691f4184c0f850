//! The body of the open exchange, read only where a judge needs the event that the machine didn't emit.

use bytes::Bytes;
use serde_json::Value;
use watch_core::{Event, Object, Output};

/// The bytes of the open exchange, and how many of its objects were emitted.
#[derive(Clone, Debug, Default)]
pub(super) struct Received {
    pieces: Vec<Bytes>,
    emitted: usize,
}

/// A change of an object: the type of the event, and what identifies the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) kind: String,
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) uid: String,
    pub(super) version: String,
}

impl Received {
    pub(super) fn body(&mut self, bytes: &Bytes) {
        self.pieces.push(bytes.clone());
    }

    pub(super) fn output(&mut self, output: &Output) {
        match output {
            Output::Send(_) => *self = Self::default(),
            Output::Event(event) => self.emitted += usize::from(object(event).is_some()),
            _ => {}
        }
    }

    /// Returns the first change of the open watch that wasn't emitted, if every earlier one was.
    pub(super) fn next_change(&self) -> Option<Change> {
        let body = self.pieces.concat();
        let documents = serde_json::Deserializer::from_slice(&body).into_iter::<Value>().map_while(Result::ok);
        let mut changes = documents.filter(|document| document["type"] != "BOOKMARK");
        let next = changes.nth(self.emitted)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let metadata = &next["object"]["metadata"];
        Some(Change {
            kind: text(&next["type"]),
            namespace: text(&metadata["namespace"]),
            name: text(&metadata["name"]),
            uid: text(&metadata["uid"]),
            version: text(&metadata["resourceVersion"]),
        })
    }

    /// Returns whether the end marker of a streaming list arrived completely, with a version of any kind.
    pub(super) fn has_end_marker(&self) -> bool {
        let body = self.pieces.concat();
        let documents = serde_json::Deserializer::from_slice(&body).into_iter::<Value>().map_while(Result::ok);
        let mut bookmarks = documents.filter(|document| document["type"] == "BOOKMARK");
        bookmarks.any(|document| {
            let metadata = &document["object"]["metadata"];
            metadata["annotations"]["k8s.io/initial-events-end"] == "true"
                && metadata["resourceVersion"].as_str().is_some_and(|version| !version.is_empty())
        })
    }

    /// Returns the continue token in the body of a list.
    pub(super) fn token(&self) -> Option<String> {
        let list: Value = serde_json::from_slice(&self.pieces.concat()).ok()?;
        list["metadata"]["continue"].as_str().map(str::to_owned)
    }
}

impl Change {
    /// Returns the change that an event reports.
    pub(super) fn of(event: &Event) -> Option<Self> {
        let (kind, object) = match event {
            Event::Added(object) => ("ADDED", object),
            Event::Modified(object) => ("MODIFIED", object),
            Event::Deleted(object) => ("DELETED", object),
            _ => return None,
        };
        Some(Self {
            kind: kind.into(),
            namespace: object.namespace().unwrap_or_default().into(),
            name: object.name().into(),
            uid: object.uid().unwrap_or_default().into(),
            version: object.resource_version().text().into_owned(),
        })
    }
}

pub(super) const fn object(event: &Event) -> Option<&Object> {
    match event {
        Event::Initial(object) | Event::Added(object) | Event::Modified(object) | Event::Deleted(object) => {
            Some(object)
        }
        Event::InitialBegin { .. } | Event::InitialEnd { .. } | Event::Bookmark { .. } => None,
    }
}
