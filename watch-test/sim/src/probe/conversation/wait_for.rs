//! A wait for one object, in conversation with a drawn server.
//!
//! The reference follows the events by the documentation of `WaitFor`: what is known of the object, what the predicate is
//! asked, and so how the wait ends.

use std::cell::RefCell;
use std::rc::Rc;

use watch_core::{Event, Input, LastKnown, Object, ObjectState, Outcome, Output, WaitFor};
use watch_test::check::Rng;

use super::drive::{Stepped, Talk};
use super::server::Server;
use super::setup::{Purpose, Setup};
use super::versions::Versions;
use crate::probe::conversation::asked::{Asked, Class};
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};
use crate::world::hashed;

/// What a predicate holds for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Wish {
    Present,
    Absent,
    /// An object of at least this many versions: the that many-th that is seen.
    Nth(usize),
    /// The object or its successor has another uid than the first that was seen.
    Replaced,
    Never,
}

/// The arguments of the predicate, in order.
type Asks = Rc<RefCell<Vec<Option<Object>>>>;

pub(in crate::probe) fn probe(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let versions = Versions::draw(rng);
    let setup = Setup::draw(rng, &versions, Purpose::WaitFor)?;
    let names = rng.pick(&[1, 1, 1, 2]);
    let server = Server::draw(rng, versions, names);
    let wish = rng.pick(&[Wish::Present, Wish::Absent, Wish::Nth(3), Wish::Nth(6), Wish::Replaced, Wish::Never]);
    let asks = Asks::default();
    let predicate = {
        let (asks, wish) = (asks.clone(), wish.clone());
        move |object: Option<&Object>| {
            asks.borrow_mut().push(object.cloned());
            holds(&wish, &asks.borrow())
        }
    };
    let machine = WaitFor::new(setup.config.clone(), predicate);
    let machine = machine.or_else(|error| broken(Oracle::Misuse, format!("the drawn wait is refused: {error}")))?;
    let mut talk = Talk::new(machine, rng, &setup, server, transcript);
    let mut reference = Reference { wish, ..Reference::default() };
    talk.drain()?;
    for _ in 0..rng.between(10, 140) {
        if talk.meddles() {
            match talk.rng.below(16) {
                0 => talk.handle(Input::Stop)?,
                1..=4 => talk.handle(Input::Relist)?,
                5..=9 => talk.hand_in_stale()?,
                _ => talk.misuse()?,
            }
            talk.drain()?;
        }
        if talk.done.is_some() || talk.step()? == Stepped::Ended {
            break;
        }
    }
    if talk.done.is_none() {
        talk.handle(Input::Stop)?;
        talk.drain()?;
    }
    let (machine, outputs) = (&talk.machine, core::mem::take(&mut talk.outputs));
    outputs.iter().for_each(|output| reference.follow(output));
    reference.asked(&asks.borrow())?;
    reference.ended(machine.outcome(), machine.state())?;
    let outcome = machine.outcome().cloned();
    observe(talk.transcript, outcome.as_ref());
    Ok(())
}

fn holds(wish: &Wish, asks: &[Option<Object>]) -> bool {
    let last = asks.last().and_then(Option::as_ref);
    match wish {
        Wish::Present => last.is_some(),
        Wish::Absent => last.is_none(),
        Wish::Nth(nth) => last.is_some() && asks.len() >= *nth,
        Wish::Replaced => {
            let first = asks.iter().flatten().next().and_then(Object::uid);
            last.is_some_and(|last| last.uid() != first)
        }
        Wish::Never => false,
    }
}

/// What is known of the object.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Known {
    Unknown,
    Absent,
    Present(Object),
}

#[derive(Debug)]
struct Reference {
    wish: Wish,
    known: Known,
    /// The object of the list that is under way.
    listed: Option<Option<Object>>,
    /// What the predicate must have been asked.
    asks: Vec<Option<Object>>,
    is_met: bool,
}

impl Default for Reference {
    fn default() -> Self {
        Self { wish: Wish::Never, known: Known::Unknown, listed: None, asks: Vec::new(), is_met: false }
    }
}

impl Reference {
    fn follow(&mut self, output: &Output) {
        match output {
            // A watch that isn't a list follows a list that wasn't completed: that list is void.
            Output::Send(request) if matches!(Asked::read(request).class, Class::Watch | Class::Unversioned) => {
                self.listed = None;
            }
            Output::Event(event) => self.event(event),
            _ => {}
        }
    }

    fn event(&mut self, event: &Event) {
        match event {
            Event::InitialBegin { .. } => {
                self.listed = Some(None);
                return;
            }
            Event::Initial(object) => {
                self.listed = Some(Some(object.clone()));
                return;
            }
            Event::InitialEnd { .. } => {
                self.known = self.listed.take().flatten().map_or(Known::Absent, Known::Present);
            }
            Event::Bookmark { .. } => return,
            Event::Added(object) | Event::Modified(object) => self.known = Known::Present(object.clone()),
            Event::Deleted(object) => match (&mut self.listed, &self.known) {
                // Before the end of a list, it is the listed one that is deleted, unless that is its successor.
                (Some(listed), _) => {
                    if listed.as_ref().is_some_and(|listed| listed.uid() == object.uid()) {
                        *listed = None;
                    }
                    return;
                }
                (None, Known::Present(present)) if present.uid() != object.uid() => return,
                _ => self.known = Known::Absent,
            },
        }
        if self.is_met {
            return;
        }
        self.asks.push(match &self.known {
            Known::Present(object) => Some(object.clone()),
            _ => None,
        });
        self.is_met = holds(&self.wish, &self.asks);
    }

    fn asked(&self, found: &[Option<Object>]) -> Result<(), Violation> {
        if found == self.asks {
            return Ok(());
        }
        let at = found.iter().zip(&self.asks).position(|(found, expected)| found != expected);
        let message =
            format!("question {at:?} of {} to the predicate isn't the right one of {}", found.len(), self.asks.len());
        broken(Oracle::Reference, message)
    }

    fn ended(&self, outcome: Option<&Outcome>, state: &ObjectState) -> Result<(), Violation> {
        let expected = match &self.known {
            Known::Unknown => ObjectState::Unknown,
            Known::Absent => ObjectState::Absent,
            Known::Present(object) => ObjectState::Present(object.clone()),
        };
        let broken = |what: &str| broken(Oracle::Reference, format!("{outcome:?}: {what}"));
        if *state != expected {
            return broken(&format!("the state is {state:?}, but the events say {expected:?}"));
        }
        let last: Option<&LastKnown> = match outcome {
            None => return broken("it ended without an outcome"),
            Some(Outcome::Met(object)) => {
                if !self.is_met || object.as_ref() != self.asks.last().and_then(Option::as_ref) {
                    return broken("the predicate doesn't hold for that");
                }
                None
            }
            Some(Outcome::DeadlineReached(last) | Outcome::Ended { last, .. }) => Some(last),
            Some(_) => None,
        };
        let Some(last) = last else { return Ok(()) };
        if self.is_met {
            return broken("the predicate holds");
        }
        if last.state != expected || last.is_known() != (expected != ObjectState::Unknown && last.trouble.is_none()) {
            return broken("that isn't what was last known");
        }
        if expected != ObjectState::Unknown && last.as_of.is_none() {
            return broken("the time of what is known is missing");
        }
        Ok(())
    }
}

fn observe(transcript: &mut Transcript, outcome: Option<&Outcome>) {
    let last = match outcome {
        None => return transcript.number(0),
        Some(Outcome::Met(object)) => {
            transcript.number(1);
            return transcript.count(object.as_ref().map_or(&[], |object| object.raw()));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn object(version: &str, uid: &str) -> Object {
        let json = format!(r#"{{"metadata":{{"name":"a","uid":"{uid}","resourceVersion":"{version}"}}}}"#);
        Object::parse(json.into()).unwrap()
    }

    fn following(wish: Wish, events: Vec<Event>) -> Reference {
        let mut reference = Reference { wish, ..Reference::default() };
        events.into_iter().for_each(|event| reference.follow(&Output::Event(event)));
        reference
    }

    fn list(objects: Vec<Object>) -> Vec<Event> {
        let end = Event::InitialEnd { resource_version: "9".parse().unwrap() };
        let begin = Event::InitialBegin { cause: watch_core::InitialCause::First };
        [begin].into_iter().chain(objects.into_iter().map(Event::Initial)).chain([end]).collect()
    }

    #[test]
    fn a_wait_that_asks_ends_or_knows_otherwise_is_found() {
        let present = object("5", "x");
        let mut events = list(vec![present.clone()]);
        // Its predecessor was deleted, not the object.
        events.push(Event::Deleted(object("4", "w")));
        let reference = following(Wish::Never, events);
        assert_eq!(reference.asked(&[Some(present.clone())]), Ok(()));
        assert!(reference.asked(&[]).is_err());
        assert!(reference.asked(&[None]).is_err());
        let state = ObjectState::Present(present.clone());
        assert!(reference.ended(Some(&Outcome::Met(Some(present.clone()))), &state).is_err());
        assert!(reference.ended(None, &state).is_err());
        assert!(reference.ended(Some(&Outcome::Met(None)), &ObjectState::Absent).is_err());
        let met = following(Wish::Present, list(vec![present.clone()]));
        assert_eq!(met.ended(Some(&Outcome::Met(Some(present))), &state), Ok(()));
        assert!(met.ended(Some(&Outcome::Met(None)), &state).is_err());
    }

    #[test]
    fn absence_is_known_after_a_complete_list_only() {
        let mut events = list(Vec::new());
        let end = events.pop();
        assert_eq!(following(Wish::Absent, events.clone()).asks, []);
        events.extend(end);
        assert_eq!(following(Wish::Absent, events).asks, [None]);
    }
}
