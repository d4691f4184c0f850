//! No endless work, and no buffer beyond the limits, as far as is visible from outside.

use watch_core::Event;

use super::work::Work;
use crate::plan::ClientSetup;
use crate::violation::{Oracle, Violation, broken};

/// The most bytes of `kind` and `apiVersion`, which list items of built-in types don't have.
const HEADER: usize = 128;

#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    work: Work,
    /// The bytes since the last line break of a watch.
    line: Vec<u8>,
    /// Bytes handed in of this exchange.
    body: usize,
}

/// How deep a JSON document is nested.
pub(crate) fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_text, mut is_escaped) = (false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_text => is_escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => depth += 1,
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

impl Limits {
    /// Returns whether a watch has an incomplete object.
    pub(crate) fn is_within_an_object(&self) -> bool {
        !self.is_documents()
    }

    /// Returns whether the line consists of complete documents, as when one arrives twice before its line break.
    fn is_documents(&self) -> bool {
        let mut documents = serde_json::Deserializer::from_slice(&self.line).into_iter::<serde::de::IgnoredAny>();
        documents.all(|document| document.is_ok())
    }

    /// Records that a new exchange begins, without bytes.
    pub(crate) fn sent(&mut self) {
        self.line.clear();
        self.body = 0;
    }

    /// Checks a wait for more of an error's body. `allowed`: the most bytes of it that are read.
    pub(crate) fn waits_for_error(&self, allowed: usize) -> Result<(), Violation> {
        if self.body > allowed {
            let message = format!("it waits for more of an error after {} bytes; {allowed} bytes are read", self.body);
            return broken(Oracle::Resources, message);
        }
        Ok(())
    }

    pub(crate) fn handed_in(&mut self, bytes: &[u8]) {
        self.work.handed_in(bytes);
        self.body += bytes.len();
        let begins = bytes.iter().rposition(|byte| *byte == b'\n').map(|at| at + 1);
        if begins.is_some() {
            self.line.clear();
        }
        self.line.extend_from_slice(&bytes[begins.unwrap_or_default()..]);
    }

    /// Checks a wait, on an open watch or not. `largest`: the largest size of an object.
    pub(crate) fn waits(&mut self, is_watching: bool, largest: usize) -> Result<(), Violation> {
        self.work.waits();
        // An event's envelope counts as well.
        if is_watching && self.line.len() > largest && !self.is_documents() {
            return broken(
                Oracle::Resources,
                format!("it waits for more of a line after {} bytes; {largest} bytes are allowed", self.line.len()),
            );
        }
        Ok(())
    }

    /// Checks that no object is larger than configured. Kind and version, which list items lack, are added to that.
    pub(crate) fn event(&self, event: &Event, setup: &ClientSetup) -> Result<(), Violation> {
        let largest = setup.largest;
        let (Event::Initial(object) | Event::Added(object) | Event::Modified(object) | Event::Deleted(object)) = event
        else {
            return Ok(());
        };
        let size = object.raw().len();
        if size > largest + HEADER {
            return broken(Oracle::Resources, format!("{event} has {size} bytes; {largest} are allowed"));
        }
        if let Some(allowed) = setup.nesting
            && depth(object.raw()) > allowed
        {
            return broken(Oracle::Resources, format!("{event} has more than {allowed} levels of nesting"));
        }
        Ok(())
    }

    pub(crate) fn output(&mut self) -> Result<(), Violation> {
        self.work.output()
    }
}
