//! The judges of a conversation. They receive the inputs and the outputs of a machine, and know its configuration.

mod asks;
mod attention;
mod clock;
mod closings;
mod depth;
mod duplicates;
mod ends;
mod limits;
mod lists;
mod markers;
mod pages;
mod place;
mod received;
mod relists;
mod repeats;
mod secrets;
mod since;
mod sizes;
mod spread;
mod streaming;
mod troubles;
mod waits;

use core::time::Duration;

use watch_core::{Checkpoint, Input, Instant, Output, ResponseHead, Watcher};

use self::asks::Asks;
use self::attention::Attention;
use self::clock::Clock;
use self::closings::Closings;
use self::duplicates::Duplicates;
use self::ends::Ends;
use self::limits::Limits;
use self::lists::Lists;
use self::pages::Pages;
use self::place::Place;
use self::received::Received;
use self::relists::Relists;
use self::repeats::Repeats;
use self::since::Since;
use self::spread::Spread;
use self::streaming::Streaming;
use self::troubles::Troubles;
use self::waits::Waits;
use super::asked::Asked;
use super::setup::{Purpose, Setup};
use crate::oracle::exchanges::Exchanges;
use crate::oracle::work::Work;
use crate::violation::Violation;

pub(super) struct Judge<'a> {
    setup: &'a Setup,
    clock: Clock,
    exchanges: Exchanges,
    asks: Asks,
    place: Place,
    limits: Limits,
    lists: Lists,
    troubles: Troubles,
    waits: Waits,
    ends: Ends,
    work: Work,
    received: Received,
    duplicates: Duplicates,
    repeats: Repeats,
    streaming: Streaming,
    closings: Closings,
    relists: Relists,
    pages: Pages,
    attention: Attention,
    since: Since,
    spread: Spread,
    /// The head that the next poll processes, and whether there are bytes of a body.
    head: Option<ResponseHead>,
    has_body: bool,
    /// Whether an input without an effect was handed in since the last wait.
    has_ignored: bool,
}

impl<'a> Judge<'a> {
    pub(super) fn new(setup: &'a Setup) -> Self {
        Self {
            setup,
            clock: Clock::default(),
            exchanges: Exchanges::default(),
            asks: Asks::default(),
            place: match setup.purpose {
                Purpose::Watch => Place::new(&setup.start),
                Purpose::WaitFor => Place::new(&setup.start).reading_finally(),
            },
            limits: Limits::default(),
            lists: Lists::default(),
            troubles: Troubles::default(),
            waits: Waits::default(),
            ends: Ends::default(),
            work: Work::default(),
            received: Received::default(),
            duplicates: Duplicates::default(),
            repeats: Repeats::new(),
            streaming: Streaming::default(),
            closings: Closings::new(),
            relists: Relists::default(),
            pages: Pages::default(),
            attention: Attention::default(),
            since: Since::default(),
            spread: Spread::new(),
            head: None,
            has_body: false,
            has_ignored: false,
        }
    }

    /// Records a poll of the machine.
    pub(super) fn polls(&mut self, now: Duration) {
        self.clock.polls(now);
        self.ends.polls(now, self.setup);
        if let Some(head) = self.head.take() {
            self.repeats.opens(&head, &self.clock);
            self.closings.opens(&head, &self.clock);
        }
        if core::mem::take(&mut self.has_body) {
            self.closings.reads(&self.clock);
        }
    }

    /// Records that another process resumes.
    pub(super) fn resumed(&mut self, from: &Checkpoint) -> Result<(), Violation> {
        *self = Self {
            place: Place::resumed(from.resource_version()),
            streaming: self.streaming.resumed(from)?,
            ..Self::new(self.setup)
        };
        Ok(())
    }

    /// Records an input.
    pub(super) fn input(&mut self, input: &Input) {
        let is_ignored = match input {
            Input::Response { id, .. } | Input::End { id } | Input::Failed { id, .. } => !self.asks.is_open(*id),
            Input::Body { id, bytes } => bytes.is_empty() || !self.asks.is_open(*id),
            Input::Relist | Input::Stop => false,
        };
        if is_ignored {
            self.has_ignored = true;
            self.clock.ignore();
        }
        match input {
            Input::Response { id, head } => {
                if self.asks.is_open(*id) {
                    self.clock.feed();
                    self.troubles.head(head);
                    self.limits.head(head);
                    self.asks.head(head);
                    self.streaming.head(head);
                    self.head = Some(head.clone());
                }
            }
            Input::Body { id, bytes } => {
                if self.asks.is_open(*id) && !bytes.is_empty() {
                    self.clock.feed();
                    self.waits.body(bytes);
                    self.received.body(bytes);
                    self.has_body = true;
                    self.limits.body(bytes);
                }
                self.work.handed_in(bytes);
            }
            Input::End { id } => {
                if self.asks.is_open(*id) {
                    self.clock.feed();
                    self.closings.ends();
                    self.since.ends();
                }
                self.exchanges.ended(*id);
            }
            Input::Failed { id, error } => {
                if self.asks.is_open(*id) {
                    self.clock.feed();
                    self.troubles.failed(error.kind);
                    self.attention.failed(error.kind);
                }
                self.exchanges.ended(*id);
            }
            // After the end it changes nothing.
            Input::Relist if self.ends.is_over() => {}
            Input::Relist => {
                self.clock.feed();
                self.since.relist();
                self.exchanges.relist();
                self.place.relist();
                self.relists.relist();
                self.closings.relist();
                self.asks.closed();
            }
            Input::Stop => {
                self.clock.feed();
                self.exchanges.stopped();
                self.ends.stopped();
            }
        }
    }

    /// Checks an output.
    pub(super) fn output(&mut self, output: &Output, watcher: &Watcher) -> Result<(), Violation> {
        self.clock.output(output)?;
        if let Output::Wait(wait) = output
            && core::mem::take(&mut self.has_ignored)
            && self.clock.is_over(wait)
        {
            // The same wait continues, because other inputs that are ready are handed in first.
            return self.clock.continues(wait);
        }
        self.work.output()?;
        let is_final = self.ends.reads_finally(output, self.clock.now());
        if is_final {
            // The list counts as one that the consumer requested.
            self.exchanges.relist();
            self.lists.reads_finally();
        }
        self.exchanges.output(output)?;
        if self.setup.is_secrets {
            secrets::check(output)?;
        }
        self.asks.output(output, self.setup, watcher)?;
        self.troubles.output(output, self.setup, &self.clock, watcher)?;
        self.limits.output(output, self.setup, watcher)?;
        self.lists.output(output, self.setup, &self.place, self.clock.now())?;
        self.follow(output, watcher, is_final)?;
        self.place.output(output, watcher, self.clock.now())?;
        self.ends.output(output, self.setup, watcher, self.clock.now())?;
        if let Output::Wait(wait) = output {
            self.waits.wait(wait, self.setup, &self.clock, watcher)?;
            self.clock.waits(wait);
            self.work.waits();
        } else {
            self.waits.output(output, &self.clock);
        }
        Ok(())
    }

    /// Checks what the documentation determines: the next request, and the reasons for it. The place is still the one
    /// before the output.
    fn follow(&mut self, output: &Output, watcher: &Watcher, is_final: bool) -> Result<(), Violation> {
        let Self { setup, clock, place, received, .. } = self;
        let asked = if let Output::Send(request) = output { Some(Asked::read(request)) } else { None };
        let (asked, version) = (asked.as_ref(), place.version());
        if let Some(asked) = asked {
            let deadline = watcher.freshness().deadline.map(Instant::since_origin);
            self.spread.sent(asked, setup, deadline.map(|deadline| deadline.saturating_sub(clock.now())))?;
        }
        self.pages.output(output, asked, setup, received)?;
        self.duplicates.output(output, received)?;
        self.repeats.output(output, asked, version, received, clock)?;
        self.streaming.output(output, asked, setup, watcher.freshness().resource_version.is_some(), is_final)?;
        self.relists.output(output, asked, setup, clock, watcher)?;
        self.closings.output(output, asked, setup, version, clock, watcher)?;
        self.attention.output(output, watcher)?;
        self.since.output(output, setup, clock, watcher)?;
        markers::check(output, received, watcher)?;
        received.output(output);
        Ok(())
    }
}
