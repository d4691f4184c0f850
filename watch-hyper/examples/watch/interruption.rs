//! The signals that end the program: Ctrl-C (SIGINT) from a terminal, SIGTERM from a service manager.

use std::io;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Waits for these signals. It notices the signals that arrive after its creation.
pub(crate) struct Interruption {
    #[cfg(unix)]
    signals: [Signal; 2],
}

impl Interruption {
    /// Must be called within a tokio runtime.
    #[cfg(unix)]
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { signals: [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?] })
    }

    /// Must be called within a tokio runtime.
    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "it can fail on other platforms")]
    pub(crate) const fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Returns when a signal arrives.
    #[cfg(unix)]
    pub(crate) async fn wait(self) {
        let [mut interrupted, mut terminated] = self.signals;
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    }

    /// Returns when a signal arrives.
    #[cfg(not(unix))]
    pub(crate) async fn wait(self) {
        if tokio::signal::ctrl_c().await.is_err() {
            core::future::pending::<()>().await;
        }
    }
}
