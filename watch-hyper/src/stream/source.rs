//! The changes of a watch, before they are delayed and decoded.

use core::hash::Hasher;
use core::task::{Context, Poll, ready};
use std::hash::RandomState;

use watch_core::{Change, Diff, Object, Predicate, PredicateFilter};

use super::handle::Handle;

/// A watch, a [`Diff`] of its events, and the filters of the changes.
pub(super) struct Source {
    pub(super) handle: Handle,
    pub(super) diff: Diff,
    filters: Vec<PredicateFilter<Boxed, RandomState>>,
}

struct Boxed(Box<dyn Predicate + Send>);

impl Predicate for Boxed {
    fn hash_property(&self, object: &Object, hasher: &mut dyn Hasher) -> bool {
        self.0.hash_property(object, hasher)
    }
}

impl Source {
    pub(super) fn new(mut handle: Handle) -> Self {
        handle.hold_checkpoint();
        Self { handle, diff: Diff::new(), filters: Vec::new() }
    }

    pub(super) fn filter(&mut self, predicate: impl Predicate + Send + 'static) {
        self.filters.push(PredicateFilter::new(Boxed(Box::new(predicate)), RandomState::new()));
    }

    /// Returns the next change that passes all filters.
    pub(super) fn poll_change(&mut self, cx: &mut Context<'_>) -> Poll<Option<Change>> {
        loop {
            if let Some(change) = self.diff.poll() {
                if self.filters.iter_mut().all(|filter| filter.passes(&change)) {
                    return Poll::Ready(Some(change));
                }
                continue;
            }
            self.handle.hold_checkpoint();
            self.handle.compared(self.diff.last_list());
            let Some(event) = ready!(self.handle.poll_event(cx)) else { return Poll::Ready(None) };
            self.diff.handle(event);
        }
    }
}
