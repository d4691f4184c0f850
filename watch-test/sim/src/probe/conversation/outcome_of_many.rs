//! The outcome of a wait for several objects: mapped, and as a part of the transcript.

use std::convert::Infallible;

use watch_core::{LastKnownOfMany, Object, OutcomeOfMany, Output};

use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};
use crate::world::hashed;

/// Maps the objects to texts, and checks that nothing else changes, and that a failure is passed on.
pub(super) fn mapped(outcome: &OutcomeOfMany) -> Result<(), Violation> {
    let Ok(texts) = outcome.clone().try_map(|object| Ok::<_, Infallible>(object.to_string()));
    let same = |objects: &[Object], texts: &[String]| objects.iter().map(ToString::to_string).eq(texts.iter().cloned());
    let same_last = |last: &LastKnownOfMany, of: &LastKnownOfMany<String>| {
        same(&last.met, &of.met)
            && same(&last.unmet, &of.unmet)
            && (&last.absent, last.as_of, &last.trouble) == (&of.absent, of.as_of, &of.trouble)
    };
    let (is_right, count) = match (outcome, &texts) {
        (OutcomeOfMany::Met(objects), OutcomeOfMany::Met(texts)) => (same(objects, texts), objects.len()),
        (OutcomeOfMany::Undecodable(object), OutcomeOfMany::Undecodable(text)) => (object.to_string() == *text, 1),
        (OutcomeOfMany::DeadlineReached(last), OutcomeOfMany::DeadlineReached(of)) => {
            (same_last(last, of), last.met.len() + last.unmet.len())
        }
        (OutcomeOfMany::Ended { done, last }, OutcomeOfMany::Ended { done: other, last: of }) => {
            (done == other && same_last(last, of), last.met.len() + last.unmet.len())
        }
        _ => (false, 0),
    };
    let fails = outcome.clone().try_map(|_| Err::<(), _>(())).is_err();
    if is_right && fails == (count > 0) {
        return Ok(());
    }
    broken(Oracle::Reference, format!("{outcome:?} is mapped to {texts:?}, and fails: {fails}"))
}

/// Adds an outcome to the transcript.
pub(super) fn observe(transcript: &mut Transcript, outcome: Option<&OutcomeOfMany>) {
    let objects = |transcript: &mut Transcript, objects: &[Object]| {
        transcript.number(objects.len() as u64);
        objects.iter().for_each(|object| transcript.count(object.raw()));
    };
    let last = match outcome {
        None => return transcript.number(0),
        Some(OutcomeOfMany::Met(met)) => {
            transcript.number(1);
            return objects(transcript, met);
        }
        Some(OutcomeOfMany::Undecodable(object)) => {
            transcript.number(4);
            return transcript.count(object.raw());
        }
        Some(OutcomeOfMany::DeadlineReached(last)) => {
            transcript.number(2);
            last
        }
        Some(OutcomeOfMany::Ended { done, last }) => {
            transcript.number(3);
            hashed::output(transcript, core::time::Duration::ZERO, &Output::Done((**done).clone()));
            last
        }
        Some(_) => return transcript.number(999),
    };
    objects(transcript, &last.met);
    objects(transcript, &last.unmet);
    last.absent.iter().for_each(|name| transcript.count(name.as_bytes()));
    transcript.number(last.as_of.map_or(u64::MAX, |at| at.since_origin().as_nanos() as u64));
    if let Some(trouble) = &last.trouble {
        transcript.count(trouble.during.kind().as_bytes());
        transcript.count(trouble.cause.kind().as_bytes());
    }
}
