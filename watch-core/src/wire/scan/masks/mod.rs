//! The characters of JSON in a block of 64 bytes, as bit masks.
//!
//! This is the first stage of simdjson ("Parsing Gigabytes of JSON per Second", Langdale and Lemire 2019, section 3.1).
//! With SIMD it takes about one instruction a byte. Without, the same masks are computed eight bytes at a time.

#[cfg(any(target_feature = "sse2", target_feature = "simd128", all(target_arch = "aarch64", target_feature = "neon")))]
mod simd;
#[cfg(any(
    test,
    not(any(
        target_feature = "sse2",
        target_feature = "simd128",
        all(target_arch = "aarch64", target_feature = "neon")
    ))
))]
mod swar;
#[cfg(test)]
mod tests;

#[cfg(any(
    target_feature = "sse2",
    target_feature = "simd128",
    all(target_arch = "aarch64", target_feature = "neon")
))]
use self::simd as bytes;
#[cfg(not(any(
    target_feature = "sse2",
    target_feature = "simd128",
    all(target_arch = "aarch64", target_feature = "neon")
)))]
use self::swar as bytes;

/// Tests set it, to use the code without SIMD.
#[cfg(test)]
pub(super) static IS_PLAIN: core::sync::atomic::AtomicBool = core::sync::atomic::AtomicBool::new(false);

#[cfg(test)]
fn is_plain() -> bool {
    IS_PLAIN.load(core::sync::atomic::Ordering::Relaxed)
}

/// The number of bytes in a block.
pub(super) const BLOCK: usize = 64;

/// A block of bytes.
pub(super) type Block = [u8; BLOCK];

/// What the structure of JSON depends on. The lowest bit of a mask stands for the first byte of the block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Masks {
    /// `"`
    pub(super) quote: u64,
    /// `{`, `}`, `[`, `]`
    pub(super) bracket: u64,
    /// Whether the block has a byte of [`Rare`]. Most blocks have none.
    pub(super) has_rare: bool,
}

/// What most blocks don't have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rare {
    /// `\`
    pub(super) backslash: u64,
    /// Bytes below 0x20.
    pub(super) control: u64,
    /// Bytes from 0x80: parts of characters beyond ASCII.
    pub(super) high: u64,
}

/// What the grammar of JSON depends on in addition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Separators {
    /// `,`
    pub(super) comma: u64,
    /// `:`
    pub(super) colon: u64,
    /// `{` and `[`
    pub(super) open: u64,
    /// Bytes up to 0x20: white space, and control characters, which JSON doesn't allow.
    pub(super) blank: u64,
}

impl Masks {
    #[inline]
    pub(super) fn of(block: &Block) -> Self {
        #[cfg(test)]
        if is_plain() {
            return swar::masks(block);
        }
        bytes::masks(block)
    }
}

impl Rare {
    pub(super) fn of(block: &Block) -> Self {
        #[cfg(test)]
        if is_plain() {
            return swar::rare(block);
        }
        bytes::rare(block)
    }
}

impl Separators {
    #[inline]
    pub(super) fn of(block: &Block) -> Self {
        #[cfg(test)]
        if is_plain() {
            return swar::separators(block);
        }
        bytes::separators(block)
    }

    /// Clears the bits of all other bytes.
    #[inline]
    pub(super) const fn keep(&mut self, at: u64) {
        self.comma &= at;
        self.colon &= at;
        self.open &= at;
        self.blank &= at;
    }
}

/// Returns the byte at an index below 64.
#[inline]
#[expect(clippy::indexing_slicing, reason = "the remainder is an index of the block")]
pub(super) const fn byte_at(block: &Block, at: usize) -> u8 {
    block[at % BLOCK]
}

/// Returns whether a bracket opens. (`{` and `[` have bit 1, `}` and `]` don't.)
#[inline]
pub(super) const fn is_open(bracket: u8) -> bool {
    bracket & 2 != 0
}

/// Returns whether a bracket is one of an object. (`{` and `}` have bit 5, `[` and `]` don't.)
#[inline]
pub(super) const fn is_brace(bracket: u8) -> bool {
    bracket & 0x20 != 0
}

/// Returns a mask of the first `len` bytes of a block.
#[inline]
pub(super) const fn first(len: usize) -> u64 {
    if len >= BLOCK { !0 } else { (1 << len) - 1 }
}

/// Returns a mask of the bytes for which the number of marked bytes up to and including them is odd.
#[inline]
pub(super) const fn prefix_xor(mut mask: u64) -> u64 {
    mask ^= mask << 1;
    mask ^= mask << 2;
    mask ^= mask << 4;
    mask ^= mask << 8;
    mask ^= mask << 16;
    mask ^ mask << 32
}

/// Returns a mask of all bytes, or of none.
#[inline]
pub(super) const fn all_if(is: bool) -> u64 {
    if is { !0 } else { 0 }
}
