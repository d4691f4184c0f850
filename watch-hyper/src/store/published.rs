//! What the watch of a store shares with its readers.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use arc_swap::ArcSwap;
use tokio::sync::{broadcast, watch};
use watch_core::Done;

use super::freshness;
use super::objects::Step;
use super::set::Set;
use crate::stream::Handle;

/// Shared by the watch and all readers. A reader never waits for the watch, and the watch never waits for a reader.
pub(super) struct Published<T> {
    pub(super) set: ArcSwap<Set<T>>,
    pub(super) freshness: freshness::Shared,
    /// Locked to begin a subscription, and to send a change to all subscriptions. Neither waits for a subscriber.
    subscriptions: Mutex<Subscriptions<T>>,
    /// The maximum number of changes that are kept for slow subscribers.
    capacity: usize,
    /// Why the watch ended; empty while it runs, and if it was dropped.
    pub(super) done: OnceLock<Done>,
}

enum Subscriptions<T> {
    /// There are no subscriptions, and no memory is used for changes.
    None,
    Some(broadcast::Sender<Arc<News<T>>>),
    /// The watch has ended.
    Ended,
}

/// What subscribers receive.
pub(super) struct News<T> {
    /// The number of the state that includes the change: [`Set::at`].
    pub(super) at: u64,
    /// `None` for a list: each subscriber finds the steps between what it saw and the list.
    pub(super) step: Option<Step<T>>,
}

impl<T> Published<T> {
    /// Returns the changes from now on; `None` if the watch has ended. A state that is loaded after this call includes
    /// each earlier change.
    pub(super) fn subscribe(&self) -> Option<broadcast::Receiver<Arc<News<T>>>> {
        let mut subscriptions = self.subscriptions();
        match &*subscriptions {
            Subscriptions::Ended => None,
            Subscriptions::Some(sender) => Some(sender.subscribe()),
            Subscriptions::None => {
                let (sender, receiver) = broadcast::channel(self.capacity);
                *subscriptions = Subscriptions::Some(sender);
                Some(receiver)
            }
        }
    }

    fn subscriptions(&self) -> MutexGuard<'_, Subscriptions<T>> {
        self.subscriptions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The writing side. There is one.
pub(super) struct Publisher<T> {
    published: Arc<Published<T>>,
    /// Wakes the readers that wait; `None` after the end.
    changed: Option<watch::Sender<()>>,
}

impl<T> Publisher<T> {
    /// Returns the writing side and, for readers, what is published and when it changes.
    pub(super) fn new(set: Set<T>, capacity: usize) -> (Self, Arc<Published<T>>, watch::Receiver<()>) {
        let (changed, receiver) = watch::channel(());
        let published = Arc::new(Published {
            set: ArcSwap::from_pointee(set),
            freshness: freshness::Shared::default(),
            subscriptions: Mutex::new(Subscriptions::None),
            capacity,
            done: OnceLock::new(),
        });
        (Self { published: Arc::clone(&published), changed: Some(changed) }, published, receiver)
    }

    /// Publishes a state in which one object changed.
    pub(super) fn publish_step(&self, set: &Set<T>, step: Step<T>) {
        self.publish(set);
        self.send(News { at: set.at, step: Some(step) });
    }

    /// Publishes a state with a new list.
    pub(super) fn publish_list(&self, set: &Set<T>) {
        self.publish(set);
        self.send(News { at: set.at, step: None });
    }

    /// Publishes a state in which no object changed.
    pub(super) fn publish(&self, set: &Set<T>) {
        self.published.set.store(Arc::new(set.clone()));
        if let Some(changed) = &self.changed {
            changed.send_replace(());
        }
    }

    /// The state must be published before this call. Then a subscriber that begins now has either the state or the
    /// news.
    fn send(&self, news: News<T>) {
        let mut subscriptions = self.published.subscriptions();
        if let Subscriptions::Some(sender) = &*subscriptions
            && sender.send(Arc::new(news)).is_err()
        {
            // All subscribers are gone.
            *subscriptions = Subscriptions::None;
        }
    }

    pub(super) fn update_freshness(&self, handle: &Handle) {
        self.published.freshness.update(handle);
    }

    /// Ends the store with its watch: subscribers receive the changes that are left, and readers no longer wait.
    pub(super) fn end(&mut self, done: Option<&Done>) {
        if let Some(done) = done {
            // A reflector that is polled after the end has the same reason.
            _ = self.published.done.set(done.clone());
        }
        *self.published.subscriptions() = Subscriptions::Ended;
        self.changed = None;
    }
}

impl<T> Drop for Publisher<T> {
    fn drop(&mut self) {
        self.end(None);
    }
}
