//! A watch as a stream of changes.

use core::fmt;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;

use futures_core::Stream;
use watch_core::{Change, Debounce, Diff, FromObject, Object, Predicate};

use super::handle::Handle;
use super::objects::{AppliedObjects, TouchedObjects};
use super::source::Source;
use crate::debounced::Debounced;

/// The changes to the watched objects: a stream of [`Change`]s, made by a [`Diff`], with each object as a `T`.
///
/// A relist after an expired version isn't visible: changes during the gap are reported as changes, and deletions as
/// [`Vanished`](Change::Vanished). An object that doesn't fit the type is an error of that object, as for a
/// [`Watch`](crate::Watch).
///
/// The [checkpoint](Handle::checkpoint) covers the changes that were polled, and no others. An event can yield several
/// changes; the checkpoint advances with the poll that follows the last of them.
///
/// Changes that don't matter are dropped by [`predicate_filter`](Self::predicate_filter), before they are decoded.
/// [`debounce`](Self::debounce) delays and joins the changes of each object.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/server.rs"));
/// use futures_util::StreamExt;
/// use watch_hyper::Watch;
/// use watch_hyper::watch_core::{Change, Config, Object, Resource};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn core::error::Error>> {
/// # let client = watch_hyper::Client::builder(&serve()).build()?;
/// let config = Config::builder(Resource::core("v1", "pods")).build()?;
/// let mut changes = Watch::<Object>::new(client, config.clone()).changes();
/// while let Some(Ok(change)) = changes.next().await {
///     match change {
///         Change::Added(pod) => println!("{} exists", pod.name()),
///         Change::Modified(pod) => {
///             println!("{} changed", pod.name());
///             break;
///         }
///         Change::Deleted(pod) => println!("{} was deleted", pod.name()),
///         Change::Vanished(pod) => println!("{} was deleted in a gap", pod.name()),
///         Change::Synced { resource_version } => println!("this was the list at {resource_version}"),
///     }
/// }
///
/// // Another process needs both to continue.
/// let saved = (changes.handle().checkpoint(), changes.diff().snapshot(&config));
/// # assert!(saved.0.is_some());
/// # Ok(())
/// # }
/// ```
#[doc(alias = "informer")]
#[must_use = "a watch does nothing unless polled"]
pub struct Changes<T = Object> {
    source: Source,
    debounced: Option<Debounced<Debounce>>,
    makes: PhantomData<fn() -> T>,
}

impl<T: FromObject> Changes<T> {
    pub(super) fn new(handle: Handle) -> Self {
        Self { source: Source::new(handle), debounced: None, makes: PhantomData }
    }

    /// Starts with the objects that this `Diff` knows. Use it after a restart of the process, with the checkpoint of
    /// the same moment as the snapshot.
    pub fn with_known(mut self, diff: Diff) -> Self {
        self.source.diff = diff;
        self
    }

    /// Drops each change that leaves a property of its object the same: see
    /// [`PredicateFilter`](watch_core::PredicateFilter). Deletions always pass.
    ///
    /// A second filter applies to the changes that passed the first one. If the changes of either property shall pass,
    /// use [`Predicate::or`].
    ///
    /// ```
    /// # fn example(changes: watch_hyper::Changes) {
    /// use watch_hyper::watch_core::{Predicate, predicates};
    ///
    /// // Changes of spec or labels, and not those of the status.
    /// let changes = changes.predicate_filter(predicates::generation.or(predicates::labels));
    /// # }
    /// ```
    pub fn predicate_filter(mut self, predicate: impl Predicate + Send + 'static) -> Self {
        self.source.filter(predicate);
        self
    }

    /// Holds each change until its object hasn't changed for `quiet`, but for `longest` at most. Joins the changes of
    /// the object that arrive meanwhile: see [`Debounce`](watch_core::Debounce). Deletions aren't delayed. The filters
    /// apply before the debounce. Call it once, before the first poll.
    ///
    /// While a change is held, there is no [checkpoint](Handle::checkpoint), because the [`Diff`](Self::diff) knows
    /// changes that weren't yielded yet.
    ///
    /// ```
    /// # fn example(changes: watch_hyper::Changes) {
    /// # use core::time::Duration;
    /// let changes = changes.debounce(Duration::from_secs(1), Duration::from_secs(10));
    /// # }
    /// ```
    pub fn debounce(mut self, quiet: Duration, longest: Duration) -> Self {
        self.debounced = Some(Debounced::new(Debounce::new(quiet, longest)));
        self
    }

    /// Returns the objects that were added or modified, without the deletions: see [`Change::applied`].
    ///
    /// ```no_run
    /// # use futures_util::StreamExt;
    /// # async fn example(changes: watch_hyper::Changes) {
    /// let mut pods = changes.applied_objects();
    /// while let Some(Ok(pod)) = pods.next().await {
    ///     println!("{}", pod.name());
    /// }
    /// # }
    /// ```
    pub const fn applied_objects(self) -> AppliedObjects<T> {
        AppliedObjects::new(self)
    }

    /// Returns the objects that were added, modified or deleted, without the kind of the change: see
    /// [`Change::touched`]. If an object was deleted during a gap, the stream has its name but not the object.
    ///
    /// ```no_run
    /// # use futures_util::StreamExt;
    /// # use watch_hyper::watch_core::Touched;
    /// # async fn example(changes: watch_hyper::Changes) {
    /// let mut pods = changes.touched_objects();
    /// while let Some(Ok(touched)) = pods.next().await {
    ///     match touched {
    ///         Touched::Object(pod) => println!("{}", pod.name()),
    ///         Touched::Vanished(pod) => println!("{}", pod.name()),
    ///     }
    /// }
    /// # }
    /// ```
    pub const fn touched_objects(self) -> TouchedObjects<T> {
        TouchedObjects::new(self)
    }

    /// Returns the known objects, to be saved with the [checkpoint](Handle::checkpoint), so that another process
    /// reports the objects that were deleted in between.
    pub const fn diff(&self) -> &Diff {
        &self.source.diff
    }

    /// Returns the controls of the watch.
    pub const fn handle(&self) -> &Handle {
        &self.source.handle
    }

    /// Returns the controls of the watch, mutably.
    pub const fn handle_mut(&mut self) -> &mut Handle {
        &mut self.source.handle
    }

    /// Returns the next change, before it is decoded.
    pub(super) fn poll_change(&mut self, cx: &mut Context<'_>) -> Poll<Option<Change>> {
        let Self { source, debounced, .. } = self;
        let Some(debounced) = debounced else { return source.poll_change(cx) };
        let change = debounced.poll_change(cx, |cx| source.poll_change(cx));
        if debounced.holds_any() {
            source.handle.hold_checkpoint_at(None);
        }
        change
    }
}

impl<T: FromObject> Stream for Changes<T> {
    type Item = Result<Change<T>, T::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let change = ready!(self.poll_change(cx));
        Poll::Ready(change.map(|change| self.handle_mut().decoded(change.try_map(T::from_object))))
    }
}

impl<T> fmt::Debug for Changes<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").field("handle", &self.source.handle).field("known", &self.source.diff.len()).finish()
    }
}
