//! The outcome of a wait for one object: mapped, and as a part of the transcript.

use std::convert::Infallible;

use watch_core::{LastKnown, Object, ObjectState, Outcome, Output};

use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};
use crate::world::hashed;

/// Maps the object to a text, and checks that nothing else changes, and that a failure is passed on.
pub(super) fn mapped(outcome: &Outcome) -> Result<(), Violation> {
    let Ok(text) = outcome.clone().try_map(|object| Ok::<_, Infallible>(object.to_string()));
    let text_of = |object: Option<&Object>| object.map(ToString::to_string);
    let state = |state: &ObjectState, text: &ObjectState<String>| {
        text_of(state.object()) == text.object().cloned()
            && matches!(state, ObjectState::Unknown) == matches!(text, ObjectState::Unknown)
    };
    let same = |last: &LastKnown, of: &LastKnown<String>| {
        state(&last.state, &of.state) && (last.as_of, &last.trouble) == (of.as_of, &of.trouble)
    };
    let (is_right, has_object) = match (outcome, &text) {
        (Outcome::Met(object), Outcome::Met(text)) => (text_of(object.as_ref()) == *text, object.is_some()),
        (Outcome::Undecodable(object), Outcome::Undecodable(text)) => (object.to_string() == *text, true),
        (Outcome::DeadlineReached(last), Outcome::DeadlineReached(of)) => {
            (same(last, of), last.state.object().is_some())
        }
        (Outcome::Ended { done, last }, Outcome::Ended { done: other, last: of }) => {
            (done == other && same(last, of), last.state.object().is_some())
        }
        _ => (false, false),
    };
    let fails = outcome.clone().try_map(|_| Err::<(), _>(())).is_err();
    if is_right && fails == has_object {
        return Ok(());
    }
    broken(Oracle::Reference, format!("{outcome:?} is mapped to {text:?}, and fails: {fails}"))
}

/// Adds an outcome to the transcript.
pub(super) fn observe(transcript: &mut Transcript, outcome: Option<&Outcome>) {
    let last = match outcome {
        None => return transcript.number(0),
        Some(Outcome::Met(object)) => {
            transcript.number(1);
            return transcript.count(object.as_ref().map_or(&[], |object| object.raw()));
        }
        Some(Outcome::Undecodable(object)) => {
            transcript.number(4);
            return transcript.count(object.raw());
        }
        Some(Outcome::DeadlineReached(last)) => {
            transcript.number(2);
            last
        }
        Some(Outcome::Ended { done, last }) => {
            transcript.number(3);
            hashed::output(transcript, core::time::Duration::ZERO, &Output::Done((**done).clone()));
            last
        }
        Some(_) => return transcript.number(999),
    };
    match &last.state {
        ObjectState::Unknown => transcript.number(1),
        ObjectState::Absent => transcript.number(2),
        ObjectState::Present(object) => transcript.count(object.raw()),
        _ => transcript.number(999),
    }
    transcript.number(last.as_of.map_or(u64::MAX, |at| at.since_origin().as_nanos() as u64));
    transcript.number(u64::from(last.is_known()));
    if let Some(trouble) = &last.trouble {
        transcript.count(trouble.during.kind().as_bytes());
        transcript.count(trouble.cause.kind().as_bytes());
        transcript.number(u64::from(trouble.cause.http_status().unwrap_or_default()));
    }
}
