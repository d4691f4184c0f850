//! Stopping a watch from another task.

use tokio_util::sync::CancellationToken;

/// Stops a watch, from any thread and at any time. Clones stop the same watch.
#[derive(Clone, Debug)]
pub struct Stopper(CancellationToken);

impl Stopper {
    pub(crate) const fn new(token: CancellationToken) -> Self {
        Self(token)
    }

    /// Stops the watch: a pending poll for the next event returns `None` at once, and the request is closed. A second
    /// call has no effect.
    pub fn stop(&self) {
        self.0.cancel();
    }
}
