//! Writing down what happened, and having it happen again.
//!
//! The machine does nothing by chance, so a configuration and a trace are a whole bug report: replayed, they give the
//! same outputs, or the first that is another one.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize, Serializer};

use crate::input::{Input, Misuse};
use crate::object::Object;
use crate::output::Output;
use crate::request::Request;
use crate::time::Instant;
use crate::watcher::Watcher;

/// One thing that happened. Write one a line, as JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::exhaustive_enums, reason = "there are two doors")]
pub enum Entry {
    /// This was handed in.
    Handled(Input),
    /// This came out.
    Polled {
        /// The time that `poll` was given.
        now: Instant,
        /// What it said, as JSON.
        output: Box<serde_json::value::RawValue>,
    },
}

/// A [`Watcher`] that tells what passes its doors.
#[derive(Clone, Debug)]
pub struct Traced<W> {
    watcher: Watcher,
    write: W,
}

impl<W: FnMut(Entry)> Traced<W> {
    /// `write` gets every entry, in order.
    pub const fn new(watcher: Watcher, write: W) -> Self {
        Self { watcher, write }
    }

    /// As [`Watcher::handle`].
    ///
    /// # Errors
    /// Only for a mistake in the driver; that isn't written down.
    pub fn handle(&mut self, input: Input) -> Result<(), Misuse> {
        self.watcher.handle(input.clone())?;
        (self.write)(Entry::Handled(input));
        Ok(())
    }

    /// As [`Watcher::poll`].
    pub fn poll(&mut self, now: Instant) -> Output {
        let output = self.watcher.poll(now);
        if let Some(written) = written(&output) {
            (self.write)(Entry::Polled { now, output: written });
        }
        output
    }

    /// The watcher behind the doors.
    pub const fn watcher(&self) -> &Watcher {
        &self.watcher
    }
}

/// Has it happen again, to a watcher of the same configuration.
///
/// # Errors
/// The first entry that comes out otherwise.
pub fn replay(watcher: &mut Watcher, entries: impl IntoIterator<Item = Entry>) -> Result<(), Difference> {
    for (index, entry) in entries.into_iter().enumerate() {
        match entry {
            Entry::Handled(input) => watcher.handle(input).map_err(|misuse| Difference {
                index,
                expected: "the input is accepted".into(),
                found: alloc::format!("{misuse}"),
            })?,
            Entry::Polled { now, output: expected } => {
                let found = written(&watcher.poll(now));
                let found = found.as_ref().map_or_else(String::new, |found| found.get().into());
                if found != expected.get() {
                    return Err(Difference { index, expected: expected.get().into(), found });
                }
            }
        }
    }
    Ok(())
}

/// Nothing in an output can fail to serialise, but an object whose JSON isn't UTF-8; and none such leaves the machine.
fn written(output: &Output) -> Option<Box<serde_json::value::RawValue>> {
    serde_json::value::to_raw_value(output).ok()
}

/// Where a replay comes out otherwise than the trace says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// At which entry, from 0.
    pub index: usize,
    /// What the trace says.
    pub expected: String,
    /// What happened.
    pub found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at entry {} the trace says\n  {}\nbut now it is\n  {}", self.index, self.expected, self.found)
    }
}

impl core::error::Error for Difference {}

impl Serialize for Object {
    /// Its JSON as it is; meant for JSON only.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &serde_json::value::RawValue =
            serde_json::from_slice(self.raw()).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl Serialize for Request {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Written<'a> {
            id: crate::request::RequestId,
            kind: crate::request::RequestKind,
            uri: &'a str,
            headers: alloc::collections::BTreeMap<&'a str, &'a str>,
            refresh_credentials: bool,
        }
        Written {
            id: self.id,
            kind: self.kind,
            uri: self.uri(),
            headers: self.headers().collect(),
            refresh_credentials: self.refresh_credentials,
        }
        .serialize(serializer)
    }
}
