//! One watch, printed, counted, and mirrored.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::StreamExt;
use tokio::sync::watch;
use watch_hyper::watch_core::{Diff, Done, Event};
use watch_hyper::{Stopper, Watch};

use super::mirror::Mirror;
use super::printer::Printer;
use super::tally::Tally;

pub(crate) struct Session {
    watch: Watch,
    diff: Diff,
    /// Shared with the observer.
    printer: Arc<Mutex<Printer>>,
    seen: Arc<watch::Sender<Seen>>,
}

/// The results of the watch so far.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) tally: Tally,
    pub(crate) mirror: Mirror,
}

impl Session {
    pub(crate) fn new(mut watch: Watch, printer: Arc<Mutex<Printer>>) -> Self {
        let seen = Arc::new(watch::Sender::default());
        let (to_printer, to_seen) = (Arc::clone(&printer), Arc::clone(&seen));
        watch.handle_mut().observe(move |notice| {
            lock(&to_printer).notice(notice);
            to_seen.send_modify(|seen: &mut Seen| seen.tally.notice(notice));
        });
        Self { watch, diff: Diff::new(), printer, seen }
    }

    pub(crate) fn stopper(&self) -> Stopper {
        self.watch.handle().stopper()
    }

    /// Returns the results so far, which change while it runs.
    pub(crate) fn seen(&self) -> watch::Receiver<Seen> {
        self.seen.subscribe()
    }

    /// Prints until the watch ends.
    ///
    /// # Errors
    /// Fails if stdout can't be written.
    pub(crate) async fn show(mut self) -> io::Result<Option<Done>> {
        while let Some(Ok(event)) = self.watch.next().await {
            self.report(event);
            if let Some(error) = lock(&self.printer).failure() {
                return Err(error);
            }
        }
        Ok(self.watch.handle().done().cloned())
    }

    fn report(&mut self, event: Event) {
        let mut printer = lock(&self.printer);
        printer.event(&event);
        self.seen.send_modify(|seen| seen.tally.event(&event));
        self.diff.handle(event);
        while let Some(change) = self.diff.poll() {
            printer.change(&change);
            self.seen.send_modify(|seen| {
                seen.tally.change(&change);
                if let Err(error) = seen.mirror.apply(&change) {
                    printer.news("ODD", format_args!("{error}"));
                }
            });
        }
    }
}

pub(crate) fn lock(printer: &Mutex<Printer>) -> MutexGuard<'_, Printer> {
    printer.lock().unwrap_or_else(PoisonError::into_inner)
}
