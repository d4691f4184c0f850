//! A hash that is the same in every process and on every platform, unlike that of the standard library.

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
