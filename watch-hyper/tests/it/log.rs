//! Captures log lines.

use std::io;
use std::sync::{Arc, Mutex};

use tracing::{Level, Subscriber};
use tracing_subscriber::fmt::writer::MakeWriterExt as _;

/// The captured bytes.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Captures this level and above. The subscriber listens to all levels, because `tracing` caches for the entire
    /// process which lines no subscriber wants.
    pub(crate) fn subscriber(&self, most: Level) -> impl Subscriber + Send + Sync + 'static {
        let log = self.clone();
        let writer = (move || log.clone()).with_max_level(most);
        tracing_subscriber::fmt().with_ansi(false).with_max_level(Level::TRACE).with_writer(writer).finish()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
