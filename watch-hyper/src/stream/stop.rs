//! Stopping a watch from another task.

use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll};
use std::sync::Arc;

use atomic_waker::AtomicWaker;

/// Stops a watch, from any thread and at any time. Clones stop the same watch.
#[derive(Clone, Debug)]
pub struct Stopper(Arc<Request>);

impl Stopper {
    /// Stops the watch: a pending poll for the next event returns `None` at once, and the request is closed. A second
    /// call has no effect.
    pub fn stop(&self) {
        self.0.stop();
    }
}

/// Shared by a watch and its stoppers. It is smaller than a `CancellationToken` and the future that waits for it, since
/// only one task waits: that of the watch.
#[derive(Debug, Default)]
struct Request {
    is_made: AtomicBool,
    watch: AtomicWaker,
}

impl Request {
    fn stop(&self) {
        self.is_made.store(true, Ordering::Release);
        self.watch.wake();
    }
}

/// The end of the watch.
#[derive(Debug, Default)]
pub(crate) struct Stopping(Arc<Request>);

impl Stopping {
    pub(crate) fn stopper(&self) -> Stopper {
        Stopper(Arc::clone(&self.0))
    }

    pub(crate) fn stop(&self) {
        self.0.stop();
    }

    /// Returns `Ready` if a stop was requested. Otherwise a request to stop wakes the task.
    pub(crate) fn poll(&self, cx: &Context<'_>) -> Poll<()> {
        self.0.watch.register(cx.waker());
        if self.0.is_made.load(Ordering::Acquire) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Stopping {
    /// A stopper that outlives the watch doesn't keep its task.
    fn drop(&mut self) {
        drop(self.0.watch.take());
    }
}
