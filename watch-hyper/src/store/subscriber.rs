//! The changes of a store.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;
use std::vec;

use futures_core::Stream;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;
use watch_core::{Object, ObjectMetadata, ResourceVersion};

use super::change::{Keyed, StoreChange};
use super::debounce::StoreDebounce;
use super::filter::Filter;
use super::key::Key;
use super::objects::{Objects, Step, steps};
use super::published::{News, Published};
use super::set::Set;
use crate::budget;
use crate::debounced::Debounced;

/// The changes of a [`Store`](super::Store), as a stream of [`StoreChange`]s.
/// [`Store::subscribe`](super::Store::subscribe) returns one.
///
/// It begins with the objects that the store has, each as [`Added`](StoreChange::Added), and then
/// [`Synced`](StoreChange::Synced). If the store isn't synced yet, they follow when it is. Then the changes follow,
/// each when the store has it. All changes together result in the objects of the store. A relist yields only what
/// differs, and another `Synced`. The stream ends with the watch.
///
/// A slow subscriber makes neither the watch nor other subscribers wait. The store keeps a limited number of changes
/// for the slow ones ([`StoreBuilder::capacity`](super::StoreBuilder::capacity)). A subscriber that is slower receives
/// [`Lagged`](StoreChange::Lagged), and then the difference between what it saw and the store. Until it polls again, it
/// keeps the objects that it saw last. The store still has most of them.
///
/// Updates that don't matter are dropped by [`predicate_filter`](Self::predicate_filter). [`debounce`](Self::debounce)
/// delays and joins the changes of each object. Neither drops or delays a deletion, and both keep `Synced` and `Lagged`.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/server.rs"));
/// use futures_util::StreamExt;
/// use watch_hyper::watch_core::{Config, Object, Resource};
/// use watch_hyper::{StoreChange, Watch};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn core::error::Error>> {
/// # let client = watch_hyper::Client::builder(&serve()).build()?;
/// let config = Config::builder(Resource::core("v1", "pods")).build()?;
/// let (reflector, store) = Watch::<Object>::new(client, config).store();
/// let mut changes = store.subscribe();
/// tokio::spawn(reflector.drive());
///
/// while let Some(change) = changes.next().await {
///     match change {
///         StoreChange::Added(pod) => println!("{} exists", pod.name()),
///         StoreChange::Modified { old, new } => {
///             println!("{} changed from {} to {}", new.name(), old.resource_version(), new.resource_version());
///         }
///         StoreChange::Deleted(last) | StoreChange::Vanished(last) => println!("{} was deleted", last.name()),
///         StoreChange::Synced { resource_version } => {
///             println!("these were the objects at {resource_version}");
///             break; // in a program, go on
///         }
///         StoreChange::Lagged { missed } => println!("{missed} changes follow as one difference"),
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[doc(alias("informer", "event_handler"))]
#[must_use = "a stream does nothing unless polled"]
pub struct Subscriber<T = Object> {
    published: Arc<Published<T>>,
    /// `None` if the watch had ended before the subscription began.
    news: Option<BroadcastStream<Arc<News<T>>>>,
    /// The objects that the subscriber has seen as soon as `coming` and `ready` are empty.
    seen: Objects<T>,
    /// The number of the state that it saw.
    at: u64,
    coming: Coming<T>,
    /// The changes of one step, which are yielded before `coming`.
    ready: VecDeque<Keyed<T>>,
    filters: Vec<Filter<T>>,
    debounced: Option<Debounced<StoreDebounce<T>>>,
}

/// Changes that aren't from the news.
enum Coming<T> {
    Nothing,
    /// All objects of a state, after this one.
    All {
        set: Arc<Set<T>>,
        after: Option<Key>,
    },
    /// A difference, and the version at its end.
    Steps {
        steps: vec::IntoIter<Step<T>>,
        version: Option<ResourceVersion>,
    },
}

impl<T: Send + Sync + 'static> Subscriber<T> {
    pub(super) fn new(published: Arc<Published<T>>) -> Self {
        // The state must be loaded after the subscription began, so that no change is lost between them.
        let news = published.subscribe().map(BroadcastStream::new);
        let mut subscriber = Self {
            published,
            news,
            seen: Objects::new(),
            at: 0,
            coming: Coming::Nothing,
            ready: VecDeque::new(),
            filters: Vec::new(),
            debounced: None,
        };
        subscriber.catch_up();
        subscriber
    }

    /// Drops each update that leaves a property of the object the same.
    ///
    /// These always pass: a new object, a deletion (also [`Vanished`](StoreChange::Vanished)), the update that begins the
    /// deletion (`metadata.deletionTimestamp`), an update of an object without the property (`None`), `Synced` and
    /// `Lagged`. The old object of an update that passes is the last one that this subscriber received. So the filter
    /// keeps one earlier state of each object whose last update was dropped.
    ///
    /// A second filter applies to the changes that passed the first one. If the changes of either property shall pass,
    /// return both properties as a tuple. For a store of [`Object`]s, the functions of
    /// [`predicates`](watch_core::predicates) are such properties.
    ///
    /// ```
    /// # #[cfg(feature = "k8s-openapi")]
    /// # fn example(pods: watch_hyper::Store<k8s_openapi::api::core::v1::Pod>, objects: watch_hyper::Store) {
    /// use k8s_openapi::api::core::v1::Pod;
    /// use watch_hyper::watch_core::predicates;
    ///
    /// let changes = pods.subscribe().predicate_filter(|pod: &Pod| pod.status.as_ref()?.phase.clone());
    /// let changes = objects.subscribe().predicate_filter(predicates::labels);
    /// # }
    /// ```
    pub fn predicate_filter<P: PartialEq>(mut self, property: impl Fn(&T) -> Option<P> + Send + Sync + 'static) -> Self
    where
        T: ObjectMetadata,
    {
        self.filters.push(Filter::new(property));
        self
    }

    /// Holds each addition and update until its object hasn't changed for `quiet`, but for `longest` at most. Joins those
    /// of the object that arrive meanwhile: an update then has the old object of the first and the new object of the last
    /// one. A deletion isn't delayed, and comes after the held change of its object. All held changes come before
    /// `Synced` and `Lagged`, so the first list isn't delayed.
    ///
    /// The filters apply before the debounce. Call it once, before the first poll. If `longest` is less than `quiet`,
    /// `longest` takes the place of `quiet`.
    ///
    /// ```
    /// # fn example(store: watch_hyper::Store) {
    /// # use core::time::Duration;
    /// let changes = store.subscribe().debounce(Duration::from_secs(1), Duration::from_secs(10));
    /// # }
    /// ```
    pub fn debounce(mut self, quiet: Duration, longest: Duration) -> Self {
        self.debounced = Some(Debounced::new(StoreDebounce::new(quiet, longest)));
        self
    }

    /// Prepares the difference to the current state.
    fn catch_up(&mut self) {
        let set = self.published.set.load_full();
        self.coming = if !set.is_synced() {
            Coming::Nothing
        } else if self.seen.len() == 0 {
            Coming::All { set: Arc::clone(&set), after: None }
        } else {
            let version = set.resource_version.clone();
            Coming::Steps { steps: steps(&self.seen, &set.objects).into_iter(), version }
        };
        self.at = set.at;
        self.seen = set.objects.clone();
    }

    fn follow(&mut self, news: &News<T>) {
        // The state that was loaded last may include this change.
        if news.at <= self.at {
            return;
        }
        let Some(step) = &news.step else { return self.catch_up() };
        self.at = news.at;
        let set = self.published.set.load();
        if set.at == self.at {
            // With this clone, the subscriber shares all nodes with the store again.
            self.seen = set.objects.clone();
        } else {
            step.apply(&mut self.seen);
        }
        step.changes(&mut self.ready);
    }

    fn poll_change(&mut self, cx: &mut Context<'_>) -> Poll<Option<Keyed<T>>> {
        let Some(mut debounced) = self.debounced.take() else { return self.poll_filtered(cx) };
        let change = debounced.poll_change(cx, |cx| self.poll_filtered(cx));
        self.debounced = Some(debounced);
        change
    }

    /// Returns the next change that passes all filters.
    fn poll_filtered(&mut self, cx: &mut Context<'_>) -> Poll<Option<Keyed<T>>> {
        loop {
            // All changes of a long list may be dropped, so each takes part in the budget.
            let budget = ready!(budget::poll_proceed(cx));
            let change = ready!(self.poll_each(cx));
            budget.made_progress();
            let Some(change) = change else { return Poll::Ready(None) };
            if let Some(change) = self.filters.iter_mut().try_fold(change, |change, filter| filter.pass(change)) {
                return Poll::Ready(Some(change));
            }
        }
    }

    fn poll_each(&mut self, cx: &mut Context<'_>) -> Poll<Option<Keyed<T>>> {
        loop {
            if let Some(change) = self.ready.pop_front() {
                return Poll::Ready(Some(change));
            }
            if self.coming.advance(&mut self.ready) {
                continue;
            }
            let Some(news) = &mut self.news else { return Poll::Ready(None) };
            match ready!(Pin::new(news).poll_next(cx)) {
                None => return Poll::Ready(None),
                Some(Ok(news)) => self.follow(&news),
                Some(Err(BroadcastStreamRecvError::Lagged(missed))) => {
                    self.ready.push_back(Keyed::marker(StoreChange::Lagged { missed }));
                    self.catch_up();
                }
            }
        }
    }
}

impl<T> Coming<T> {
    /// Moves the next changes to `ready`. Returns false if there are none.
    fn advance(&mut self, ready: &mut VecDeque<Keyed<T>>) -> bool {
        let version = match self {
            Self::Nothing => return false,
            Self::All { set, after } => {
                if let Some((key, object)) = set.next_after(after.as_ref()) {
                    let change = StoreChange::Added(Arc::clone(object));
                    ready.push_back(Keyed { key: Some(key.clone()), change });
                    *after = Some(key.clone());
                    return true;
                }
                set.resource_version.clone()
            }
            Self::Steps { steps, version } => {
                if let Some(step) = steps.next() {
                    step.changes(ready);
                    return true;
                }
                version.take()
            }
        };
        ready.extend(version.map(|resource_version| Keyed::marker(StoreChange::Synced { resource_version })));
        *self = Self::Nothing;
        true
    }
}

impl<T: Send + Sync + 'static> Stream for Subscriber<T> {
    type Item = StoreChange<T>;

    /// Takes part in tokio's budget (`tokio::task::coop`), as a watch does. The objects of a large store are all ready
    /// at once, and the budget lets other tasks run in between.
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<StoreChange<T>>> {
        self.poll_change(cx).map(|change| change.map(|change| change.change))
    }
}

impl<T> fmt::Debug for Subscriber<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscriber").field("seen", &self.seen.len()).field("at", &self.at).finish_non_exhaustive()
    }
}
