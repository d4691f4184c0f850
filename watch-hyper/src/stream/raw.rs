//! A watch of objects as they came.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use futures_core::Stream;
use serde::de::DeserializeOwned;
use watch_core::trace::{Entry, Traced};
use watch_core::{
    Checkpoint, CheckpointError, Config, Counters, Done, Event, Freshness, Instant, Machine, Notice, Object, Phase,
    SetChanges, Watcher,
};

use super::changes::RawChanges;
use super::recorded::Recorded;
use super::stop::Stopper;
use super::typed::Watch;
use crate::driver::Driver;
use crate::seed;
use crate::store::{Store, Stored};
use crate::transport::Transport;

/// A watch whose objects aren't decoded: a stream of [`watch_core::Event`]s, each with the object's own bytes.
///
/// It does nothing unless polled, and spawns nothing: the task that asks for the next event does the work. A consumer
/// that doesn't ask leaves the bytes in the socket. Dropping it closes what is open.
///
/// Trouble isn't an item. The watch deals with it, says so to `tracing` and the [observer](Self::observe), and goes
/// on; the stream ends only when the watch is over, and then [`done`](Self::done) says why.
///
/// # Panics
/// Polling it outside of a tokio runtime with a timer panics.
#[must_use = "a watch does nothing unless polled"]
pub struct RawWatch {
    driver: Driver<Recorded>,
}

impl RawWatch {
    /// A watch that starts where the configuration says. Nothing is sent before the first event is asked for. Where the
    /// configuration has no seed, it gets one from the operating system, so that no two watches wait alike.
    pub fn new(transport: impl Into<Transport>, config: Config) -> Self {
        let watcher = Watcher::new(config.or_seed(seed::random()));
        Self { driver: Driver::new(Recorded::Not(watcher), transport.into(), true) }
    }

    /// A watch that goes on from where a checkpoint was taken.
    ///
    /// # Errors
    /// If the checkpoint belongs to another watch, or can't be understood.
    pub fn resume(transport: impl Into<Transport>, config: Config, from: &Checkpoint) -> Result<Self, CheckpointError> {
        let watcher = Recorded::Not(Watcher::resume(config.or_seed(seed::random()), from)?);
        Ok(Self { driver: Driver::new(watcher, transport.into(), true) })
    }

    /// Decodes each object.
    pub const fn typed<T: DeserializeOwned>(self) -> Watch<T> {
        Watch::wrap(self)
    }

    /// What changed, whichever way it was learnt: each thing that happened once, and nothing lost, also over a restart.
    pub fn changes(self) -> RawChanges {
        RawChanges::new(self)
    }

    /// Keeps the present set in a [`Store`], for others to read.
    pub fn store(self) -> (Stored<Object>, Store<Object>) {
        Stored::new(self, |object| Ok(object.clone().detach()))
    }

    /// Calls this with all that happens to the watch itself: trouble and what becomes of it, restarts. One observer;
    /// another one takes its place. It runs in the task that polls, and should be quick.
    pub fn observe(mut self, observer: impl FnMut(&Notice) + Send + 'static) -> Self {
        self.driver.observe(observer);
        self
    }

    /// Records all that passes the machine's doors: a bug report that runs. Written one a line, as JSON, the entries are
    /// a self-contained trace, which [`trace::replay`](watch_core::trace::replay) and `watch-test replay` replay.
    ///
    /// Call it before the first event is asked for; a trace that begins later can't be replayed, and says so.
    ///
    /// The entries hold what the server sent: the values of Secrets, where those are watched. They hold no credentials.
    pub fn record(mut self, write: impl FnMut(Entry) + Send + 'static) -> Self {
        let machine = self.driver.machine_mut();
        *machine = Recorded::Traced(Traced::new(machine.watcher().clone(), Box::new(write)));
        self
    }

    /// What ends it from elsewhere.
    pub fn stopper(&self) -> Stopper {
        Stopper::new(self.driver.stop_token().clone())
    }

    /// Ends it: the next event is none.
    pub fn stop(&self) {
        self.driver.stop_token().cancel();
    }

    /// Asks for the whole set again.
    pub fn relist(&mut self) {
        self.driver.relist();
    }

    /// Where another process can go on; `None` while there is no such place. It covers the events that were handed out.
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        self.driver.machine().watcher().checkpoint()
    }

    /// What it is doing.
    pub fn phase(&self) -> Phase {
        self.driver.machine().watcher().phase()
    }

    /// What is known as of when, and why it waits.
    pub fn freshness(&self) -> Freshness<'_> {
        self.driver.machine().watcher().freshness()
    }

    /// What the server did that a server which keeps its promises doesn't do, so far.
    pub fn counters(&self) -> Counters {
        self.driver.machine().watcher().counters()
    }

    /// How long ago the server last showed that the consumer has all there is; `None` before the first set was whole.
    pub fn stale_for(&self) -> Option<Duration> {
        self.driver.machine().watcher().freshness().synced_as_of.map(|then| self.driver.since(then))
    }

    /// An object that was handed out doesn't fit its type: counted in the metrics.
    pub(crate) fn undecodable(&mut self) {
        self.driver.undecodable();
    }

    /// What a `Diff` made of the last set.
    pub(super) const fn compared(&mut self, changes: Option<SetChanges>) {
        self.driver.compared(changes);
    }

    /// When that is on tokio's clock.
    pub(crate) fn on_clock(&self, at: Instant) -> tokio::time::Instant {
        self.driver.on_clock(at)
    }

    /// Why it ended; `None` while it goes on.
    pub const fn done(&self) -> Option<&Done> {
        self.driver.done()
    }
}

impl Stream for RawWatch {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        self.driver.poll_event(cx)
    }
}

impl fmt::Debug for RawWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawWatch").field("phase", &self.phase()).field("done", &self.done()).finish_non_exhaustive()
    }
}
