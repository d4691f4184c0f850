//! The end, when somebody wants it: Ctrl-C of whoever types, SIGTERM of whoever starts programs.

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// See the module. It is noticed from when this exists.
#[derive(Debug)]
pub(super) struct Interruption {
    #[cfg(unix)]
    signals: [Signal; 2],
}

impl Interruption {
    /// Within a runtime.
    #[cfg(unix)]
    pub(super) fn new() -> Result<Self, String> {
        let listen = |kind| signal(kind).map_err(|error| format!("can't wait for signals: {error}"));
        Ok(Self { signals: [listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?] })
    }

    /// Within a runtime.
    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
    pub(super) const fn new() -> Result<Self, String> {
        Ok(Self {})
    }

    /// Returns when it is wanted.
    #[cfg(unix)]
    pub(super) async fn wait(self) -> Result<(), String> {
        let [mut interrupted, mut terminated] = self.signals;
        tokio::select! {
            _ = interrupted.recv() => Ok(()),
            _ = terminated.recv() => Ok(()),
        }
    }

    /// Returns when it is wanted.
    #[cfg(not(unix))]
    pub(super) async fn wait(self) -> Result<(), String> {
        tokio::signal::ctrl_c().await.map_err(|error| format!("can't wait for Ctrl-C: {error}"))
    }
}
