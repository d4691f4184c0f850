//! A hash to compare two runs.

/// The constants of FNV-1a (Fowler, Noll, Vo).
pub(super) const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

/// One step of FNV-1a.
pub(super) const fn mix(hash: u64, value: u64) -> u64 {
    (hash ^ value).wrapping_mul(PRIME)
}

/// A hash of a run, to compare two runs. It is the same on every platform.
///
/// It isn't a cryptographic hash: collisions can be made on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Self(OFFSET)
    }
}

impl Digest {
    /// Adds a number: FNV-1a, eight bytes at a time, with its high bits folded in.
    pub const fn number(&mut self, number: u64) {
        self.0 = mix(self.0, number);
        self.0 ^= self.0 >> 29;
    }

    /// Adds bytes and their number.
    pub fn bytes(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.number(u64::from_le_bytes(word));
        }
        self.number(bytes.len() as u64);
    }

    /// Returns the hash of everything added so far.
    pub const fn value(self) -> u64 {
        self.0
    }
}
