//! Waits until a condition holds for one object.

use alloc::boxed::Box;
use core::fmt;

use super::outcome::{LastKnown, ObjectState, Outcome};
use super::present::PresentState;
use super::verdict::Verdict;
use crate::config::{Config, ConfigError};
use crate::doors::Machine;
use crate::io::event::Event;
use crate::io::input::{Input, Misuse};
use crate::io::output::{Done, Output};
use crate::io::phase::Phase;
use crate::io::time::Instant;
use crate::watcher::Watcher;
use crate::wire::object::Object;

/// Waits until a predicate holds for one object or for its absence, but no longer than the configured deadline.
///
/// It is a [`Machine`], so a driver of a [`Watcher`] drives it too. It requests the present state first, then watches
/// the changes, across reconnects and relists. When the predicate holds, the open exchange is aborted and `poll`
/// returns [`Output::Done`]; [`outcome`](Self::outcome) returns the result. The configuration needs the name of the
/// object, its namespace if it has one, and a deadline.
///
/// # The final read
///
/// A connection may die without a sign. The watch is then silent although the server has the state that is waited for.
/// So the object is read once more before the deadline, by a consistent LIST of its name. The read is sent when a
/// quarter of the deadline is left, 5 s at most, and may take until the deadline, which stays exact. It aborts the open
/// exchange and cuts a backoff short, but not a `Retry-After`. After the answer, the watch continues until the
/// deadline. A driver that polls only after the deadline (a computer that slept) still gets its read, and the deadline
/// moves accordingly. A wait without a deadline has no final read.
///
/// ```
/// use core::time::Duration;
/// use watch_core::{Config, Input, Instant, Object, Outcome, Output, Resource, ResponseHead, WaitFor};
///
/// let config = Config::builder(Resource::core("v1", "pods"))
///     .namespace("default")
///     .name("web-0")
///     .deadline(Duration::from_secs(60))
///     .build()?;
/// let is_gone = |pod: Option<&Object>| pod.is_none();
/// let mut waiting = WaitFor::new(config, is_gone)?;
/// let now = Instant::ORIGIN;
/// let Output::Send(request) = waiting.poll(now) else { unreachable!() };
/// assert!(waiting.outcome().is_none());
///
/// // The server has no such pod.
/// let id = request.id;
/// waiting.handle(Input::Response { id, head: ResponseHead::new(200) })?;
/// let end = r#"{"resourceVersion":"7","annotations":{"k8s.io/initial-events-end":"true"}}"#;
/// let body = format!(r#"{{"type":"BOOKMARK","object":{{"metadata":{end}}}}}"#);
/// waiting.handle(Input::Body { id, bytes: body.into() })?;
/// while matches!(waiting.poll(now), Output::Event(_) | Output::Abort(_)) {}
/// assert!(matches!(waiting.outcome(), Some(Outcome::Met(None))));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct WaitFor<P> {
    present: PresentState,
    predicate: P,
    state: ObjectState,
    /// When the last event came that shows the state of the object (`Added` or `Modified`).
    seen: Option<Instant>,
    /// `Some` while a list is being received: the object, if the list has had it so far.
    listed: Option<Option<Object>>,
    outcome: Option<Outcome>,
}

impl<P: FnMut(Option<&Object>) -> R, R: Into<Verdict>> WaitFor<P> {
    /// Creates a wait. `predicate` receives the object, or `None` if it doesn't exist. It returns a `bool` or a
    /// [`Verdict`].
    ///
    /// # Errors
    /// Fails if the configuration doesn't name the object, or starts without the present state.
    pub fn new(config: Config, predicate: P) -> Result<Self, ConfigError> {
        if config.name().is_none() {
            return Err(ConfigError::NoName);
        }
        Ok(Self {
            present: PresentState::new(config)?,
            predicate,
            state: ObjectState::Unknown,
            seen: None,
            listed: None,
            outcome: None,
        })
    }

    /// Takes an input, as [`Watcher::handle`] does.
    ///
    /// # Errors
    /// Fails only for a mistake in the driver.
    pub fn handle(&mut self, input: Input) -> Result<(), Misuse> {
        self.present.handle(input)
    }

    /// Returns what to do, as [`Watcher::poll`] does. The events pass through.
    pub fn poll(&mut self, now: Instant) -> Output {
        let output = self.present.watcher.poll(now);
        if let Output::Event(Event::Added(_) | Event::Modified(_)) = &output {
            self.seen = Some(now);
        }
        match &output {
            Output::Event(event) => {
                self.outcome = match self.judge(event) {
                    Verdict::Met => Some(Outcome::Met(self.state.object().cloned())),
                    Verdict::Undecodable => self.state.object().cloned().map(Outcome::Undecodable),
                    Verdict::Unmet => None,
                };
                if self.outcome.is_some() {
                    self.present.stop();
                }
            }
            Output::Done(done) if self.outcome.is_none() => {
                let last = self.last_known(done);
                self.outcome = Some(match done {
                    Done::DeadlineReached => Outcome::DeadlineReached(last),
                    _ => Outcome::Ended { done: Box::new(done.clone()), last },
                });
            }
            _ => {}
        }
        output
    }

    /// Returns how the wait ended; `None` before that.
    pub const fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// Returns the watcher inside.
    pub const fn watcher(&self) -> &Watcher {
        &self.present.watcher
    }

    /// Returns the last known state of the object.
    pub const fn state(&self) -> &ObjectState {
        &self.state
    }

    fn last_known(&self, done: &Done) -> LastKnown {
        let trouble = self.present.last_trouble(done);
        // A watch without a version begins with the existing objects. The state is then known, although the version to
        // resume from isn't.
        let as_of = self.present.watcher.freshness().synced_as_of.or(self.seen);
        LastKnown { state: self.state.clone(), as_of, trouble }
    }

    /// Follows an event. Absence is known only after a complete list, or by a deletion after it.
    fn judge(&mut self, event: &Event) -> Verdict {
        // A list that wasn't completed may be followed by a watch without a list.
        if self.present.watcher.phase() == Phase::Live && !matches!(event, Event::InitialEnd { .. }) {
            self.listed = None;
        }
        match (event, &mut self.listed) {
            (Event::InitialBegin { .. }, listed) => *listed = Some(None),
            (Event::Initial(object), listed) => *listed = Some(Some(object.clone())),
            (Event::InitialEnd { .. }, listed) => self.state = ObjectState::of(listed.take().flatten()),
            (Event::Bookmark { .. }, _) => return Verdict::Unmet,
            // The deleted object may be a predecessor of the same name.
            (Event::Deleted(deleted), Some(listed)) => {
                listed.take_if(|listed| listed.uid() == deleted.uid());
            }
            (Event::Added(object) | Event::Modified(object), _) => self.state = ObjectState::Present(object.clone()),
            (Event::Deleted(deleted), None) => {
                if self.state.object().is_some_and(|present| present.uid() != deleted.uid()) {
                    return Verdict::Unmet;
                }
                self.state = ObjectState::Absent;
            }
        }
        if self.listed.is_some() { Verdict::Unmet } else { (self.predicate)(self.state.object()).into() }
    }
}

impl<P: FnMut(Option<&Object>) -> R, R: Into<Verdict>> Machine for WaitFor<P> {
    fn handle(&mut self, input: Input) -> Result<(), Misuse> {
        Self::handle(self, input)
    }

    fn poll(&mut self, now: Instant) -> Output {
        Self::poll(self, now)
    }

    fn watcher(&self) -> &Watcher {
        Self::watcher(self)
    }
}

impl<P> fmt::Debug for WaitFor<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitFor")
            .field("watcher", &self.present.watcher)
            .field("state", &self.state)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}
