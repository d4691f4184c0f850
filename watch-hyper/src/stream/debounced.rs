//! Changes that wait until their objects are quiet.

use core::task::{Context, Poll, ready};
use core::time::Duration;

use watch_core::{Change, Debounce};

use crate::clock::{Clock, Timer};

/// A [`Debounce`] on tokio's clock.
pub(super) struct Debounced {
    debounce: Debounce,
    clock: Clock,
    timer: Timer,
}

impl Debounced {
    pub(super) fn new(quiet: Duration, longest: Duration) -> Self {
        Self { debounce: Debounce::new(quiet, longest), clock: Clock::start(), timer: Timer::default() }
    }

    /// Returns the next change that is due. `poll_source` returns the next change of the watch. After the end of the
    /// watch, all held changes are due.
    pub(super) fn poll_change(
        &mut self,
        cx: &mut Context<'_>,
        mut poll_source: impl FnMut(&mut Context<'_>) -> Poll<Option<Change>>,
    ) -> Poll<Option<Change>> {
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

    /// Returns whether a change is held.
    pub(super) fn holds_any(&self) -> bool {
        !self.debounce.is_empty()
    }
}
