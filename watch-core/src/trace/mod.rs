//! Records what passes a watcher's doors, and replays it.
//!
//! The machine is deterministic, so a trace is a complete bug report: a replay returns the same outputs byte for byte,
//! or the first difference. A trace is self-contained: its first entry, [`Begin`], holds the version of the format, the
//! configuration with its seed, and the checkpoint from which the watcher resumed.
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
//! The outputs hold the objects as JSON. Only a watch without the full check ([`JsonCheck`](crate::JsonCheck)) emits an
//! object that isn't valid JSON. In a trace, such an object is a string with its bytes. The setting is in the
//! configuration, so a replay checks as the recorded watch did. A trace that was recorded before this setting existed
//! has the full check.
//!
//! A trace never contains credentials, because the driver adds them after a request left the machine. It does contain
//! the bodies of responses. A trace of Secrets therefore holds their values; protect the file accordingly.

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

/// One entry of a trace. Write one per line, as JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::exhaustive_enums, reason = "a watcher has two doors, and a trace has a beginning")]
pub enum Entry {
    /// How the watcher was created. It is the first entry, and occurs once.
    Begin(Begin),
    /// An input that was handed in.
    Handled(Input),
    /// A `poll` and its output.
    Polled {
        /// The time that was passed to `poll`.
        now: Instant,
        /// The output, as JSON.
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
    /// Creates a recorder that calls `write` with every entry in order, beginning immediately with [`Entry::Begin`].
    ///
    /// The watcher must be unused. If it isn't, the trace records that ([`Begin::late`]) and can't be replayed.
    pub fn new(watcher: Watcher, mut write: W) -> Self {
        write(Entry::Begin(Begin::of(&watcher)));
        Self { watcher, write }
    }

    /// Takes an input, as [`Watcher::handle`] does.
    ///
    /// # Errors
    /// Fails only for a mistake in the driver, which isn't recorded.
    pub fn handle(&mut self, input: Input) -> Result<(), Misuse> {
        self.watcher.handle(input.clone())?;
        (self.write)(Entry::Handled(input));
        Ok(())
    }

    /// Returns what to do, as [`Watcher::poll`] does.
    pub fn poll(&mut self, now: Instant) -> Output {
        let output = self.watcher.poll(now);
        if let Some(output) = serialize::output(&output) {
            (self.write)(Entry::Polled { now, output });
        }
        output
    }

    /// Returns the watcher inside.
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
