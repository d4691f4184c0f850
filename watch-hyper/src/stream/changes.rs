//! A watch as a stream of changes.

use core::fmt;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::Stream;
use watch_core::{Change, Diff, FromObject, Object};

use super::handle::Handle;

/// The changes to the watched objects: a stream of [`Change`]s, made by a [`Diff`], with each object as a `T`.
///
/// A relist after an expired version isn't visible: changes during the gap are reported as changes, and deletions as
/// [`Vanished`](Change::Vanished). An object that doesn't fit the type is an error of that object, as for a
/// [`Watch`](crate::Watch).
///
/// The [checkpoint](Handle::checkpoint) covers the changes that were polled, and no others. An event can yield several
/// changes; the checkpoint advances with the poll that follows the last of them.
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
    handle: Handle,
    diff: Diff,
    makes: PhantomData<fn() -> T>,
}

impl<T: FromObject> Changes<T> {
    pub(super) fn new(mut handle: Handle) -> Self {
        handle.hold_checkpoint();
        Self { handle, diff: Diff::new(), makes: PhantomData }
    }

    /// Starts with the objects that this `Diff` knows. Use it after a restart of the process, with the checkpoint that
    /// was taken at the same moment as the snapshot.
    pub fn with_known(mut self, diff: Diff) -> Self {
        self.diff = diff;
        self
    }

    /// Returns the known objects, to be saved with the [checkpoint](Handle::checkpoint), so that another process
    /// reports the objects that were deleted in between.
    pub const fn diff(&self) -> &Diff {
        &self.diff
    }

    /// Returns the controls of the watch.
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Returns the controls of the watch, mutably.
    pub const fn handle_mut(&mut self) -> &mut Handle {
        &mut self.handle
    }

    fn poll_change(&mut self, cx: &mut Context<'_>) -> Poll<Option<Change>> {
        loop {
            if let Some(change) = self.diff.poll() {
                return Poll::Ready(Some(change));
            }
            self.handle.hold_checkpoint();
            self.handle.compared(self.diff.last_list());
            let Some(event) = ready!(self.handle.poll_event(cx)) else { return Poll::Ready(None) };
            self.diff.handle(event);
        }
    }
}

impl<T: FromObject> Stream for Changes<T> {
    type Item = Result<Change<T>, T::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let change = ready!(self.poll_change(cx));
        Poll::Ready(change.map(|change| self.handle.decoded(change.try_map(T::from_object))))
    }
}

impl<T> fmt::Debug for Changes<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").field("handle", &self.handle).field("known", &self.diff.len()).finish()
    }
}
