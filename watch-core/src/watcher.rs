//! The machine and its two doors.

use core::mem;
use core::time::Duration;

use crate::config::Config;
use crate::io::checkpoint::{Checkpoint, CheckpointError};
use crate::io::counters::Counters;
use crate::io::event::InitialCause;
use crate::io::input::{Input, Misuse};
use crate::io::output::{Done, Output, Wait, Waiting};
use crate::io::phase::Phase;
use crate::io::request::RequestId;
use crate::io::time::Instant;
use crate::io::trouble::Trouble;
use crate::machine::bounds::{Bound, Bounds};
use crate::machine::exchange::Fact;
use crate::machine::memory::Memory;
use crate::machine::{Finished, State};
use crate::wire::version::ResourceVersion;

/// A watch of one resource, as a value.
///
/// Facts go in through [`handle`](Self::handle). Time goes in, and decisions come out, through [`poll`](Self::poll).
/// The order is free: any number of `handle`s, then `poll` until it returns [`Output::Wait`].
///
/// A watcher can be cloned at any time. A clone with the same inputs returns the same outputs.
///
/// ```
/// use core::time::Duration;
/// use watch_core::{Config, Input, Instant, Notice, Output, Resource, TransportError, TransportErrorKind, Watcher};
///
/// let config = Config::builder(Resource::core("v1", "pods")).namespace("default").build()?;
/// let mut watcher = Watcher::new(config);
/// let now = Instant::ORIGIN;
///
/// let Output::Send(request) = watcher.poll(now) else { unreachable!() };
/// let error = TransportError::new(TransportErrorKind::Refused, "connection refused");
/// watcher.handle(Input::Failed { id: request.id, error })?;
///
/// // It reports the failure, waits, and retries.
/// assert!(matches!(watcher.poll(now), Output::Notice(Notice::Retrying { .. })));
/// let Output::Wait(wait) = watcher.poll(now) else { unreachable!() };
/// let retry_at = wait.until.expect("a retry");
/// assert!(retry_at.since(now) < Duration::from_secs(2));
/// assert!(matches!(watcher.poll(retry_at), Output::Send(_)));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[doc(alias("informer", "list_watch", "ListWatch", "reflector"))]
#[derive(Clone, Debug)]
pub struct Watcher {
    state: State,
    memory: Memory,
    /// The latest time of a `poll`. It doesn't go back.
    now: Instant,
    /// The wait that the last `poll` returned.
    waiting: Option<Waiting>,
}

/// The latest time that counts. Instants saturate, so a wait that begins later would be over immediately.
const LATEST: Instant = Instant::from_origin(Duration::from_secs(u64::MAX / 2));

impl Watcher {
    /// Creates a watcher that begins with the start in the configuration.
    pub fn new(config: Config) -> Self {
        Self::with(Memory::new(config))
    }

    /// Creates a watcher that resumes from a checkpoint, in place of the start in the configuration. The version check
    /// (a LIST of one object) comes first, because the server may have been restored from a backup in between. If that
    /// LIST is forbidden, the watch continues without it.
    ///
    /// # Errors
    /// Fails if the checkpoint belongs to another watch, or can't be read.
    pub fn resume(config: Config, from: &Checkpoint) -> Result<Self, CheckpointError> {
        from.check(&config)?;
        Ok(Self::with(Memory::resume(config, from)))
    }

    const fn with(memory: Memory) -> Self {
        Self { state: State::START, memory, now: Instant::ORIGIN, waiting: None }
    }

    /// Takes an input. The next `poll` processes it.
    ///
    /// # Errors
    /// Fails only for a mistake in the driver. The input is then ignored. The behaviour of a server never causes an
    /// error.
    pub fn handle(&mut self, input: Input) -> Result<(), Misuse> {
        match input {
            Input::Response { id, head } => self.fact(id, Fact::Head(head.into())),
            Input::Body { id, bytes } => self.fact(id, Fact::Bytes(bytes)),
            Input::End { id } => self.fact(id, Fact::End),
            Input::Failed { id, error } => self.fact(id, Fact::Failed(error)),
            Input::Relist => {
                self.memory.waited.feed();
                if !self.state.is_finished() {
                    // A backoff isn't cut short: the server may have requested it.
                    if let State::Watching(watching) = &self.state {
                        self.memory.closed = watching.live_since();
                    }
                    if !matches!(self.state, State::BackingOff(_)) {
                        self.leave(State::START);
                    }
                    self.memory.restart(InitialCause::Relist);
                }
                Ok(())
            }
            Input::Stop => {
                self.memory.waited.feed();
                if !self.state.is_finished() {
                    self.finish(Done::Stopped);
                }
                Ok(())
            }
        }
    }

    /// Returns what to do, given the time. Call it until it returns [`Output::Wait`] or [`Output::Done`].
    ///
    /// 1. [`Output::Send`]: send that request; don't wait for the response.
    /// 2. [`Output::Abort`]: drop that exchange.
    /// 3. [`Output::Event`]: pass it to the consumer. The checkpoint covers it from now on.
    /// 4. [`Output::Notice`]: log it.
    /// 5. [`Output::Wait`]: there is nothing to do now. Wait for an input or for the time.
    /// 6. [`Output::Done`]: it is over. Every later call returns the same.
    ///
    /// Hand in every input that is ready before calling `poll`: inputs are processed before timeouts are checked. A
    /// late call can cause a timeout; an early call is harmless. Timeouts count only the time between an
    /// [`Output::Wait`] and the next call, up to the time that the wait named. So a late driver (a slow consumer, a
    /// computer that slept) loses nothing, whether it hands in every input that is ready or one input per call. After
    /// inputs that change nothing (of an exchange that is over, or without bytes), the same wait is returned again,
    /// even if its time is over. Time never goes back: an earlier `now` is treated as the previous one.
    pub fn poll(&mut self, now: Instant) -> Output {
        self.now = self.now.max(now).min(LATEST);
        let now = self.now;
        if let Some(on) = self.waiting
            && let Some(until) = self.memory.waited.goes_on(now)
        {
            return Output::Wait(Wait { until, on });
        }
        self.memory.waited.go_on(now);
        if let Some(opened) = self.memory.closed.take() {
            self.memory.lasted(opened, now);
        }
        self.memory.deadline.begin(now);
        self.waiting = None;
        loop {
            if let Some(output) = self.memory.outbox.next() {
                return output;
            }
            let wait = match self.state {
                State::Starting(_) => None,
                _ => match self.step(now) {
                    Some(Output::Wait(wait)) => Some(wait),
                    Some(output) => return output,
                    None => continue,
                },
            };
            // Every input was processed, and a wait or a request follows: check the bounds now.
            let bounds = Bounds::of(&self.state, &mut self.memory, now);
            match (bounds.reached(now), wait) {
                (None, Some(wait)) => {
                    let wait = Wait { until: bounds.cap(wait.until), ..wait };
                    self.waiting = Some(wait.on);
                    self.memory.waited.begin(wait.until);
                    return Output::Wait(wait);
                }
                (Some(Bound::FinalRead), Some(_)) => self.leave(State::START),
                (Some(Bound::Deadline), _) => {
                    self.memory.deadline_reached(self.phase(), now);
                    self.finish(Done::DeadlineReached);
                }
                (Some(Bound::GivesUp), _) => {
                    let attempts = self.memory.health.attempts();
                    if let Some(last) = self.memory.health.take_last() {
                        self.finish(Done::GaveUp { attempts, last });
                    }
                }
                (bound, None) => {
                    if let Some(Bound::FinalRead) = bound {
                        self.memory.ask_finally(now);
                        self.state = State::FINAL_READ;
                    }
                    if let Some(output) = self.step(now) {
                        return output;
                    }
                }
            }
        }
    }

    /// Lets the state continue.
    fn step(&mut self, now: Instant) -> Option<Output> {
        let (state, mut output) = mem::replace(&mut self.state, State::START).step(&mut self.memory, now);
        self.state = state;
        if let Some(output) = &mut output {
            self.memory.record(output, now);
        }
        output
    }

    /// Enables the final read before the deadline.
    pub(crate) const fn read_finally(&mut self) {
        self.memory.deadline.read_finally();
    }

    /// Returns the last failure, unless it was overcome.
    pub(crate) fn last_trouble(&self) -> Option<&Trouble> {
        self.memory.health.tally().last().filter(|_| self.phase() != Phase::Live)
    }

    /// Returns what a later process needs to resume. `None` while the list isn't complete.
    ///
    /// Changes with the events that `poll` returns, and with [`Input::Relist`].
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        self.memory.checkpoint()
    }

    /// Returns the configuration.
    pub const fn config(&self) -> &Config {
        &self.memory.config
    }

    /// Returns what the watcher is doing. Changes with `poll` and `handle`.
    pub fn phase(&self) -> Phase {
        self.state.phase()
    }

    /// Returns how often the server broke a promise of the protocol. Changes with `poll`.
    pub const fn counters(&self) -> Counters {
        self.memory.health.counters()
    }

    /// Returns how up to date the consumer is. Changes with `poll`.
    pub fn freshness(&self) -> Freshness<'_> {
        let tally = self.memory.health.tally();
        let is_in_trouble = self.phase() != Phase::Live;
        Freshness {
            phase: self.phase(),
            resource_version: self.memory.progress.version(),
            synced_as_of: self.memory.progress.as_of(),
            waiting: self.waiting,
            attempts: self.memory.health.attempts(),
            trouble: tally.last().filter(|_| is_in_trouble),
            trouble_since: tally.since().filter(|_| is_in_trouble),
            needs_attention: tally.is_blocked() && is_in_trouble,
            deadline: self.memory.deadline.at(),
        }
    }

    /// Returns whether the watcher is unused: it had no `poll`, no relist and no stop.
    #[cfg(feature = "trace")]
    pub(crate) fn is_unused(&self) -> bool {
        matches!(self.state, State::Starting(_)) && self.waiting.is_none() && self.memory.is_unused()
    }

    /// Returns the checkpoint from which an unused watcher resumes.
    #[cfg(feature = "trace")]
    pub(crate) fn resumed_from(&self) -> Option<Checkpoint> {
        self.checkpoint().filter(|_| self.memory.progress.is_resumed())
    }

    fn fact(&mut self, id: RequestId, fact: Fact) -> Result<(), Misuse> {
        let is_empty = fact.is_empty();
        match self.state.exchange() {
            Some(exchange) if exchange.id() == id => exchange.accept(fact)?,
            // The exchange is over, which the driver couldn't know.
            _ if self.memory.outbox.has_sent(id) => {
                self.memory.waited.ignore();
                return Ok(());
            }
            _ => return Err(Misuse::NeverSent(id)),
        }
        match is_empty {
            true => self.memory.waited.ignore(),
            false => self.memory.waited.feed(),
        }
        Ok(())
    }

    fn finish(&mut self, how: Done) {
        self.leave(State::Finished(Finished::new(how)));
    }

    /// Drops the open exchange, including its unprocessed inputs.
    fn leave(&mut self, to: State) {
        if let Some(exchange) = mem::replace(&mut self.state, to).into_exchange() {
            exchange.close(&mut self.memory.outbox);
        }
    }
}

/// How up to date the consumer is: see [`Watcher::freshness`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Freshness<'a> {
    /// What the watcher is doing.
    pub phase: Phase,
    /// The version up to which events were returned. `None` while the list isn't complete: then an object that wasn't
    /// returned may exist.
    pub resource_version: Option<&'a ResourceVersion>,
    /// When the consumer was last up to date: at the last event, bookmark or complete list. It stays the same during a
    /// relist. `None` before the first of these.
    pub synced_as_of: Option<Instant>,
    /// What the machine waits for; `None` if the last `poll` didn't return a wait.
    pub waiting: Option<Waiting>,
    /// The number of failed attempts since the last progress.
    pub attempts: u32,
    /// The last failure since there was progress. It is the reason why the machine waits. While a watch is open, this
    /// and `trouble_since` are `None`, and `needs_attention` is false.
    pub trouble: Option<&'a Trouble>,
    /// When the trouble began.
    pub trouble_since: Option<Instant>,
    /// Retrying probably won't fix it ([`Notice::NeedsAttention`](crate::Notice::NeedsAttention)).
    pub needs_attention: bool,
    /// When the watch ends, if the configuration has a deadline, after the first `poll`.
    pub deadline: Option<Instant>,
}
