//! Checks how the documents of a WATCH in any legal JSON are read. The result must not depend on how the body is cut.

mod document;
mod status;

use std::mem;

use watch_core::{Cause, Config, Event, Notice, Output, Resource, ResponseHead, Skipped, Start, Watcher, WireError};
use watch_core::{FrameError, FrameErrorKind};
use watch_test::check::Rng;

use self::document::{Document, Expected, Failure};
use super::objects::check_decode_error;
use super::rig::{Rig, is_result, pieces, same};
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};

pub(super) fn probe(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let document = Document::drawn(rng);
    let is_secrets = rng.one_in(4);
    let start: watch_core::ResourceVersion =
        "1".parse().or_else(|_| broken(Oracle::Reference, "the version 1 is refused"))?;
    let config = Config::builder(Resource::core("v1", if is_secrets { "secrets" } else { "pods" }))
        .start(Start::From(start))
        .limits(document.limits.clone())
        .build()
        .or_else(|error| broken(Oracle::Reference, format!("the limits of the probe are refused: {error}")))?;
    transcript.note(|| format!("{:?} {:?} {}", document.limits, document.expected, document.json));
    let outputs = read(rng, &config, &document, transcript)?;
    let again = read(rng, &config, &document, &mut Transcript::new(false))?;
    same(&outputs, &again)?;
    right(&document.expected, &outputs, is_secrets)
}

/// Hands the body in, in drawn pieces, with polls between them or not. Returns all outputs but waits.
fn read(
    rng: &mut Rng,
    config: &Config,
    document: &Document,
    transcript: &mut Transcript,
) -> Result<Vec<Output>, Violation> {
    let is_over = |outputs: &[Output]| {
        outputs.iter().any(|output| !matches!(output, Output::Event(_) | Output::Notice(Notice::Skipped { .. })))
    };
    let mut rig = Rig::new(Watcher::new(config.clone()));
    rig.poll(transcript)?;
    rig.head(ResponseHead::new(200).with_content_type("application/json"))?;
    let polls = rng.one_in(2);
    let mut outputs = Vec::new();
    for piece in pieces(rng, document.json.as_bytes()) {
        if is_over(&outputs) {
            break;
        }
        rig.body([piece])?;
        if polls {
            outputs.extend(rig.poll(&mut Transcript::new(false))?.into_iter().filter(is_result));
        }
    }
    if document.ends && !is_over(&outputs) {
        rig.end()?;
    }
    outputs.extend(rig.poll(&mut Transcript::new(false))?.into_iter().filter(is_result));
    outputs.iter().for_each(|output| crate::world::hashed::output(transcript, rig.now, output));
    Ok(outputs)
}

fn right(expected: &[Expected], outputs: &[Output], is_secrets: bool) -> Result<(), Violation> {
    let mut outputs = outputs.iter();
    let mut skipped = Vec::new();
    for expected in expected {
        let is_right = match expected {
            // Each kind is reported once per watch.
            Expected::Skipped(what) if skipped.contains(&mem::discriminant(what)) => true,
            Expected::Skipped(what) => {
                skipped.push(mem::discriminant(what));
                matches!(outputs.next(), Some(Output::Notice(Notice::Skipped { what: found })) if found == what)
            }
            Expected::Event(kind, drawn, raw) => {
                let (found, object) = match outputs.next() {
                    Some(Output::Event(Event::Added(object))) => ("ADDED", object),
                    Some(Output::Event(Event::Modified(object))) => ("MODIFIED", object),
                    Some(Output::Event(Event::Deleted(object))) => ("DELETED", object),
                    other => return differ(expected, other),
                };
                drawn.is_read_as(object)?;
                if drawn.is_simple {
                    check_decode_error(object, is_secrets || object.kind() == Some("Secret"))?;
                }
                let types = (object.kind(), object.api_version());
                found == *kind && object.raw() == raw && types == (drawn.kind.as_deref(), drawn.api_version.as_deref())
            }
            Expected::Bookmark(version) => {
                matches!(outputs.next(), Some(Output::Event(Event::Bookmark { resource_version })) if resource_version.text() == version.as_str())
            }
            Expected::Failed(failure) => failed(failure, outputs.next()),
        };
        if !is_right {
            return differ(expected, outputs.next());
        }
    }
    let has_failed = matches!(expected.last(), Some(Expected::Failed(_)));
    match outputs.find(|output| matches!(output, Output::Event(_))) {
        Some(extra) => broken(Oracle::Unreadable, format!("after {:?} comes {extra:?}", expected.last())),
        None if !has_failed && outputs.next().is_some() => broken(Oracle::Reference, "a watch without an error ended"),
        None => Ok(()),
    }
}

fn differ<T>(expected: &Expected, found: Option<&Output>) -> Result<T, Violation> {
    broken(Oracle::Reference, format!("expected {expected:?}, but it or what follows is {found:?}"))
}

fn failed(failure: &Failure, output: Option<&Output>) -> bool {
    let trouble = match output {
        Some(Output::Notice(
            Notice::Retrying { trouble, .. } | Notice::NeedsAttention { trouble, .. } | Notice::FellBack { trouble },
        )) => trouble,
        // An expired version may lead to a list at once, which is reported when it is complete.
        output => {
            return matches!((failure, output), (Failure::Status(status), Some(Output::Send(_))) if status.is_expired);
        }
    };
    match (failure, &trouble.cause) {
        (Failure::Malformed, Cause::Unreadable(WireError::Malformed(_))) => true,
        (Failure::Frame(expected), Cause::Unreadable(WireError::Frame(found))) => expected.is(found),
        (Failure::Status(expected), Cause::Status(found)) => expected.is(found),
        (Failure::Truncated(expected), Cause::Truncated { bytes }) => expected == bytes,
        _ => false,
    }
}

impl document::Framing {
    fn is(&self, found: &FrameError) -> bool {
        match (self, found.kind) {
            (Self::TooLarge { at }, FrameErrorKind::TooLarge { .. })
            | (Self::Unexpected { at }, FrameErrorKind::Unexpected { .. }) => found.offset == *at,
            (Self::TooDeep, FrameErrorKind::TooDeep) => true,
            // A document with both problems is refused for the first one.
            (Self::TooLargeAndDeep { at }, FrameErrorKind::TooLarge { .. }) => found.offset == *at,
            (Self::TooLargeAndDeep { at }, FrameErrorKind::TooDeep) => found.offset <= *at,
            _ => false,
        }
    }
}

impl document::Skip {
    fn what(self) -> Skipped {
        match self {
            Self::WithoutVersion => Skipped::BookmarkWithoutVersion,
            Self::TooLong(bytes) => Skipped::BookmarkVersionTooLong { bytes },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watch_that_results_in_something_else_is_found() {
        let bookmark = Output::Event(Event::Bookmark { resource_version: "7".parse().unwrap() });
        assert_eq!(right(&[Expected::Bookmark("7".into())], std::slice::from_ref(&bookmark), false), Ok(()));
        assert!(right(&[Expected::Bookmark("8".into())], std::slice::from_ref(&bookmark), false).is_err());
        assert!(right(&[], std::slice::from_ref(&bookmark), false).is_err());
        assert!(right(&[Expected::Failed(Failure::Malformed)], std::slice::from_ref(&bookmark), false).is_err());
        assert!(right(&[Expected::Skipped(Skipped::BookmarkWithoutVersion)], &[], false).is_err());
        let framing = document::Framing::Unexpected { at: 5 };
        let kind = FrameErrorKind::Unexpected { byte: b'x', wanted: "" };
        let mut frames = watch_core::wire::Frames::new(64, 4);
        frames.push("x".into());
        let mut error = frames.next().unwrap_err();
        assert_eq!(std::mem::discriminant(&error.kind), std::mem::discriminant(&kind));
        assert!(!framing.is(&error));
        error.offset = 5;
        assert!(framing.is(&error));
    }
}
