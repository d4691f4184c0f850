//! Changes that wait until their objects are quiet, on tokio's clock.

use core::task::{Context, Poll, ready};

use watch_core::{Change, Instant};

use crate::clock::{Clock, Timer};

/// Holds changes. It has no clock: the time comes in with each call.
pub(crate) trait Debounce {
    /// What it holds.
    type Change;

    /// Takes a change.
    fn handle(&mut self, change: Self::Change, now: Instant);

    /// Returns the next change that is due.
    fn poll(&mut self, now: Instant) -> Option<Self::Change>;

    /// Returns when `poll` returns the next change. Valid only after `poll` returned `None`.
    fn next_at(&self) -> Option<Instant>;

    /// Makes all held changes due at once.
    fn flush(&mut self);
}

impl Debounce for watch_core::Debounce {
    type Change = Change;

    fn handle(&mut self, change: Change, now: Instant) {
        self.handle(change, now);
    }

    fn poll(&mut self, now: Instant) -> Option<Change> {
        self.poll(now)
    }

    fn next_at(&self) -> Option<Instant> {
        self.next_at()
    }

    fn flush(&mut self) {
        self.flush();
    }
}

/// A [`Debounce`] on tokio's clock.
pub(crate) struct Debounced<D> {
    debounce: D,
    clock: Clock,
    timer: Timer,
}

impl<D: Debounce> Debounced<D> {
    pub(crate) fn new(debounce: D) -> Self {
        Self { debounce, clock: Clock::start(), timer: Timer::default() }
    }

    /// Returns the next change that is due. `poll_source` returns the next change of the source. After the end of the
    /// source, all held changes are due.
    pub(crate) fn poll_change(
        &mut self,
        cx: &mut Context<'_>,
        mut poll_source: impl FnMut(&mut Context<'_>) -> Poll<Option<D::Change>>,
    ) -> Poll<Option<D::Change>> {
        loop {
            if let Some(change) = self.debounce.poll(self.clock.now()) {
                return Poll::Ready(Some(change));
            }
            match poll_source(cx) {
                Poll::Ready(Some(change)) => self.debounce.handle(change, self.clock.now()),
                Poll::Ready(None) => {
                    self.debounce.flush();
                    return Poll::Ready(self.debounce.poll(self.clock.now()));
                }
                Poll::Pending => {
                    let Some(at) = self.debounce.next_at() else { return Poll::Pending };
                    ready!(self.timer.poll_until(self.clock.instant(at), cx));
                }
            }
        }
    }
}

impl Debounced<watch_core::Debounce> {
    /// Returns whether a change is held.
    pub(crate) fn holds_any(&self) -> bool {
        !self.debounce.is_empty()
    }
}
