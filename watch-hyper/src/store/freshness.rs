//! How fresh a store is.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;
use watch_core::{Done, Phase, Trouble};

use crate::stream::Handle;

/// How fresh a [`Store`](super::Store) is: [`Freshness`](watch_core::Freshness), for those who don't have the watch.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoreFreshness {
    /// What the watch is doing.
    pub phase: Phase,
    /// When the set was last known to be all there is; `None` before it is whole for the first time.
    pub synced_as_of: Option<Instant>,
    /// What went wrong last, and isn't over: why the set may be old. `None` while a watch is open, as is the next.
    pub trouble: Option<Trouble>,
    /// When that began.
    pub trouble_since: Option<Instant>,
    /// It won't go away by itself, as far as can be told.
    pub needs_attention: bool,
    /// Why the watch ended; `None` while it goes on, and if it was dropped.
    pub done: Option<Done>,
}

/// Between the watch and all readers.
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
        // Mostly there is neither before nor now.
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
