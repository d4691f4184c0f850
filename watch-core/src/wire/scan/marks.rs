//! What is noted about a value while its end is searched.

use super::spans::Spans;

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Marks {
    pub(super) spans: Spans,
    /// A range that has all bytes from 0x80 on. Every byte outside of it is ASCII.
    high: (usize, usize),
    has_control: bool,
    is_json: bool,
}

impl Marks {
    pub(crate) const fn new(noted: u8) -> Self {
        Self { spans: Spans::new(noted), high: (0, 0), has_control: false, is_json: false }
    }

    pub(super) const fn clear(&mut self) {
        self.spans.clear();
        self.high = (0, 0);
        self.has_control = false;
    }

    /// Notes that this range has bytes from 0x80 on. It may have ASCII too.
    pub(super) const fn saw_high(&mut self, from: usize, to: usize) {
        if self.high.1 == 0 {
            self.high.0 = from;
        }
        self.high.1 = to;
    }

    /// Notes whether there are control characters in a string.
    #[inline]
    pub(super) const fn saw_control(&mut self, is: bool) {
        self.has_control |= is;
    }

    /// Sets whether the check of the grammar found no error, or wasn't requested.
    pub(super) const fn set_json(&mut self, is_json: bool) {
        self.is_json = is_json;
    }

    /// Returns whether the value with these bytes is known to be sound: it is UTF-8, its strings have no control
    /// characters, and with the full check, all of it is JSON. If this isn't known, a complete parser decides.
    pub(crate) fn is_sound(&self, value: &[u8]) -> bool {
        self.is_json && !self.has_control && self.is_utf8(value)
    }

    fn is_utf8(&self, value: &[u8]) -> bool {
        let (from, to) = self.high;
        let high = value.get(from..to.min(value.len()));
        high.is_some_and(|high| core::str::from_utf8(high).is_ok())
    }

    /// Returns the end of the object or array that begins here, if it was noted.
    pub(crate) fn end_of(&self, start: usize) -> Option<usize> {
        self.spans.end_of(start)
    }
}

#[cfg(test)]
mod tests {
    use super::Marks;

    /// A document of this size is too large for a test from outside.
    #[cfg(target_pointer_width = "64")]
    #[test]
    fn bytes_beyond_4_gib_are_checked() {
        let mut marks = Marks::new(3);
        let from = (u32::MAX as usize) + 1;
        marks.saw_high(from + 64, from + 128);
        marks.set_json(true);
        // The range isn't the one of the first bytes, which are UTF-8.
        assert!(!marks.is_sound(&[b' '; 200]));
    }
}
