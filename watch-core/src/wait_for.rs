//! Waiting until an object is as it should be, or is gone.

use alloc::boxed::Box;
use core::fmt;

use crate::config::{Config, ConfigError};
use crate::event::Event;
use crate::input::{Input, Misuse};
use crate::object::Object;
use crate::output::{Done, Output};
use crate::time::Instant;
use crate::watcher::Watcher;

/// Waits until a predicate holds for one object, or for its absence; at most until the configuration's deadline.
///
/// It has the doors of a [`Watcher`], so whatever drives one of them drives this: the present state is asked for first,
/// then changes are watched, over every reconnect and restart. When the predicate holds, what is open is aborted and
/// [`Output::Done`] comes; [`outcome`](Self::outcome) says how it went. Configure it with the name of the object, its
/// namespace if it has one, and a deadline.
///
/// ```
/// # use core::time::Duration;
/// # use watch_core::{Config, Object, Resource, WaitFor};
/// let config = Config::builder(Resource::core("v1", "pods"))
///     .namespace("default")
///     .name("web-0")
///     .deadline(Duration::from_secs(60))
///     .build()?;
/// let is_gone = |pod: Option<&Object>| pod.is_none();
/// let waiting = WaitFor::new(config, is_gone)?;
/// assert!(waiting.outcome().is_none());
/// # Ok::<(), watch_core::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct WaitFor<P> {
    watcher: Watcher,
    predicate: P,
    /// The object, as far as was told.
    present: Option<Object>,
    /// The object in the set that is being told.
    listed: Option<Object>,
    outcome: Option<Outcome>,
}

/// How the wait ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The predicate holds for this object, or for its absence.
    Met(Option<Object>),
    /// The deadline came first. This is what was there last, if anything was.
    DeadlineReached(Option<Object>),
    /// The watch ended for another reason.
    Ended(Box<Done>),
}

impl<P: FnMut(Option<&Object>) -> bool> WaitFor<P> {
    /// `predicate` is given the object, or `None` when it is known not to exist.
    ///
    /// # Errors
    /// If the configuration doesn't name the object.
    pub fn new(config: Config, predicate: P) -> Result<Self, ConfigError> {
        if config.name().is_none() {
            return Err(ConfigError::NoName);
        }
        Ok(Self { watcher: Watcher::new(config), predicate, present: None, listed: None, outcome: None })
    }

    /// As [`Watcher::handle`].
    ///
    /// # Errors
    /// Only for a mistake in the driver.
    pub fn handle(&mut self, input: Input) -> Result<(), Misuse> {
        self.watcher.handle(input)
    }

    /// As [`Watcher::poll`]. The events pass through, for whoever wants to show them.
    pub fn poll(&mut self, now: Instant) -> Output {
        let output = self.watcher.poll(now);
        match &output {
            Output::Event(event) if self.is_met_by(event) => {
                self.outcome = Some(Outcome::Met(self.present.clone()));
                // A stop is never a misuse.
                _ = self.watcher.handle(Input::Stop);
            }
            Output::Done(done) if self.outcome.is_none() => {
                self.outcome = Some(match done {
                    Done::DeadlineReached => Outcome::DeadlineReached(self.present.clone()),
                    _ => Outcome::Ended(Box::new(done.clone())),
                });
            }
            _ => {}
        }
        output
    }

    /// How it went; `None` while it goes on.
    pub const fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// The watch below.
    pub const fn watcher(&self) -> &Watcher {
        &self.watcher
    }

    /// The object as it was seen last.
    pub const fn present(&self) -> Option<&Object> {
        self.present.as_ref()
    }

    /// Follows an event. Absence is known only when a set is whole, or by a deletion.
    fn is_met_by(&mut self, event: &Event) -> bool {
        match event {
            Event::InitialBegin { .. } => {
                self.listed = None;
                return false;
            }
            Event::Initial(object) => {
                self.listed = Some(object.clone());
                return false;
            }
            Event::Bookmark { .. } => return false,
            Event::InitialEnd { .. } => self.present = self.listed.take(),
            Event::Added(object) | Event::Modified(object) => self.present = Some(object.clone()),
            Event::Deleted(deleted) => {
                // An earlier object of the same name may be the one that was deleted.
                for known in [&mut self.present, &mut self.listed] {
                    known.take_if(|known| known.uid() == deleted.uid());
                }
                if self.present.is_some() || self.listed.is_some() {
                    return false;
                }
            }
        }
        (self.predicate)(self.present.as_ref())
    }
}

impl<P> fmt::Debug for WaitFor<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitFor")
            .field("watcher", &self.watcher)
            .field("present", &self.present)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}
