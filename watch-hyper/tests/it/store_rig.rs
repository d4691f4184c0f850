//! Polls a store and its subscribers.

use futures_util::{FutureExt, StreamExt};
use watch_hyper::{Reflector, StoreChange, Subscriber};

/// Polls this number of events of the watch.
pub(crate) async fn poll(reflector: &mut Reflector, events: usize) {
    for _ in 0..events {
        let Ok(_) = reflector.next().await.unwrap();
    }
}

/// Returns the changes that the subscriber yields without waiting.
pub(crate) fn ready(subscriber: &mut Subscriber) -> impl Iterator<Item = StoreChange> {
    core::iter::from_fn(|| subscriber.next().now_or_never().flatten())
}
