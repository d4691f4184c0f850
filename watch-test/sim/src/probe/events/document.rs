//! Draws the body of a watch as JSON, and its expected outputs.

use bytes::Bytes;
use watch_core::{Limits, Skipped};
use watch_test::check::Rng;

use super::status::{self, ExpectedStatus};
use crate::probe::json::{Writer, depth};
use crate::probe::objects::{Drawn, shuffle};
use crate::probe::text;

#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) json: String,
    pub(super) limits: Limits,
    pub(super) expected: Vec<Expected>,
    /// The body ends within a document, which is truncated.
    pub(super) ends: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Expected {
    Event(&'static str, Drawn, Bytes),
    Bookmark(String),
    Skipped(Skipped),
    /// Nothing follows.
    Failed(Failure),
}

#[derive(Clone, Debug)]
pub(super) enum Failure {
    Malformed,
    Frame(Framing),
    Status(ExpectedStatus),
    /// The number of bytes of the incomplete document.
    Truncated(usize),
}

/// The end of the documents: after this, the bytes aren't documents.
#[derive(Clone, Debug)]
pub(super) enum Framing {
    TooLarge { at: u64 },
    TooDeep,
    TooLargeAndDeep { at: u64 },
    Unexpected { at: u64 },
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Skip {
    WithoutVersion,
    TooLong(usize),
}

impl Document {
    pub(super) fn drawn(rng: &mut Rng) -> Self {
        let writer = Writer::drawn(rng);
        let wrong = rng.pick(&[0, 0, 0, 4]);
        let mut limits = Limits::default();
        limits.nesting = rng.pick(&[5, 6, 16, 63, 64, 65, 128, 256, 511, 512]);
        if rng.one_in(4) {
            limits.object = rng.between(200, 600) as usize;
        }
        let (mut json, mut expected) = (String::new(), Vec::new());
        let mut version = rng.between(2, 1 << 40);
        for _ in 0..rng.below(6) {
            version += rng.skewed(1000);
            let (document, result) = one(rng, writer, version, wrong, &limits);
            json += &gap(rng, writer, !json.is_empty());
            let begins = json.len() as u64;
            json += &document;
            let is_large = document.len() > limits.object;
            let at = begins + limits.object as u64;
            let framing = match (is_large, depth(&document) > limits.nesting) {
                (true, true) => Some(Framing::TooLargeAndDeep { at }),
                (true, false) => Some(Framing::TooLarge { at }),
                (false, true) => Some(Framing::TooDeep),
                (false, false) => None,
            };
            let result = framing.map_or(result, |framing| Expected::Failed(Failure::Frame(framing)));
            let has_failed = matches!(result, Expected::Failed(_));
            expected.push(result);
            if has_failed {
                return Self { json, limits, expected, ends: false };
            }
        }
        json += &gap(rng, writer, !json.is_empty());
        let mut ends = false;
        match rng.below(8) {
            0 => {
                expected.push(Expected::Failed(Failure::Frame(Framing::Unexpected { at: json.len() as u64 })));
                json += rng.pick(&[
                    "[",
                    "]",
                    "}",
                    ",",
                    "\"a\"",
                    "null",
                    "\u{feff}{}",
                    "\u{1f}\u{8b}",
                    "<html>",
                    "data: {}",
                ]);
            }
            1 => {
                let begun = rng.pick(&["{", "{\"type\":\"ADDED\",\"object\":{", "{\"type\":\"BOOK", "{\"a\":[{\"\\"]);
                json += begun;
                expected.push(Expected::Failed(Failure::Truncated(begun.len())));
                ends = true;
            }
            _ => {}
        }
        Self { json, limits, expected, ends }
    }
}

/// Whether each document has a line of its own.
fn gap(rng: &mut Rng, writer: Writer, follows: bool) -> String {
    match rng.below(4) {
        0 => writer.gap(rng),
        1 => "\r\n".into(),
        2 if !follows => String::new(),
        _ => "\n".into(),
    }
}

/// Draws one document.
fn one(rng: &mut Rng, writer: Writer, version: u64, wrong: u64, limits: &Limits) -> (String, Expected) {
    let malformed = || Expected::Failed(Failure::Malformed);
    if rng.one_in(12) {
        let (json, expected) = status::drawn(rng, writer);
        if rng.one_in(3) {
            // A status without an envelope counts as an ERROR. A member `type` would make it one.
            return (json, expected.map_or_else(malformed, |status| Expected::Failed(Failure::Status(status))));
        }
        let members = envelope(rng, writer, "ERROR", json);
        let expected = expected.map_or_else(malformed, |status| Expected::Failed(Failure::Status(status)));
        return (writer.object(rng, &members), expected);
    }
    if rng.one_in(5) {
        let (json, expected) = bookmark(rng, writer, version);
        let members = envelope(rng, writer, "BOOKMARK", json);
        return (writer.object(rng, &members), expected);
    }
    let mut drawn = Drawn::new(rng, writer, &version.to_string(), wrong);
    let beside = rng.below(3) as usize;
    if rng.one_in(5) {
        drawn.deepen(rng, limits.nesting - 2 + beside);
    } else if limits.object < 1000 && rng.one_in(3) {
        drawn.lengthen((limits.object + beside).saturating_sub("{\"type\":\"ADDED\",\"object\":}".len() + 1));
    }
    let kind = rng.pick(&["ADDED", "MODIFIED", "DELETED"]);
    let mut members = envelope(rng, writer, kind, drawn.json.clone());
    let raw = Bytes::copy_from_slice(drawn.json.as_bytes());
    let mut expected = if drawn.is_valid { Expected::Event(kind, drawn, raw) } else { malformed() };
    if wrong > 0 && rng.one_in(4) {
        expected = malformed();
        match rng.below(5) {
            0 => members.retain(|(name, _)| name != "object"),
            1 => members.iter_mut().filter(|(name, _)| name == "object").for_each(|(_, json)| *json = "null".into()),
            2 => {
                let twice = rng.pick(&["type", "object"]);
                let again: Vec<_> = members.iter().filter(|(name, _)| name == twice).cloned().collect();
                members.extend(again);
            }
            3 => {
                let other = rng.pick(&["\"added\"", "\"\"", "\"SYNC\"", "1", "[]", "\"ADDED \""]);
                members.iter_mut().filter(|(name, _)| name == "type").for_each(|(_, json)| *json = other.into());
            }
            _ => members.retain(|(name, _)| name != "type"),
        }
    }
    (writer.object(rng, &members), expected)
}

fn envelope(rng: &mut Rng, writer: Writer, kind: &str, object: String) -> Vec<(String, String)> {
    let mut members = vec![("type".to_owned(), writer.string(rng, kind)), ("object".to_owned(), object)];
    for _ in 0..rng.below(5).saturating_sub(2) {
        members.push((rng.pick(&["Type", "kind", "objects", "", "metadata"]).into(), writer.value(rng, 2)));
    }
    shuffle(rng, &mut members);
    members
}

fn bookmark(rng: &mut Rng, writer: Writer, version: u64) -> (String, Expected) {
    let (json, expected) = match rng.below(12) {
        0 => (None, Expected::Skipped(Skip::WithoutVersion.what())),
        1 => (Some("null".into()), Expected::Skipped(Skip::WithoutVersion.what())),
        2 => (Some(rng.pick(&["\"\"", "\"0\""]).into()), Expected::Skipped(Skip::WithoutVersion.what())),
        3 => {
            let length = watch_core::LONGEST_RESOURCE_VERSION + 1 + rng.below(2) as usize;
            (Some(format!("\"{}\"", "9".repeat(length))), Expected::Skipped(Skip::TooLong(length).what()))
        }
        4 => (Some(rng.pick(&["7", "{}", "[]", "true"]).into()), Expected::Failed(Failure::Malformed)),
        _ => (Some(writer.string(rng, &version.to_string())), Expected::Bookmark(version.to_string())),
    };
    let mut members: Vec<(String, String)> =
        json.into_iter().map(|json| ("resourceVersion".to_owned(), json)).collect();
    if rng.one_in(2) {
        let annotations = match rng.below(4) {
            0 => "{\"k8s.io/initial-events-end\":\"true\"}".into(),
            1 => "{\"k8s.io/initial-events-end\":\"false\",\"a\":1}".into(),
            _ => writer.value(rng, 2),
        };
        members.push(("annotations".into(), annotations));
    }
    members.push(("creationTimestamp".into(), "null".into()));
    if rng.one_in(4) {
        members.push((text::plain(rng, 3), writer.value(rng, 2)));
    }
    shuffle(rng, &mut members);
    let metadata = writer.object(rng, &members);
    let mut members =
        vec![("metadata".to_owned(), metadata), ("kind".into(), rng.pick(&["\"Pod\"", "5", "null"]).into())];
    shuffle(rng, &mut members);
    (writer.object(rng, &members), expected)
}
