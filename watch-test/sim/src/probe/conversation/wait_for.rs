//! A wait for one object, in conversation with the random server.
//!
//! The reference follows the events by the documentation of `WaitFor`. It determines the known state of the object, the
//! calls of the predicate, and the outcome of the wait. An object that can't be decoded ends the wait.

use std::cell::RefCell;
use std::rc::Rc;

use watch_core::{Event, Input, Instant, LastKnown, Object, ObjectState, Outcome, Output, WaitFor};
use watch_test::check::Rng;

use super::decoding::Decoding;
use super::drive::{Conversation, Stepped};
use super::outcome::{mapped, observe};
use super::server::Server;
use super::setup::{Purpose, Setup};
use super::versions::Versions;
use crate::probe::conversation::asked::{Asked, Class};
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};

/// The condition of a predicate.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Condition {
    Present,
    Absent,
    /// The object is present, and this is at least the n-th call.
    Nth(usize),
    /// The object has another uid than in the first call with an object.
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
    let condition = rng.pick(&[
        Condition::Present,
        Condition::Absent,
        Condition::Nth(3),
        Condition::Nth(6),
        Condition::Replaced,
        Condition::Never,
    ]);
    let decoding = Decoding::draw(rng);
    let asks = Asks::default();
    let predicate = {
        let (asks, condition) = (asks.clone(), condition.clone());
        move |object: Option<&Object>| {
            asks.borrow_mut().push(object.cloned());
            decoding.verdict(object, holds(&condition, &asks.borrow()))
        }
    };
    let machine = WaitFor::new(setup.config.clone(), predicate);
    let machine = machine.or_else(|error| broken(Oracle::Misuse, format!("the random wait is refused: {error}")))?;
    let mut conversation = Conversation::new(machine, rng, &setup, server, transcript);
    let mut reference = Reference { condition, decoding, ..Reference::default() };
    conversation.drain()?;
    for _ in 0..rng.between(10, 140) {
        if conversation.intervenes() {
            match conversation.rng.below(16) {
                0 => conversation.handle(Input::Stop)?,
                1..=4 => conversation.handle(Input::Relist)?,
                5..=9 => conversation.hand_in_stale()?,
                _ => conversation.misuse()?,
            }
            conversation.drain()?;
        }
        if conversation.done.is_some() || conversation.step()? == Stepped::Ended {
            break;
        }
    }
    if conversation.done.is_none() {
        conversation.handle(Input::Stop)?;
        conversation.drain()?;
    }
    let (machine, outputs) = (&conversation.machine, core::mem::take(&mut conversation.outputs));
    outputs.iter().for_each(|output| reference.follow(output));
    reference.asked(&asks.borrow())?;
    reference.ended(machine.outcome(), machine.state(), machine.watcher().freshness().synced_as_of)?;
    let outcome = machine.outcome().cloned();
    outcome.as_ref().map_or(Ok(()), mapped)?;
    observe(conversation.transcript, outcome.as_ref());
    Ok(())
}

fn holds(condition: &Condition, asks: &[Option<Object>]) -> bool {
    let last = asks.last().and_then(Option::as_ref);
    match condition {
        Condition::Present => last.is_some(),
        Condition::Absent => last.is_none(),
        Condition::Nth(nth) => last.is_some() && asks.len() >= *nth,
        Condition::Replaced => {
            let first = asks.iter().flatten().next().and_then(Object::uid);
            last.is_some_and(|last| last.uid() != first)
        }
        Condition::Never => false,
    }
}

/// The known state of the object.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Known {
    Unknown,
    Absent,
    Present(Object),
}

#[derive(Debug)]
struct Reference {
    condition: Condition,
    decoding: Decoding,
    known: Known,
    /// The object in the list in progress.
    listed: Option<Option<Object>>,
    /// The expected arguments of the predicate.
    asks: Vec<Option<Object>>,
    is_met: bool,
    /// The object with which the wait ends, because it can't be decoded.
    undecodable: Option<Object>,
}

impl Default for Reference {
    fn default() -> Self {
        Self {
            condition: Condition::Never,
            decoding: Decoding::Works,
            known: Known::Unknown,
            listed: None,
            asks: Vec::new(),
            is_met: false,
            undecodable: None,
        }
    }
}

impl Reference {
    fn follow(&mut self, output: &Output) {
        match output {
            // If a watch without a list follows an incomplete list, that list is discarded.
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
                // Within a list, the deletion applies to the listed object, unless that one is the successor of the
                // deleted one.
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
        if self.is_met || self.undecodable.is_some() {
            return;
        }
        let object = if let Known::Present(object) = &self.known { Some(object.clone()) } else { None };
        self.asks.push(object.clone());
        self.undecodable = self.decoding.undecodable(object.as_ref());
        self.is_met = !self.decoding.fails(object.as_ref()) && holds(&self.condition, &self.asks);
    }

    fn asked(&self, found: &[Option<Object>]) -> Result<(), Violation> {
        if found == self.asks {
            return Ok(());
        }
        let at = found.iter().zip(&self.asks).position(|(found, expected)| found != expected);
        let message =
            format!("call {at:?} of {} of the predicate isn't as expected, of {} calls", found.len(), self.asks.len());
        broken(Oracle::Reference, message)
    }

    /// Checks the end. `as_of`: when the watcher was last up to date.
    fn ended(&self, outcome: Option<&Outcome>, state: &ObjectState, as_of: Option<Instant>) -> Result<(), Violation> {
        let expected = match &self.known {
            Known::Unknown => ObjectState::Unknown,
            Known::Absent => ObjectState::Absent,
            Known::Present(object) => ObjectState::Present(object.clone()),
        };
        let broken = |what: &str| broken(Oracle::Reference, format!("{outcome:?}: {what}"));
        if *state != expected {
            return broken(&format!("the state is {state:?}, but by the events it is {expected:?}"));
        }
        if let Some(object) = &self.undecodable {
            return match outcome {
                Some(Outcome::Undecodable(found)) if found == object => Ok(()),
                _ => broken(&format!("{object} can't be decoded")),
            };
        }
        let last: Option<&LastKnown> = match outcome {
            None => return broken("it ended without an outcome"),
            Some(Outcome::Undecodable(_)) => return broken("each object can be decoded"),
            Some(Outcome::Met(object)) => {
                if !self.is_met || object.as_ref() != self.asks.last().and_then(Option::as_ref) {
                    return broken("the predicate doesn't hold for the object of the outcome");
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
            return broken("the object of the outcome isn't the last known one");
        }
        if expected != ObjectState::Unknown && last.as_of.is_none() {
            return broken("the time of the known state is missing");
        }
        // A repeat of an old event doesn't confirm the state.
        if as_of.is_some() && last.as_of != as_of {
            return broken(&format!("the state was confirmed at {as_of:?}"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(version: &str, uid: &str) -> Object {
        let json = format!(r#"{{"metadata":{{"name":"a","uid":"{uid}","resourceVersion":"{version}"}}}}"#);
        Object::parse(json.into()).unwrap()
    }

    fn following(condition: Condition, events: Vec<Event>) -> Reference {
        let mut reference = Reference { condition, ..Reference::default() };
        events.into_iter().for_each(|event| reference.follow(&Output::Event(event)));
        reference
    }

    fn list(objects: Vec<Object>) -> Vec<Event> {
        let end = Event::InitialEnd { resource_version: "9".parse().unwrap() };
        let begin = Event::InitialBegin { cause: watch_core::InitialCause::First };
        [begin].into_iter().chain(objects.into_iter().map(Event::Initial)).chain([end]).collect()
    }

    #[test]
    fn a_wait_with_other_calls_or_another_outcome_is_found() {
        let present = object("5", "x");
        let mut events = list(vec![present.clone()]);
        // The deletion is of an earlier object with this name.
        events.push(Event::Deleted(object("4", "w")));
        let reference = following(Condition::Never, events);
        assert_eq!(reference.asked(&[Some(present.clone())]), Ok(()));
        assert!(reference.asked(&[]).is_err());
        assert!(reference.asked(&[None]).is_err());
        let state = ObjectState::Present(present.clone());
        assert!(reference.ended(Some(&Outcome::Met(Some(present.clone()))), &state, None).is_err());
        assert!(reference.ended(None, &state, None).is_err());
        assert!(reference.ended(Some(&Outcome::Met(None)), &ObjectState::Absent, None).is_err());
        let met = following(Condition::Present, list(vec![present.clone()]));
        assert_eq!(met.ended(Some(&Outcome::Met(Some(present))), &state, None), Ok(()));
        assert!(met.ended(Some(&Outcome::Met(None)), &state, None).is_err());
    }

    #[test]
    fn a_wait_that_does_not_end_with_an_undecodable_object_is_found() {
        let present = object("5", "x");
        let mut events = list(vec![present.clone()]);
        events.push(Event::Modified(object("6", "x")));
        let mut reference = Reference { decoding: Decoding::EvenVersions, ..Reference::default() };
        reference.condition = Condition::Present;
        events.into_iter().for_each(|event| reference.follow(&Output::Event(event)));
        assert_eq!(reference.asked(&[Some(present.clone())]), Ok(()));
        let state = ObjectState::Present(object("6", "x"));
        assert_eq!(reference.ended(Some(&Outcome::Undecodable(present.clone())), &state, None), Ok(()));
        assert!(reference.ended(Some(&Outcome::Undecodable(object("6", "x"))), &state, None).is_err());
        assert!(reference.ended(Some(&Outcome::Met(Some(present.clone()))), &state, None).is_err());
        let decodable = following(Condition::Present, list(vec![present.clone()]));
        let state = ObjectState::Present(present.clone());
        assert!(decodable.ended(Some(&Outcome::Undecodable(present)), &state, None).is_err());
        // The absence of the object isn't met, and the wait goes on.
        let mut absent = Reference { decoding: Decoding::Fails, ..Reference::default() };
        absent.condition = Condition::Absent;
        list(Vec::new()).into_iter().for_each(|event| absent.follow(&Output::Event(event)));
        assert!(absent.ended(Some(&Outcome::Met(None)), &ObjectState::Absent, None).is_err());
    }

    #[test]
    fn absence_is_known_after_a_complete_list_only() {
        let mut events = list(Vec::new());
        let end = events.pop();
        assert_eq!(following(Condition::Absent, events.clone()).asks, []);
        events.extend(end);
        assert_eq!(following(Condition::Absent, events).asks, [None]);
    }
}
