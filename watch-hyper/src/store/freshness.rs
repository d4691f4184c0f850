//! How fresh a store is.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;
use watch_core::{Done, Phase, Trouble};

use crate::stream::Handle;

/// How fresh a [`Store`](super::Store) is: [`Freshness`](watch_core::Freshness), without access to the watch.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoreFreshness {
    /// What the watch is doing.
    pub phase: Phase,
    /// When the store was last known to be synced; `None` before the first list is complete.
    pub synced_as_of: Option<Instant>,
    /// The current trouble, which is why the objects may be stale. `None` while a watch is open, as `trouble_since` is.
    pub trouble: Option<Trouble>,
    /// When the trouble began.
    pub trouble_since: Option<Instant>,
    /// Whether the trouble needs attention: a retry alone doesn't resolve it.
    pub needs_attention: bool,
    /// Why the watch ended; `None` while it runs, and if it was dropped.
    pub done: Option<Done>,
}

/// Shared by the watch and all readers.
#[derive(Debug)]
pub(super) struct Shared(Mutex<StoreFreshness>);

impl Default for Shared {
    fn default() -> Self {
        Self(Mutex::new(StoreFreshness {
            phase: Phase::Starting,
            synced_as_of: None,
            trouble: None,
            trouble_since: None,
            needs_attention: false,
            done: None,
        }))
    }
}

impl Shared {
    pub(super) fn get(&self) -> StoreFreshness {
        self.lock().clone()
    }

    pub(super) fn update(&self, handle: &Handle) {
        let now = handle.freshness();
        let mut shared = self.lock();
        shared.phase = now.phase;
        shared.synced_as_of = now.synced_as_of.map(|then| handle.on_clock(then));
        shared.trouble_since = now.trouble_since.map(|then| handle.on_clock(then));
        shared.needs_attention = now.needs_attention;
        // Usually there is neither a previous nor a current trouble, and nothing to clone.
        if shared.trouble.as_ref() != now.trouble {
            shared.trouble = now.trouble.cloned();
        }
        if shared.done.as_ref() != handle.done() {
            shared.done = handle.done().cloned();
        }
    }

    fn lock(&self) -> MutexGuard<'_, StoreFreshness> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
