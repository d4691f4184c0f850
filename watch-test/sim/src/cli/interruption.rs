//! Ctrl-C: the results so far are printed before the end.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Starts to listen for Ctrl-C. The first Ctrl-C sets the flag. The second one ends the program at once.
pub(super) fn sets(flag: Arc<AtomicBool>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let mut interruptions = {
        let _context = runtime.enter();
        Interruptions::new()?
    };
    std::thread::spawn(move || {
        runtime.block_on(async {
            interruptions.next().await;
            flag.store(true, Ordering::Relaxed);
            interruptions.next().await;
            std::process::exit(1);
        });
    });
    Ok(())
}

#[cfg(unix)]
struct Interruptions(Signal);

#[cfg(unix)]
impl Interruptions {
    fn new() -> io::Result<Self> {
        signal(SignalKind::interrupt()).map(Self)
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}

#[cfg(not(unix))]
struct Interruptions;

#[cfg(not(unix))]
impl Interruptions {
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        // If waiting for it fails, Ctrl-C ends the program as usual.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}
