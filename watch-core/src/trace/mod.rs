//! Recording what passes a watcher's doors, and replaying it.
//!
//! The machine does nothing by chance, so a trace is a complete bug report: replayed, it gives the same outputs byte for
//! byte, or the first that differs. A trace is self-contained: its first entry, [`Begin`], holds the version of the
//! format, the configuration with its seed, and the checkpoint that the watcher resumed from.
//!
//! A trace file has one entry a line, as JSON. [`read`] reads it, [`replay`] replays it.
//!
//! ```
//! use watch_core::trace::{self, Traced};
//! use watch_core::{Config, Instant, Resource, Watcher};
//!
//! let mut file = String::new();
//! let config = Config::builder(Resource::core("v1", "pods")).seed(7).build()?;
//! let mut traced = Traced::new(Watcher::new(config), |entry| {
//!     file += &serde_json::to_string(&entry).expect("an entry can be serialised");
//!     file.push('\n');
//! });
//! let _ = traced.poll(Instant::ORIGIN);
//! drop(traced);
//!
//! trace::replay(trace::read(&file)?)?;
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! # What is in a trace
//!
//! Credentials never are: the driver adds them to a request after it left the machine. Bodies of responses are, as they
//! came. A trace of Secrets therefore holds their values; treat the file as you treat those.

mod begin;
mod read;
mod replay;
mod serialize;
mod trace_error;
mod written_config;

use alloc::boxed::Box;

use serde::{Deserialize, Serialize};

pub use self::begin::{Begin, FORMAT};
pub use self::read::read;
pub use self::replay::replay;
pub use self::trace_error::{Difference, TraceError};
use crate::doors::Machine;
use crate::io::input::{Input, Misuse};
use crate::io::output::Output;
use crate::io::time::Instant;
use crate::watcher::Watcher;

/// One entry of a trace. Write one a line, as JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::exhaustive_enums, reason = "a watcher has two doors, and a trace a beginning")]
pub enum Entry {
    /// How the watcher was made. Comes first, once.
    Begin(Begin),
    /// This was handed in.
    Handled(Input),
    /// This came out.
    Polled {
        /// The time that `poll` was given.
        now: Instant,
        /// What it returned, as JSON.
        output: Box<serde_json::value::RawValue>,
    },
}

/// A [`Watcher`] that records what passes its doors.
#[derive(Clone, Debug)]
pub struct Traced<W> {
    watcher: Watcher,
    write: W,
}

impl<W: FnMut(Entry)> Traced<W> {
    /// Calls `write` with every entry, in order; with [`Entry::Begin`] at once.
    ///
    /// The watcher must not have been used yet. If it has, the trace says so ([`Begin::late`]) and can't be replayed.
    pub fn new(watcher: Watcher, mut write: W) -> Self {
        write(Entry::Begin(Begin::of(&watcher)));
        Self { watcher, write }
    }

    /// As [`Watcher::handle`].
    ///
    /// # Errors
    /// Only for a mistake in the driver; that isn't recorded.
    pub fn handle(&mut self, input: Input) -> Result<(), Misuse> {
        self.watcher.handle(input.clone())?;
        (self.write)(Entry::Handled(input));
        Ok(())
    }

    /// As [`Watcher::poll`].
    pub fn poll(&mut self, now: Instant) -> Output {
        let output = self.watcher.poll(now);
        if let Some(output) = serialize::output(&output) {
            (self.write)(Entry::Polled { now, output });
        }
        output
    }

    /// The watcher.
    pub const fn watcher(&self) -> &Watcher {
        &self.watcher
    }
}

impl<W: FnMut(Entry)> Machine for Traced<W> {
    fn handle(&mut self, input: Input) -> Result<(), Misuse> {
        Self::handle(self, input)
    }

    fn poll(&mut self, now: Instant) -> Output {
        Self::poll(self, now)
    }

    fn watcher(&self) -> &Watcher {
        Self::watcher(self)
    }
}
