//! The recorded objects that the server sends: pods of 7.5 KB from a real kube-apiserver.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

const WATCH: &str = include_str!("../../../captures/pods-churn.body");

/// How objects are represented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Representation {
    /// Complete pods.
    Full,
    /// `PartialObjectMetadata`.
    Metadata,
}

/// An object, split at its version.
struct Template {
    kind: String,
    before: String,
    after: String,
}

/// The events of a recording, in one representation. They repeat endlessly, with rising versions.
pub struct Recording(Vec<Template>);

#[derive(Deserialize)]
struct Event<'a> {
    r#type: &'a str,
    #[serde(borrow)]
    object: &'a RawValue,
}

#[derive(Deserialize)]
struct Pod<'a> {
    #[serde(borrow)]
    metadata: &'a RawValue,
}

const VERSION: &str = r#""resourceVersion":""#;

impl Recording {
    /// Reads the recording.
    ///
    /// # Panics
    /// Panics if the recording isn't one of kube-apiserver's watches of pods.
    pub fn new(representation: Representation) -> Self {
        let events = WATCH.lines().map(|line| serde_json::from_str::<Event<'_>>(line).expect("an event"));
        Self(
            events
                .filter(|event| event.r#type != "BOOKMARK")
                .map(|event| Template::of(&event, representation))
                .collect(),
        )
    }

    /// Returns the event of this number as a frame of a watch. Its version is `version(number)`.
    pub fn frame(&self, number: u64) -> Bytes {
        let Template { kind, before, after } = &self.0[number as usize % self.0.len()];
        format!("{{\"type\":\"{kind}\",\"object\":{before}{}{after}}}\n", version(number)).into()
    }

    /// Returns the object of this number, with a name of its own.
    pub fn object(&self, number: u64) -> String {
        let Template { before, after, .. } = &self.0[number as usize % self.0.len()];
        let (begin, rest) = before.split_once(r#""name":""#).expect("a name");
        let (name, rest) = rest.split_once('"').expect("an end of the name");
        format!(r#"{begin}"name":"{name}-{number:06}"{rest}{}{after}"#, version(number))
    }
}

/// Returns the version of an event. All versions have the same length, and so have all frames of an object.
pub fn version(number: u64) -> u64 {
    1_000_000_000 + number
}

impl Template {
    fn of(event: &Event<'_>, representation: Representation) -> Self {
        let object = match representation {
            Representation::Full => event.object.get().to_owned(),
            Representation::Metadata => {
                let pod: Pod<'_> = serde_json::from_str(event.object.get()).expect("a pod");
                let metadata = pod.metadata.get();
                format!(r#"{{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{metadata}}}"#)
            }
        };
        let at = object.find(VERSION).expect("a version") + VERSION.len();
        let end = at + object[at..].find('"').expect("an end of the version");
        Self { kind: event.r#type.to_owned(), before: object[..at].to_owned(), after: object[end..].to_owned() }
    }
}
