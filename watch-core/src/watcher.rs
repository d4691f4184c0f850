//! The machine, behind its two doors.

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
/// There is no order to remember: any number of `handle`s, then `poll` until it says [`Output::Wait`].
///
/// It can be cloned at any time: both go on alike if they are told alike.
#[doc(alias("informer", "list_watch", "ListWatch", "reflector"))]
#[derive(Clone, Debug)]
pub struct Watcher {
    state: State,
    memory: Memory,
    /// What the clock said last; it doesn't go back.
    now: Instant,
    /// What the last `poll` said to wait for.
    waiting: Option<Waiting>,
}

/// No clock gets here. Behind it every wait would be over when it begins, since instants saturate.
const LATEST: Instant = Instant::from_origin(Duration::from_secs(u64::MAX / 2));

impl Watcher {
    /// Starts where the configuration says.
    pub fn new(config: Config) -> Self {
        Self::with(Memory::new(config))
    }

    /// Goes on from where a checkpoint was taken: with what happened since then, whatever the configuration says of the
    /// start. The server is first asked how far it is (a LIST of one object), since it may have been restored from a backup
    /// meanwhile; if that isn't allowed, the watch goes on without.
    ///
    /// # Errors
    /// If the checkpoint belongs to another watch, or can't be understood.
    pub fn resume(config: Config, from: &Checkpoint) -> Result<Self, CheckpointError> {
        from.check(&config)?;
        Ok(Self::with(Memory::resume(config, from)))
    }

    const fn with(memory: Memory) -> Self {
        Self { state: State::START, memory, now: Instant::ORIGIN, waiting: None }
    }

    /// Takes a fact. It is looked at by the next `poll`.
    ///
    /// # Errors
    /// Only for a mistake in the driver, which is then ignored; never for what a server did.
    pub fn handle(&mut self, input: Input) -> Result<(), Misuse> {
        match input {
            Input::Response { id, head } => self.fact(id, Fact::Head(head)),
            Input::Body { id, bytes } => self.fact(id, Fact::Bytes(bytes)),
            Input::End { id } => self.fact(id, Fact::End),
            Input::Failed { id, error } => self.fact(id, Fact::Failed(error)),
            Input::Relist => {
                if !self.state.is_finished() {
                    // A wait that is under way is not cut short: the server may have asked for it.
                    if !matches!(self.state, State::BackingOff(_)) {
                        self.leave(State::START);
                    }
                    self.memory.restart(InitialCause::Relist);
                }
                Ok(())
            }
            Input::Stop => {
                if !self.state.is_finished() {
                    self.finish(Done::Stopped);
                }
                Ok(())
            }
        }
    }

    /// Says what to do, given the time. Call it until it says [`Output::Wait`] or [`Output::Done`].
    ///
    /// 1. [`Output::Send`]: start that request; don't wait for the answer.
    /// 2. [`Output::Abort`]: drop that exchange.
    /// 3. [`Output::Event`]: hand it to the consumer. From now on the checkpoint covers it.
    /// 4. [`Output::Notice`]: log it.
    /// 5. [`Output::Wait`]: nothing to do now. Wait for input or for the time.
    /// 6. [`Output::Done`]: it is over. Every later call says the same.
    ///
    /// Calling it late is what a timeout is; calling it early does no harm. Timeouts count only the time between an
    /// [`Output::Wait`] and the next call, up to the time that the wait named, and inputs are processed before timeouts
    /// are checked. So a driver that comes late (a slow consumer, a computer that slept) loses nothing, whether it hands
    /// in every input that is ready or one input a call. Time never goes back: an earlier `now` is treated as the previous
    /// one.
    pub fn poll(&mut self, now: Instant) -> Output {
        self.now = self.now.max(now).min(LATEST);
        let now = self.now;
        self.memory.waited.go_on(now);
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
            // Nothing is left of what was handed in, and what follows is a wait, or a request: the bounds count now.
            let bounds = Bounds::of(&self.state, &self.memory, now);
            match (bounds.reached(now), wait) {
                (None, Some(wait)) => {
                    let wait = Wait { until: bounds.cap(wait.until), ..wait };
                    self.waiting = Some(wait.on);
                    self.memory.waited.begin(wait.until);
                    return Output::Wait(wait);
                }
                (Some(Bound::FinalRead), Some(_)) => self.leave(State::START),
                (Some(Bound::Deadline), _) => {
                    self.memory.deadline_came(self.phase(), now);
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

    /// Lets the state go on.
    fn step(&mut self, now: Instant) -> Option<Output> {
        let (state, mut output) = mem::replace(&mut self.state, State::START).step(&mut self.memory, now);
        self.state = state;
        if let Some(output) = &mut output {
            self.memory.leaving(output, now);
        }
        output
    }

    /// Reads the present state once more before the deadline.
    pub(crate) const fn read_finally(&mut self) {
        self.memory.deadline.read_finally();
    }

    /// The last trouble, unless it was overcome.
    pub(crate) fn last_trouble(&self) -> Option<&Trouble> {
        self.memory.health.tally().last().filter(|_| self.phase() != Phase::Live)
    }

    /// Where another process can go on. `None` while there is no such place: the set isn't whole.
    ///
    /// Changes with the events that `poll` returns, and with [`Input::Relist`].
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        self.memory.checkpoint()
    }

    /// What it watches, and how.
    pub const fn config(&self) -> &Config {
        &self.memory.config
    }

    /// What it is doing. Changes with `poll` and `handle`.
    pub fn phase(&self) -> Phase {
        self.state.phase()
    }

    /// What the server did that a server which keeps its promises doesn't do, so far. Changes with `poll`.
    pub const fn counters(&self) -> Counters {
        self.memory.health.counters()
    }

    /// How much of the truth the consumer has. Changes with `poll`.
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

    /// Whether it is as it was made: neither polled nor told to relist or stop.
    #[cfg(feature = "trace")]
    pub(crate) fn is_unused(&self) -> bool {
        matches!(self.state, State::Starting(_)) && self.waiting.is_none() && self.memory.is_unused()
    }

    /// The checkpoint that it resumed from, while it is unused.
    #[cfg(feature = "trace")]
    pub(crate) fn resumed_from(&self) -> Option<Checkpoint> {
        self.checkpoint().filter(|_| self.memory.progress.is_resumed())
    }

    fn fact(&mut self, id: RequestId, fact: Fact) -> Result<(), Misuse> {
        match self.state.exchange() {
            Some(exchange) if exchange.id() == id => {
                self.memory.waited.feed();
                exchange.accept(fact)
            }
            // Of an exchange that is over: the driver can't have known.
            _ if self.memory.outbox.has_sent(id) => Ok(()),
            _ => Err(Misuse::NeverSent(id)),
        }
    }

    fn finish(&mut self, how: Done) {
        self.leave(State::Finished(Finished::new(how)));
    }

    /// Drops what is going on, and with it all that would still have come of it.
    fn leave(&mut self, to: State) {
        if let Some(exchange) = mem::replace(&mut self.state, to).into_exchange() {
            exchange.close(&mut self.memory.outbox);
        }
    }
}

/// See [`Watcher::freshness`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Freshness<'a> {
    /// What the watcher is doing.
    pub phase: Phase,
    /// Up to where events were handed out; `None` while the set isn't whole, so that what is absent proves nothing.
    pub resource_version: Option<&'a ResourceVersion>,
    /// When the consumer last had all there was: with the last event, bookmark or whole set. What it made of that stays
    /// as old as this while a new set comes. `None` before the first.
    pub synced_as_of: Option<Instant>,
    /// What it waits for; `None` if the last `poll` said something else.
    pub waiting: Option<Waiting>,
    /// How many attempts failed since there was progress.
    pub attempts: u32,
    /// The last of what went wrong since there was progress: why it waits. `None` while a watch is open, as are the next
    /// two.
    pub trouble: Option<&'a Trouble>,
    /// When that began.
    pub trouble_since: Option<Instant>,
    /// It won't go away by itself, as far as can be told ([`Notice::NeedsAttention`](crate::Notice::NeedsAttention)).
    pub needs_attention: bool,
    /// When it ends, if the configuration has a deadline and there was a first `poll`.
    pub deadline: Option<Instant>,
}
