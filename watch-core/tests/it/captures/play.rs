//! Plays a recording to a machine that requested it, in several ways that must have the same outcome.

use std::time::Duration;

use watch_core::{Event, Input, Phase};

use super::recording::Recording;
use crate::cuts::Cut;
use crate::rig::Rig;
use crate::transcript::{query, with_bytes};

/// The expected outcome of a recording.
pub(super) struct Case {
    pub(super) name: &'static str,
    /// A machine that has just sent the request for this response.
    pub(super) ask: fn() -> Rig,
    /// That request, as a line of the transcript.
    pub(super) asked: &'static str,
    /// Why the recorded request is another one.
    pub(super) differs: Option<&'static str>,
    pub(super) events: Events,
    /// The outputs while it is read.
    pub(super) besides: &'static [&'static str],
    /// The phase of the machine after it.
    pub(super) phase: Phase,
    /// The outputs after it, up to the next request.
    pub(super) then: &'static [&'static str],
}

/// The expected events.
pub(super) enum Events {
    These(&'static [&'static str]),
    /// Too many to write down.
    Many {
        count: usize,
        first: &'static str,
        last: &'static str,
        all: fn(&[Event]),
    },
}

/// How the machine is fed.
#[derive(Clone, Copy, Debug)]
enum Feeding {
    Cut(Cut),
    /// As the server sent it.
    Chunks,
}

/// The outputs. Two of them are equal if they differ only in time.
#[derive(Debug, PartialEq)]
struct Outcome {
    events: Vec<Event>,
    with_bytes: Vec<String>,
    besides: Vec<String>,
    phase: Phase,
    then: Vec<String>,
    next: Option<(String, String)>,
}

impl Case {
    pub(super) fn check(&self) {
        let recording = Recording::load(self.name);
        self.check_request(&recording);
        let uncut = self.play(&recording, Feeding::Cut(Cut::None));
        self.check_outcome(&uncut);
        for feeding in [
            Feeding::Chunks,
            Feeding::Cut(Cut::Bytes),
            Feeding::Cut(Cut::Random(11)),
            Feeding::Cut(Cut::Random(12)),
            Feeding::Cut(Cut::Random(13)),
        ] {
            assert_eq!(self.play(&recording, feeding), uncut, "{}: fed as {feeding:?}", self.name);
        }
    }

    /// The machine requests what was recorded, as far as that decides what the response means.
    fn check_request(&self, recording: &Recording) {
        let rig = (self.ask)();
        assert_eq!(rig.log.last().map(String::as_str), Some(self.asked), "{}", self.name);
        let recorded = recording.uri.parse::<http::Uri>().unwrap();
        let mut request = rig.request().clone();
        let ours = request.http.uri().clone();
        *request.http.uri_mut() = recorded.clone();
        let differing: Vec<_> = [
            "resourceVersion",
            "resourceVersionMatch",
            "sendInitialEvents",
            "continue",
            "limit",
            "labelSelector",
            "fieldSelector",
        ]
        .into_iter()
        .filter(|name| query(&request, name) != query(rig.request(), name))
        .collect();
        let is_same = differing.is_empty() && ours.path() == recorded.path();
        assert_eq!(is_same, self.differs.is_none(), "{}: {differing:?}: {ours} and {recorded}", self.name);
    }

    fn play(&self, recording: &Recording, feeding: Feeding) -> Outcome {
        let mut rig = (self.ask)();
        let id = rig.id();
        let begin = rig.now;
        rig.events.clear();
        rig.log.clear();
        let ends = match feeding {
            Feeding::Cut(cut) => {
                let mut ends = cut.ends(recording.body.len());
                ends.extend(recording.before_silence());
                ends.sort_unstable();
                ends
            }
            Feeding::Chunks => recording.chunks.iter().map(|(_, received)| *received).collect(),
        };
        let until = |rig: &mut Rig, at: Duration| {
            let passed = rig.now.since(begin);
            rig.advance(at.saturating_sub(passed));
        };
        until(&mut rig, recording.when(0));
        rig.handle(Input::Response { id, head: recording.head.clone() });
        let mut from = 0;
        for end in ends {
            until(&mut rig, recording.when(end));
            rig.handle(Input::Body { id, bytes: recording.body.slice(from..end) });
            from = end;
        }
        // After the machine moved on, the rest doesn't matter.
        if rig.watcher.phase() != Phase::BackingOff && rig.id() == id && rig.done.is_none() {
            until(&mut rig, recording.lasted);
        }
        rig.handle(Input::End { id });
        let phase = rig.watcher.phase();
        let besides = without_events(rig.take_log());
        if rig.id() == id && rig.done.is_none() {
            rig.until_sent();
        }
        let next = (rig.id() != id).then(|| (rig.uri(), format!("{:?}", rig.request().http.headers())));
        Outcome {
            with_bytes: rig.events.iter().map(with_bytes).collect(),
            events: rig.events.clone(),
            besides,
            phase,
            then: rig.take_log(),
            next,
        }
    }

    fn check_outcome(&self, outcome: &Outcome) {
        let name = self.name;
        let events: Vec<_> = outcome.events.iter().map(Event::to_string).collect();
        match &self.events {
            Events::These(expected) => assert_eq!(events, *expected, "{name}: events"),
            Events::Many { count, first, last, all } => {
                assert_eq!(events.len(), *count, "{name}: how many events");
                assert_eq!(events.first().map(String::as_str), Some(*first), "{name}: the first event");
                assert_eq!(events.last().map(String::as_str), Some(*last), "{name}: the last event");
                all(&outcome.events);
            }
        }
        assert_eq!(outcome.besides, self.besides, "{name}: the outputs while it is read");
        assert_eq!(outcome.phase, self.phase, "{name}: phase");
        assert_eq!(outcome.then, self.then, "{name}: the outputs after it");
    }
}

/// Events are compared separately: their lines begin with their type.
fn without_events(log: Vec<String>) -> Vec<String> {
    let is_event = |line: &String| {
        ["INITIAL", "ADDED", "MODIFIED", "DELETED", "BOOKMARK"].iter().any(|kind| line.starts_with(kind))
    };
    log.into_iter().filter(|line| !is_event(line)).collect()
}
