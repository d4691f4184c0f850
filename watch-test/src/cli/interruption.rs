//! The signals that end the program: Ctrl-C (SIGINT) from a terminal, SIGTERM from a service manager.

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Receives the signals that end the program, from its creation on.
#[derive(Debug)]
pub(super) struct Interruption {
    #[cfg(unix)]
    signals: [Signal; 2],
}

impl Interruption {
    /// Starts to receive signals. Must be called within a tokio runtime.
    #[cfg(unix)]
    pub(super) fn new() -> Result<Self, String> {
        let listen = |kind| signal(kind).map_err(|error| format!("can't wait for signals: {error}"));
        Ok(Self { signals: [listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?] })
    }

    /// Starts to receive signals. Must be called within a tokio runtime.
    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "it can fail on other platforms")]
    pub(super) const fn new() -> Result<Self, String> {
        Ok(Self {})
    }

    /// Waits for the first signal.
    #[cfg(unix)]
    pub(super) async fn wait(self) -> Result<(), String> {
        let [mut interrupted, mut terminated] = self.signals;
        tokio::select! {
            _ = interrupted.recv() => Ok(()),
            _ = terminated.recv() => Ok(()),
        }
    }

    /// Waits for the first signal.
    #[cfg(not(unix))]
    pub(super) async fn wait(self) -> Result<(), String> {
        tokio::signal::ctrl_c().await.map_err(|error| format!("can't wait for Ctrl-C: {error}"))
    }
}
