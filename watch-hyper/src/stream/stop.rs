//! Ending a watch from elsewhere.

use tokio_util::sync::CancellationToken;

/// Ends a watch, from any thread and at any time. Clones end the same one.
#[derive(Clone, Debug)]
pub struct Stopper(CancellationToken);

impl Stopper {
    pub(crate) const fn new(token: CancellationToken) -> Self {
        Self(token)
    }

    /// Ends the watch: whoever waits for its next event gets `None` at once, and its connection is given up.
    /// Doing it again does nothing.
    pub fn stop(&self) {
        self.0.cancel();
    }
}
