//! A wait for several objects, in conversation with the random server.
//!
//! The reference keeps the objects that the events show, by the changes of a `Diff`. It evaluates the condition on all of
//! them after each event. An object that can't be decoded ends the wait, also within a list.

use std::collections::BTreeMap;

use watch_core::{
    Change, Config, ConfigError, Diff, Event, Input, Object, OutcomeOfMany, Output, Start, Verdict, WaitFor,
    WaitForMany,
};
use watch_test::check::Rng;

use super::decoding::{Decoding, is_even};
use super::drive::{Conversation, Stepped};
use super::outcome_of_many::{mapped, observe};
use super::server::Server;
use super::setup::{Purpose, Setup};
use super::store::KEYS;
use super::versions::Versions;
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};

/// The condition of a predicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    Present,
    Absent,
    /// The version of the object ends in an even digit.
    Even,
    /// The same, or the object is absent.
    EvenOrAbsent,
    /// The object isn't the first one of its store.
    Replaced,
    Never,
}

impl Condition {
    fn holds(self, object: Option<&Object>) -> bool {
        match (self, object) {
            (Self::Present, object) => object.is_some(),
            (Self::Absent, object) => object.is_none(),
            (Self::Even | Self::EvenOrAbsent, Some(object)) => is_even(object),
            (Self::EvenOrAbsent, None) => true,
            (Self::Replaced, Some(object)) => object.uid().is_some_and(|uid| !uid.ends_with('1')),
            (Self::Even | Self::Replaced, None) | (Self::Never, _) => false,
        }
    }
}

pub(in crate::probe) fn probe(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let versions = Versions::draw(rng);
    let is_named = rng.one_in(4);
    let setup = Setup::draw_named(rng, &versions, Purpose::WaitFor, is_named)?;
    let keys = rng.pick(&[1, 2, 3, KEYS.len()]);
    let server = Server::draw(rng, versions, keys);
    let condition = rng.pick(&[
        Condition::Present,
        Condition::Absent,
        Condition::Even,
        Condition::EvenOrAbsent,
        Condition::Replaced,
        Condition::Never,
    ]);
    let (is_all, names) = (rng.one_in(2), names(rng));
    let decoding = Decoding::draw(rng);
    transcript.note(|| format!("{condition:?} {decoding:?} {is_all} {names:?}"));
    let predicate = move |object: Option<&Object>| decoding.verdict(object, condition.holds(object));
    let machine = if is_all { WaitForMany::all } else { WaitForMany::any }(setup.config.clone(), predicate);
    let mut machine = machine.or_else(|error| broken(Oracle::Misuse, format!("the wait is refused: {error}")))?;
    refuses(&mut machine, &setup.config)?;
    if let Some(names) = names
        && let Err(error) = machine.names(names)
    {
        return broken(Oracle::Misuse, format!("the names {names:?} are refused: {error}"));
    }
    let mut conversation = Conversation::new(machine, rng, &setup, server, transcript);
    conversation.drain()?;
    for _ in 0..rng.between(10, 90) {
        if conversation.intervenes() {
            let input = if conversation.rng.one_in(6) { Input::Stop } else { Input::Relist };
            conversation.handle(input)?;
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
    let outputs = core::mem::take(&mut conversation.outputs);
    let mut reference = Reference { decoding, ..Reference::new(condition, is_all, names) };
    outputs.iter().for_each(|output| reference.follow(output));
    let outcome = conversation.machine.outcome();
    reference.ended(outcome)?;
    outcome.map_or(Ok(()), mapped)?;
    let outcome = outcome.cloned();
    observe(conversation.transcript, outcome.as_ref());
    Ok(())
}

/// Checks that a list of names without a name is refused and changes nothing, and that a wait needs what is documented.
fn refuses<P: FnMut(Option<&Object>) -> Verdict>(
    machine: &mut WaitForMany<P>,
    config: &Config,
) -> Result<(), Violation> {
    let none = machine.names::<&str>([]).err();
    let empty = machine.names(["a", ""]).err();
    let wait = WaitFor::new(config.clone(), |_| true).err();
    let other = Config::builder(config.resource().clone()).name("a").start(Start::Now).build();
    let other = other.or_else(|error| broken(Oracle::Misuse, error.to_string()))?;
    let late = WaitFor::new(other.clone(), |_| true).err();
    let late_many = [WaitForMany::all(other.clone(), |_| true).err(), WaitForMany::any(other, |_| true).err()];
    let is_right = none == Some(ConfigError::Empty { field: "list of names" })
        && empty == Some(ConfigError::Empty { field: "name" })
        && wait == config.name().is_none().then_some(ConfigError::NoName)
        && late == Some(ConfigError::NoInitialList)
        && late_many == [Some(ConfigError::NoInitialList), Some(ConfigError::NoInitialList)];
    if is_right {
        return Ok(());
    }
    broken(Oracle::Misuse, format!("{none:?}, {empty:?}, {wait:?}, {late:?}, {late_many:?}"))
}

/// Draws the names to wait for, which aren't all of the store. `None`: all objects count.
fn names(rng: &mut Rng) -> Option<&'static [&'static str]> {
    rng.pick(&[None, None, Some(&["a"][..]), Some(&["a", "b"]), Some(&["b", "ya", "b"]), Some(&["a", "missing"])])
}

type Key = (String, String);

/// The documentation of `WaitForMany`.
#[derive(Debug)]
struct Reference {
    condition: Condition,
    decoding: Decoding,
    is_all: bool,
    names: Option<&'static [&'static str]>,
    diff: Diff,
    /// The objects that count.
    objects: BTreeMap<Key, Object>,
    /// Whether a list was complete, and none began since then.
    is_complete: bool,
    /// The objects by which the condition was met.
    met: Option<Vec<Object>>,
    /// The object with which the wait ends, because it can't be decoded.
    undecodable: Option<Object>,
    /// Whether an event came after that, or after the condition was met.
    continues: bool,
}

impl Reference {
    fn new(condition: Condition, is_all: bool, names: Option<&'static [&'static str]>) -> Self {
        Self {
            condition,
            decoding: Decoding::Works,
            is_all,
            names,
            diff: Diff::new(),
            objects: BTreeMap::new(),
            is_complete: false,
            met: None,
            undecodable: None,
            continues: false,
        }
    }

    fn follow(&mut self, output: &Output) {
        let Output::Event(event) = output else { return };
        self.continues |= self.met.is_some() || self.undecodable.is_some();
        self.is_complete &= !matches!(event, Event::InitialBegin { .. });
        self.diff.handle(event.clone());
        while let Some(change) = self.diff.poll() {
            self.apply(change);
        }
        let is_over = self.met.is_some() || self.undecodable.is_some();
        if self.is_complete && !is_over && self.is_met() {
            self.met = Some(self.objects(true));
        }
    }

    fn apply(&mut self, change: Change) {
        let key = |namespace: Option<&str>, name: &str| (namespace.unwrap_or_default().to_owned(), name.to_owned());
        match change {
            Change::Added(object) | Change::Modified(object) => {
                if self.names.is_none_or(|names| names.contains(&object.name())) {
                    let undecodable = self.decoding.undecodable(Some(&object));
                    self.undecodable = self.undecodable.take().or(undecodable);
                    self.objects.insert(key(object.namespace(), object.name()), object);
                }
            }
            Change::Deleted(object) => drop(self.objects.remove(&key(object.namespace(), object.name()))),
            Change::Vanished(vanished) => drop(self.objects.remove(&key(vanished.namespace(), vanished.name()))),
            Change::Synced { .. } => self.is_complete = true,
        }
    }

    fn is_met(&self) -> bool {
        let lacks_one = match self.names {
            None => self.objects.is_empty(),
            Some(_) => !self.absent().is_empty(),
        };
        let absence = lacks_one.then_some(None);
        let mut states = self.objects.values().map(Some).chain(absence);
        match self.is_all {
            true => states.all(|state| self.holds(state)),
            false => states.any(|state| self.holds(state)),
        }
    }

    fn holds(&self, object: Option<&Object>) -> bool {
        !self.decoding.fails(object) && self.condition.holds(object)
    }

    fn objects(&self, is_met: bool) -> Vec<Object> {
        self.objects.values().filter(|object| self.holds(Some(object)) == is_met).cloned().collect()
    }

    fn absent(&self) -> Vec<&'static str> {
        let mut names = self.names.unwrap_or_default().to_vec();
        names.sort_unstable();
        names.dedup();
        names.retain(|name| !self.objects.keys().any(|(_, other)| other == name));
        names
    }

    fn ended(&self, outcome: Option<&OutcomeOfMany>) -> Result<(), Violation> {
        let broken = |what: &str| broken(Oracle::Reference, format!("{outcome:?}: {what}"));
        if self.continues {
            return broken("events follow after the end of the wait");
        }
        if let Some(object) = &self.undecodable {
            return match outcome {
                Some(OutcomeOfMany::Undecodable(found)) if found == object => Ok(()),
                _ => broken(&format!("{object} can't be decoded")),
            };
        }
        let last = match (outcome, &self.met) {
            (None, _) => return broken("it ended without an outcome"),
            (Some(OutcomeOfMany::Undecodable(_)), _) => return broken("each object can be decoded"),
            (Some(OutcomeOfMany::Met(found)), Some(expected)) if found == expected => return Ok(()),
            (Some(OutcomeOfMany::Met(_)), _) => return broken(&format!("the condition was met by {:?}", self.met)),
            (Some(_), Some(_)) => return broken(&format!("the condition was met by {:?}", self.met)),
            (Some(OutcomeOfMany::DeadlineReached(last) | OutcomeOfMany::Ended { last, .. }), None) => last,
            (Some(_), None) => return Ok(()),
        };
        let absent: Vec<&str> = last.absent.iter().map(AsRef::as_ref).collect();
        if last.met != self.objects(true) || last.unmet != self.objects(false) || absent != self.absent() {
            return broken("the last known objects differ");
        }
        if last.is_known() != (last.as_of.is_some() && last.trouble.is_none()) {
            return broken("it is known without a time, or in spite of trouble");
        }
        if self.is_complete && last.as_of.is_none() {
            return broken("the time of a complete list is missing");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_with_another_outcome_is_found() {
        let object = Object::parse(r#"{"metadata":{"name":"a","uid":"u1","resourceVersion":"4"}}"#.into()).unwrap();
        let mut reference = Reference::new(Condition::Even, true, None);
        let begin = Event::InitialBegin { cause: watch_core::InitialCause::First };
        let end = Event::InitialEnd { resource_version: "5".parse().unwrap() };
        for event in [begin, Event::Initial(object.clone())] {
            reference.follow(&Output::Event(event));
            assert_eq!(reference.met, None);
        }
        assert!(reference.ended(Some(&OutcomeOfMany::Met(vec![object.clone()]))).is_err());
        reference.follow(&Output::Event(end));
        assert_eq!(reference.ended(Some(&OutcomeOfMany::Met(vec![object]))), Ok(()));
        assert!(reference.ended(Some(&OutcomeOfMany::Met(Vec::new()))).is_err());
        assert!(reference.ended(None).is_err());
    }
    #[test]
    fn a_wait_that_does_not_end_with_an_undecodable_object_is_found() {
        let object = Object::parse(r#"{"metadata":{"name":"a","uid":"u1","resourceVersion":"3"}}"#.into()).unwrap();
        let follow = |names| {
            let mut reference = Reference::new(Condition::Never, false, names);
            reference.decoding = Decoding::EvenVersions;
            let begin = Event::InitialBegin { cause: watch_core::InitialCause::First };
            [begin, Event::Initial(object.clone())]
                .into_iter()
                .for_each(|event| reference.follow(&Output::Event(event)));
            reference
        };
        let undecodable = OutcomeOfMany::Undecodable(object.clone());
        assert_eq!(follow(None).ended(Some(&undecodable)), Ok(()));
        assert!(follow(None).ended(Some(&OutcomeOfMany::Met(vec![object.clone()]))).is_err());
        // Objects of other names don't count.
        assert!(follow(Some(&["b"])).ended(Some(&undecodable)).is_err());
        let mut reference = follow(None);
        reference.follow(&Output::Event(Event::Initial(object.clone())));
        assert!(reference.ended(Some(&undecodable)).is_err());
    }
}
