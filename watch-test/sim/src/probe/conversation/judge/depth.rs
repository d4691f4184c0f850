//! Determines whether a position in a stream is within a JSON document.

/// The state after some bytes. Bytes that aren't JSON contain no documents.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Depth {
    depth: u32,
    deepest: u32,
    in_text: bool,
    is_escaped: bool,
}

impl Depth {
    pub(super) const fn is_within(self) -> bool {
        self.depth > 0 || self.in_text
    }

    /// Returns the most levels so far.
    pub(super) const fn deepest(self) -> u32 {
        self.deepest
    }

    pub(super) fn follow(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' if self.in_text => self.is_escaped = true,
                b'"' => self.in_text = !self.in_text,
                b'{' | b'[' if !self.in_text => {
                    self.depth += 1;
                    self.deepest = self.deepest.max(self.depth);
                }
                b'}' | b']' if !self.in_text => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
    }
}
