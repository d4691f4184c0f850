//! The objects of changes, as streams.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::Stream;
use watch_core::{FromObject, Object, Touched};

use super::changes::Changes;
use super::handle::Handle;

/// The objects that were added or modified: a stream of objects, from [`Changes::applied_objects`].
#[must_use = "a watch does nothing unless polled"]
pub struct AppliedObjects<T = Object>(Changes<T>);

/// The objects that were added, modified or deleted: a stream of [`Touched`], from [`Changes::touched_objects`].
#[must_use = "a watch does nothing unless polled"]
pub struct TouchedObjects<T = Object>(Changes<T>);

impl<T: FromObject> AppliedObjects<T> {
    pub(super) const fn new(changes: Changes<T>) -> Self {
        Self(changes)
    }

    /// Returns the controls of the watch.
    pub const fn handle(&self) -> &Handle {
        self.0.handle()
    }

    /// Returns the controls of the watch, mutably.
    pub const fn handle_mut(&mut self) -> &mut Handle {
        self.0.handle_mut()
    }
}

impl<T: FromObject> TouchedObjects<T> {
    pub(super) const fn new(changes: Changes<T>) -> Self {
        Self(changes)
    }

    /// Returns the controls of the watch.
    pub const fn handle(&self) -> &Handle {
        self.0.handle()
    }

    /// Returns the controls of the watch, mutably.
    pub const fn handle_mut(&mut self) -> &mut Handle {
        self.0.handle_mut()
    }
}

impl<T: FromObject> Stream for AppliedObjects<T> {
    type Item = Result<T, T::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while let Some(change) = ready!(self.0.poll_change(cx)) {
            if let Some(object) = change.applied() {
                return Poll::Ready(Some(self.handle_mut().decoded(T::from_object(object))));
            }
        }
        Poll::Ready(None)
    }
}

impl<T: FromObject> Stream for TouchedObjects<T> {
    type Item = Result<Touched<T>, T::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while let Some(change) = ready!(self.0.poll_change(cx)) {
            let item = match change.touched() {
                Some(Touched::Object(object)) => T::from_object(object).map(Touched::Object),
                Some(Touched::Vanished(vanished)) => Ok(Touched::Vanished(vanished)),
                None => continue,
            };
            return Poll::Ready(Some(self.handle_mut().decoded(item)));
        }
        Poll::Ready(None)
    }
}

impl<T> fmt::Debug for AppliedObjects<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AppliedObjects").field(&self.0).finish()
    }
}

impl<T> fmt::Debug for TouchedObjects<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TouchedObjects").field(&self.0).finish()
    }
}
