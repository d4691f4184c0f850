//! The controls that each stream of a watch has, besides its items.

use core::fmt;
use core::task::{Context, Poll};
use core::time::Duration;
use std::sync::Arc;

use watch_core::trace::{Entry, Traced};
use watch_core::{
    Checkpoint, Config, ConfigError, Counters, Done, Event, Freshness, Instant, ListChanges, Machine, Notice, Phase,
    Watcher,
};

use super::recorded::Recorded;
use super::stop::Stopper;
use crate::driver::Driver;
use crate::pending_writes::PendingWrites;
use crate::seed;
use crate::transport::Transport;

/// The controls of a watch: state, checkpoint, observer, recorder, relist, stop.
///
/// Each stream of a watch ([`Watch`](crate::Watch), [`Changes`](crate::Changes), [`Reflector`](crate::Reflector)) has
/// one, which its methods `handle` and `handle_mut` return. The handle stays with its stream; a [`Stopper`] can be
/// passed to other tasks.
pub struct Handle {
    driver: Driver<Recorded>,
    covered: Covered,
    /// Boxed, because few watches have them.
    extras: Option<Box<Extras>>,
}

#[derive(Default)]
struct Extras {
    /// The book of pending writes, and the last event, until the consumer has it.
    tracked: Option<(PendingWrites, Option<Event>)>,
    /// The observer of the stream itself, which sees each notice before that of the program.
    first_observer: Option<Arc<dyn Fn(&Notice) + Send + Sync>>,
}

/// Which events the checkpoint covers.
enum Covered {
    Polled,
    /// Only events whose changes were all polled. This is the checkpoint of the last of these events.
    Held(Option<Checkpoint>),
}

impl Handle {
    pub(super) fn new(transport: Transport, watcher: Watcher) -> Self {
        Self { driver: Driver::new(Recorded::Not(watcher), transport, true), covered: Covered::Polled, extras: None }
    }

    /// Ends the watch before the first request, because the type of its objects is wrong.
    pub(super) fn refuse(&mut self, error: ConfigError) {
        self.driver.refuse(error);
    }

    /// Calls `observer` with each notice of the watch: trouble, retries, relists. A second observer replaces the first.
    /// The observer runs in the task that polls the stream, and should be quick.
    pub fn observe(&mut self, mut observer: impl FnMut(&Notice) + Send + 'static) -> &mut Self {
        match self.extras.as_ref().and_then(|extras| extras.first_observer.clone()) {
            Some(first) => self.driver.observe(move |notice| {
                first(notice);
                observer(notice);
            }),
            None => self.driver.observe(observer),
        }
        self
    }

    /// Sets the observer of the stream itself, which no other observer replaces. Removes that of the program.
    #[cfg(feature = "kube-runtime")]
    pub(crate) fn observe_first(&mut self, observer: impl Fn(&Notice) + Send + Sync + 'static) {
        self.extras.get_or_insert_default().first_observer = Some(Arc::new(observer));
        self.observe(|_| {});
    }

    /// Shows the events of this watch to a book of pending writes. A second book replaces the first.
    ///
    /// An event counts from the next poll on, since the program then has the event in its own state. A stream that
    /// reads ahead ([`DecodeOn`](crate::DecodeOn)) or holds changes back (`debounce`) polls earlier, so the book may be
    /// ahead of such a program.
    pub fn track_writes(&mut self, writes: &PendingWrites) -> &mut Self {
        self.extras.get_or_insert_default().tracked = Some((writes.clone(), None));
        self
    }

    /// Records all inputs and outputs of the machine, for a bug report that can be replayed. If the entries are written
    /// as JSON, one a line, they are a self-contained trace. [`trace::replay`](watch_core::trace::replay) and
    /// `watch-test replay` replay it.
    ///
    /// Call it before the first poll. The replay of a trace that begins later fails, and the error has that reason.
    ///
    /// The entries hold what the server sent: the values of Secrets, where those are watched. They hold no credentials.
    pub fn record(&mut self, write: impl FnMut(Entry) + Send + 'static) -> &mut Self {
        let machine = self.driver.machine_mut();
        *machine = Recorded::Traced(Traced::new(machine.watcher().clone(), Box::new(write)));
        self
    }

    /// Returns a stopper, which stops the watch from another task or thread.
    pub fn stopper(&self) -> Stopper {
        self.driver.stopping().stopper()
    }

    /// Stops the watch. The stream yields the remaining changes of the last event, if there are any, and then `None`.
    pub fn stop(&self) {
        self.driver.stopping().stop();
    }

    /// Requests a relist: a new LIST (or streaming list) from the server.
    ///
    /// client-go's *resync* differs: it repeats what its cache holds, and sends no request. For a resync, iterate over
    /// a [`Store`](crate::Store).
    #[doc(alias = "resync")]
    pub fn relist(&mut self) {
        self.driver.relist();
    }

    /// Returns the checkpoint from which another process can resume; `None` while there is no version to resume from.
    /// The checkpoint covers the items that were polled.
    ///
    /// An event can yield several [`Changes`](crate::Changes). The checkpoint covers such an event only after the poll
    /// that follows its last change.
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        match &self.covered {
            Covered::Polled => self.polled_checkpoint(),
            Covered::Held(checkpoint) => checkpoint.clone(),
        }
    }

    /// Returns what the watch is doing.
    pub fn phase(&self) -> Phase {
        self.watcher().phase()
    }

    /// Returns as of which time the consumer is synced, and why the watch waits.
    pub fn freshness(&self) -> Freshness<'_> {
        self.watcher().freshness()
    }

    /// Returns the counters of repeats and regressions: events that a conforming server doesn't send.
    pub fn counters(&self) -> Counters {
        self.watcher().counters()
    }

    /// Returns how long ago the server last showed that the consumer has everything; `None` before the first list is
    /// complete.
    pub fn stale_for(&self) -> Option<Duration> {
        self.freshness().synced_as_of.map(|then| self.driver.since(then))
    }

    /// Returns why the watch ended; `None` while it runs.
    pub const fn done(&self) -> Option<&Done> {
        self.driver.done()
    }

    pub(crate) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        if let Some((writes, last)) = self.tracked()
            && let Some(last) = last.take()
        {
            writes.observe(&last);
        }
        let event = self.driver.poll_event(cx);
        if let (Some((_, last)), Poll::Ready(Some(event))) = (self.tracked(), &event) {
            *last = Some(event.clone());
        }
        event
    }

    /// Fixes the checkpoint until the next call. It doesn't cover events that are polled from now on.
    pub(crate) fn hold_checkpoint(&mut self) {
        self.hold_checkpoint_at(self.polled_checkpoint());
    }

    /// Returns the checkpoint that covers the events that were polled from the machine.
    pub(super) fn polled_checkpoint(&self) -> Option<Checkpoint> {
        self.watcher().checkpoint()
    }

    /// Fixes the checkpoint at the given one until the next call.
    pub(super) fn hold_checkpoint_at(&mut self, checkpoint: Option<Checkpoint>) {
        self.covered = Covered::Held(checkpoint);
    }

    /// Counts the object in the metrics if it doesn't fit its type.
    pub(crate) fn decoded<T, E>(&mut self, item: Result<T, E>) -> Result<T, E> {
        if item.is_err() {
            self.driver.undecodable();
        }
        item
    }

    /// Stores the changes that a `Diff` found in the last list.
    pub(super) const fn compared(&mut self, changes: Option<ListChanges>) {
        self.driver.compared(changes);
    }

    /// Converts an instant of the machine to tokio's clock.
    pub(crate) fn on_clock(&self, at: Instant) -> tokio::time::Instant {
        self.driver.on_clock(at)
    }

    fn tracked(&mut self) -> Option<&mut (PendingWrites, Option<Event>)> {
        self.extras.as_mut()?.tracked.as_mut()
    }

    fn watcher(&self) -> &Watcher {
        self.driver.machine().watcher()
    }
}

/// Adds a random seed if the configuration has none, so that no two watches have the same jitter.
pub(super) fn seeded(config: Config) -> Config {
    config.or_seed(seed::random())
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("phase", &self.phase()).field("done", &self.done()).finish_non_exhaustive()
    }
}
