//! Hashes that are the same in every process and on every platform, unlike those of the standard library.

use core::fmt;

/// FNV-1a with 64 bits. It distinguishes values; it doesn't resist attackers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fnv1a(u64);

impl Fnv1a {
    pub(crate) const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub(crate) const fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ byte as u64).wrapping_mul(0x0100_0000_01b3);
    }

    pub(crate) fn bytes(&mut self, bytes: impl IntoIterator<Item = u8>) {
        bytes.into_iter().for_each(|byte| self.byte(byte));
    }

    pub(crate) const fn value(self) -> u64 {
        self.0
    }
}

/// Hashes what is formatted, without a copy.
impl fmt::Write for Fnv1a {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.bytes(text.bytes());
        Ok(())
    }
}

/// Returns the hash of these bytes.
pub(crate) fn fnv1a(bytes: impl IntoIterator<Item = u8>) -> u64 {
    let mut hash = Fnv1a::new();
    hash.bytes(bytes);
    hash.value()
}

/// A hash of words and texts that takes eight bytes at a time, for each event. It distinguishes values; it doesn't
/// resist attackers. Unlike [`fnv1a`], it may change with a release: it isn't stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words(u64);

impl Words {
    pub(crate) const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Two values that differ in one word have different hashes, because each step is reversible.
    pub(crate) const fn word(&mut self, word: u64) {
        // The multiplier is the golden ratio. The shift lets the upper bits influence the lower ones of the next step.
        let product = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = product ^ product >> 32;
    }

    pub(crate) fn text(&mut self, text: &[u8]) {
        // The length marks the end of a text, because no separator is known to be absent from all of them.
        self.word(text.len() as u64);
        let (words, rest) = text.as_chunks();
        for word in words {
            self.word(u64::from_le_bytes(*word));
        }
        self.word(rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)));
    }

    pub(crate) const fn value(self) -> u64 {
        self.0
    }
}
