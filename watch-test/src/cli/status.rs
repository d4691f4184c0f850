//! The status line.

use core::time::Duration;
use std::io::{self, Write as _};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use watch_test::{LoggedRequest, TestServer};

/// A line on the terminal with the present state; nothing without a terminal.
pub(super) struct StatusLine {
    bar: ProgressBar,
    shown: Option<Instant>,
    made: u64,
}

impl StatusLine {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        let style =
            ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
        bar.set_style(style);
        Self { bar, shown: None, made: 0 }
    }

    /// Returns a writer of lines above the status line.
    pub(super) fn lines(&self) -> Lines {
        Lines(self.bar.clone())
    }

    pub(super) fn filling(&self, made: usize, of: usize) {
        self.bar.set_message(format!("{made} of {of} objects"));
        self.bar.tick();
    }

    pub(super) fn show(&mut self, server: &TestServer, made: u64) {
        let since = self.shown.map(|shown| shown.elapsed());
        if since.is_some_and(|since| since < Duration::from_millis(500)) {
            return;
        }
        let rate = since.map_or(0.0, |since| (made - self.made) as f64 / since.as_secs_f64());
        (self.shown, self.made) = (Some(Instant::now()), made);
        let requests = server.with(|server, _| server.requests().len());
        self.bar.set_message(format!(
            "version {} · {rate:.0} changes/s · {} watches open · {requests} requests",
            server.resource_version(),
            server.open_watches(),
        ));
        self.bar.tick();
    }
}

/// Writes lines to the standard error, above the status line if there is one.
pub(super) struct Lines(ProgressBar);

impl Lines {
    /// Writes a line about a request.
    pub(super) fn write(&self, request: &LoggedRequest) {
        let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
        let status = request.status.map_or_else(|| "no reply".to_owned(), |status| status.to_string());
        let fault = request.fault.as_ref().map_or_else(String::new, |fault| format!(" [{fault}]"));
        let agent = request.header("user-agent").unwrap_or("-");
        let at = request.at.as_secs_f64();
        let line = format!("{at:>9.3}s {status} {} {}{query}{fault} {agent}\n", request.method, request.path);
        // A closed standard error doesn't stop the server.
        self.0.suspend(|| drop(io::stderr().lock().write_all(line.as_bytes())));
    }
}

impl Drop for StatusLine {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
