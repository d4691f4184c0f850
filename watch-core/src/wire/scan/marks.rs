//! What is noted about a value while its end is searched.

use super::spans::Spans;

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Marks {
    pub(super) spans: Spans,
    has_high: bool,
    has_control: bool,
    is_json: bool,
}

impl Marks {
    pub(super) const fn new(noted: u8) -> Self {
        Self { spans: Spans::new(noted), has_high: false, has_control: false, is_json: false }
    }

    pub(super) const fn clear(&mut self) {
        self.spans.clear();
        self.has_high = false;
        self.has_control = false;
    }

    /// Notes whether bytes from 0x80 were seen, and control characters in strings.
    pub(super) const fn saw(&mut self, high: bool, control: bool) {
        self.has_high |= high;
        self.has_control |= control;
    }

    /// Sets whether the check of the grammar, if there was one, found nothing.
    pub(super) const fn set_json(&mut self, is_json: bool) {
        self.is_json = is_json;
    }

    /// Returns whether the value, whose bytes these are, is known to be sound: no control characters in strings, UTF-8,
    /// and JSON throughout if that was to be checked. If not, a complete parser decides.
    pub(crate) fn is_sound(&self, value: &[u8]) -> bool {
        self.is_json && !self.has_control && (!self.has_high || core::str::from_utf8(value).is_ok())
    }

    /// Returns the end of the object or array that begins here, if it was noted.
    pub(crate) fn end_of(&self, start: usize) -> Option<usize> {
        self.spans.end_of(start)
    }
}
