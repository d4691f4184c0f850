//! A watch of decoded objects.

use core::fmt;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::Stream;
use serde::de::DeserializeOwned;
use watch_core::{Checkpoint, CheckpointError, Config, DecodeError, Done, Notice};

use super::changes::Changes;
use super::raw::RawWatch;
use super::stop::Stopper;
use crate::event::Event;
use crate::store::{Store, Stored};
use crate::transport::Transport;

/// A watch: a stream of [`Event`]s with objects of your type. See [`RawWatch`] for how it behaves.
///
/// An object that doesn't fit the type is an error *of that object*: the item has its raw bytes, and the stream goes
/// on.
#[must_use = "a watch does nothing unless polled"]
pub struct Watch<T> {
    raw: RawWatch,
    decodes: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Watch<T> {
    /// A watch that starts where the configuration says. Nothing is sent before the first event is asked for.
    pub fn new(transport: impl Into<Transport>, config: Config) -> Self {
        RawWatch::new(transport, config).typed()
    }

    /// A watch that goes on from where a checkpoint was taken.
    ///
    /// # Errors
    /// If the checkpoint belongs to another watch, or can't be understood.
    pub fn resume(transport: impl Into<Transport>, config: Config, from: &Checkpoint) -> Result<Self, CheckpointError> {
        RawWatch::resume(transport, config, from).map(RawWatch::typed)
    }

    pub(super) const fn wrap(raw: RawWatch) -> Self {
        Self { raw, decodes: PhantomData }
    }

    /// What changed, whichever way it was learnt: each thing that happened once, and nothing lost, also over a restart.
    pub fn changes(self) -> Changes<T> {
        self.raw.changes().typed()
    }

    /// Keeps the present set in a [`Store`], for others to read.
    pub fn store(self) -> (Stored<T>, Store<T>) {
        Stored::new(self.raw, |object| object.decode())
    }

    /// See [`RawWatch::observe`].
    pub fn observe(mut self, observer: impl FnMut(&Notice) + Send + 'static) -> Self {
        self.raw = self.raw.observe(observer);
        self
    }

    /// What ends it from elsewhere.
    pub fn stopper(&self) -> Stopper {
        self.raw.stopper()
    }

    /// Ends it: the next event is none.
    pub fn stop(&self) {
        self.raw.stop();
    }

    /// See [`RawWatch::checkpoint`].
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        self.raw.checkpoint()
    }

    /// Why it ended; `None` while it goes on.
    pub const fn done(&self) -> Option<&Done> {
        self.raw.done()
    }

    /// The watch below.
    pub const fn raw(&self) -> &RawWatch {
        &self.raw
    }

    /// The watch below. An event that is taken from it isn't seen here.
    pub const fn raw_mut(&mut self) -> &mut RawWatch {
        &mut self.raw
    }
}

impl<T: DeserializeOwned> Stream for Watch<T> {
    type Item = Result<Event<T>, DecodeError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let event = ready!(Pin::new(&mut self.raw).poll_next(cx));
        let item = event.map(|event| Event::decode(&event));
        if matches!(item, Some(Err(_))) {
            self.raw.undecodable();
        }
        Poll::Ready(item)
    }
}

impl<T> fmt::Debug for Watch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("raw", &self.raw).finish()
    }
}
