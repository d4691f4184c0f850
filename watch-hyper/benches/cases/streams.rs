//! How objects are read.

use std::fmt::Debug;
use std::hint::black_box;
use std::pin::Pin;

use futures_util::{Stream, StreamExt as _};
use watch_hyper::watch_core::{Change, Config, Event, FromObject};
use watch_hyper::{Transport, Watch};

/// Opens a watch. Each item is whether it has an object.
pub(crate) type Play = fn(Transport, Config) -> Items;

pub(crate) type Items = Pin<Box<dyn Stream<Item = bool>>>;

pub(crate) fn watch<T: FromObject + 'static>(transport: Transport, config: Config) -> Items {
    Box::pin(Watch::<T>::new(transport, config).map(has_object))
}

pub(crate) fn changes<T: FromObject + 'static>(transport: Transport, config: Config) -> Items {
    let has_object = |change: Result<Change<T>, T::Error>| {
        !matches!(black_box(change).expect("it fits the type"), Change::Synced { .. })
    };
    Box::pin(Watch::<T>::new(transport, config).changes().map(has_object))
}

pub(crate) fn store<T: FromObject + Clone + Send + Sync + 'static>(transport: Transport, config: Config) -> Items {
    let (reflector, store) = Watch::<T>::new(transport, config).store();
    Box::pin(reflector.map(move |event| {
        // Without a reader, a store has nothing to do.
        let _: &_ = &store;
        has_object(event)
    }))
}

/// Returns whether an event has an object.
pub(crate) fn has_object<T, E: Debug>(event: Result<Event<T>, E>) -> bool {
    let event = black_box(event).expect("it fits the type");
    matches!(event, Event::Initial(_) | Event::Added(_) | Event::Modified(_) | Event::Deleted(_))
}
