//! The judges of a conversation. They receive the inputs and the outputs of a machine, and know its configuration.

mod asks;
mod clock;
mod depth;
mod ends;
mod limits;
mod lists;
mod place;
mod secrets;
mod sizes;
mod troubles;
mod waits;

use core::time::Duration;

use watch_core::{Checkpoint, Input, Output, Watcher};

use self::asks::Asks;
use self::clock::Clock;
use self::ends::Ends;
use self::limits::Limits;
use self::lists::Lists;
use self::place::Place;
use self::troubles::Troubles;
use self::waits::Waits;
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
            has_ignored: false,
        }
    }

    /// Records a poll of the machine.
    pub(super) fn polls(&mut self, now: Duration) {
        self.clock.polls(now);
        self.ends.polls(now, self.setup);
    }

    /// Records that another process resumes.
    pub(super) fn resumed(&mut self, from: &Checkpoint) {
        *self = Self { place: Place::resumed(from.resource_version()), ..Self::new(self.setup) };
    }

    /// Records an input.
    pub(super) fn input(&mut self, input: &Input) {
        self.has_ignored |= match input {
            Input::Response { id, .. } | Input::End { id } | Input::Failed { id, .. } => !self.asks.is_open(*id),
            Input::Body { id, bytes } => bytes.is_empty() || !self.asks.is_open(*id),
            Input::Relist | Input::Stop => false,
        };
        match input {
            Input::Response { id, head } => {
                if self.asks.is_open(*id) {
                    self.clock.feed();
                    self.troubles.head(head);
                    self.limits.head(head);
                    self.asks.head(head);
                }
            }
            Input::Body { id, bytes } => {
                if self.asks.is_open(*id) && !bytes.is_empty() {
                    self.clock.feed();
                    self.waits.body(bytes);
                    self.limits.body(bytes);
                }
                self.work.handed_in(bytes);
            }
            Input::End { id } => {
                if self.asks.is_open(*id) {
                    self.clock.feed();
                }
                self.exchanges.ended(*id);
            }
            Input::Failed { id, error } => {
                if self.asks.is_open(*id) {
                    self.clock.feed();
                    self.troubles.failed(error.kind);
                }
                self.exchanges.ended(*id);
            }
            // After the end it changes nothing.
            Input::Relist if self.ends.is_over() => {}
            Input::Relist => {
                self.exchanges.relist();
                self.place.relist();
                self.asks.closed();
            }
            Input::Stop => {
                self.exchanges.stopped();
                self.ends.stopped();
            }
        }
    }

    /// Checks an output.
    pub(super) fn output(&mut self, output: &Output, watcher: &Watcher) -> Result<(), Violation> {
        if let Output::Wait(wait) = output
            && core::mem::take(&mut self.has_ignored)
            && self.clock.is_over(wait)
        {
            // The same wait continues, because other inputs that are ready are handed in first.
            return self.clock.continues(wait);
        }
        self.work.output()?;
        if self.ends.reads_finally(output, self.clock.now()) {
            // The list counts as one that the consumer requested.
            self.exchanges.relist();
        }
        self.exchanges.output(output)?;
        if self.setup.is_secrets {
            secrets::check(output)?;
        }
        self.asks.output(output, self.setup, watcher)?;
        self.troubles.output(output, self.setup, &self.clock, watcher)?;
        self.limits.output(output, self.setup, watcher)?;
        self.lists.output(output, &self.place, self.clock.now())?;
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
}
