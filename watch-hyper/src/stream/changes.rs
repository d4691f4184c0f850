//! A watch told as changes.

use core::fmt;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::Stream;
use serde::de::DeserializeOwned;
use watch_core::{Checkpoint, DecodeError, Diff, Done, Notice};

use super::raw::RawWatch;
use super::stop::Stopper;
use crate::event::Change;

/// What changed in the watched set: a stream of [`watch_core::Change`]s, made by a [`Diff`].
///
/// A restart after an expired version doesn't show: what happened meanwhile comes as changes, what was deleted
/// meanwhile as [`Vanished`](watch_core::Change::Vanished).
#[must_use = "a watch does nothing unless polled"]
pub struct RawChanges {
    watch: RawWatch,
    diff: Diff,
    /// Of the last moment at which nothing was left to be told.
    checkpoint: Option<Checkpoint>,
}

impl RawChanges {
    pub(super) fn new(watch: RawWatch) -> Self {
        Self { checkpoint: watch.checkpoint(), watch, diff: Diff::new() }
    }

    /// Knows already what this one knows: as after a restart of the process, with the checkpoint from the same moment.
    pub fn knowing(mut self, diff: Diff) -> Self {
        self.diff = diff;
        self
    }

    /// Decodes each object.
    pub const fn typed<T: DeserializeOwned>(self) -> Changes<T> {
        Changes { raw: self, decodes: PhantomData }
    }

    /// See [`RawWatch::observe`].
    pub fn observe(mut self, observer: impl FnMut(&Notice) + Send + 'static) -> Self {
        self.watch = self.watch.observe(observer);
        self
    }

    /// What ends it from elsewhere.
    pub fn stopper(&self) -> Stopper {
        self.watch.stopper()
    }

    /// Ends it: behind what is known already, the next change is none.
    pub fn stop(&self) {
        self.watch.stop();
    }

    /// Where another process can go on. It covers the changes that were handed out, and no others; the last of them from
    /// the next poll on, since only that shows that nothing is left of what they came from.
    pub const fn checkpoint(&self) -> Option<&Checkpoint> {
        self.checkpoint.as_ref()
    }

    /// What is known of the set: to be stored with the [checkpoint](Self::checkpoint), so that another process still
    /// learns of what was deleted in between.
    pub const fn diff(&self) -> &Diff {
        &self.diff
    }

    /// Why it ended; `None` while it goes on.
    pub const fn done(&self) -> Option<&Done> {
        self.watch.done()
    }

    /// The watch below.
    pub const fn watch(&self) -> &RawWatch {
        &self.watch
    }

    /// The watch below. An event that is taken from it isn't seen here.
    pub const fn watch_mut(&mut self) -> &mut RawWatch {
        &mut self.watch
    }
}

impl Stream for RawChanges {
    type Item = watch_core::Change;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<watch_core::Change>> {
        loop {
            if let Some(change) = self.diff.poll() {
                return Poll::Ready(Some(change));
            }
            self.checkpoint = self.watch.checkpoint();
            let last_set = self.diff.last_set();
            self.watch.compared(last_set);
            let Some(event) = ready!(Pin::new(&mut self.watch).poll_next(cx)) else { return Poll::Ready(None) };
            self.diff.handle(event);
        }
    }
}

/// What changed in the watched set, with objects of your type. See [`RawChanges`].
#[must_use = "a watch does nothing unless polled"]
pub struct Changes<T> {
    raw: RawChanges,
    decodes: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Changes<T> {
    /// See [`RawWatch::observe`].
    pub fn observe(mut self, observer: impl FnMut(&Notice) + Send + 'static) -> Self {
        self.raw = self.raw.observe(observer);
        self
    }

    /// What ends it from elsewhere.
    pub fn stopper(&self) -> Stopper {
        self.raw.stopper()
    }

    /// See [`RawChanges::stop`].
    pub fn stop(&self) {
        self.raw.stop();
    }

    /// See [`RawChanges::checkpoint`].
    pub const fn checkpoint(&self) -> Option<&Checkpoint> {
        self.raw.checkpoint()
    }

    /// Why it ended; `None` while it goes on.
    pub const fn done(&self) -> Option<&Done> {
        self.raw.done()
    }

    /// The changes below.
    pub const fn raw(&self) -> &RawChanges {
        &self.raw
    }
}

impl<T: DeserializeOwned> Stream for Changes<T> {
    type Item = Result<Change<T>, DecodeError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let change = ready!(Pin::new(&mut self.raw).poll_next(cx));
        let item = change.map(Change::decode);
        if matches!(item, Some(Err(_))) {
            self.raw.watch.undecodable();
        }
        Poll::Ready(item)
    }
}

impl fmt::Debug for RawChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawChanges").field("watch", &self.watch).field("known", &self.diff.len()).finish()
    }
}

impl<T> fmt::Debug for Changes<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").field("raw", &self.raw).finish()
    }
}
