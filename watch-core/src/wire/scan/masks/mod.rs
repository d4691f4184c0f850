//! The characters of JSON in a block of 64 bytes, as bit masks.
//!
//! This is the first stage of simdjson ("Parsing Gigabytes of JSON per Second", Langdale and Lemire 2019, section 3.1).
//! With SIMD it takes about one instruction a byte or less. With the feature `http`, which needs std, the best
//! instructions of the processor are chosen when the program runs. Without SIMD, the same masks are computed eight bytes
//! at a time.

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
#[cfg(all(
    test,
    any(target_feature = "sse2", target_feature = "simd128", all(target_arch = "aarch64", target_feature = "neon"))
))]
mod tests;

#[cfg(any(
    target_feature = "sse2",
    target_feature = "simd128",
    all(target_arch = "aarch64", target_feature = "neon")
))]
pub(super) use self::simd::work;
#[cfg(not(any(
    target_feature = "sse2",
    target_feature = "simd128",
    all(target_arch = "aarch64", target_feature = "neon")
)))]
pub(super) use self::swar::work;
#[cfg(all(
    test,
    any(target_feature = "sse2", target_feature = "simd128", all(target_arch = "aarch64", target_feature = "neon"))
))]
pub(super) use self::tests::Way;

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
    /// `\`
    pub(super) backslash: u64,
    /// Whether the block has a byte of [`Rare`]. Most blocks have none.
    pub(super) has_rare: bool,
}

/// What most blocks don't have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rare {
    /// Bytes below 0x20.
    pub(super) control: u64,
    /// Bytes from 0x80: parts of characters beyond ASCII.
    pub(super) high: u64,
}

/// The kinds of brackets. The bits of other bytes have any value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kinds {
    /// `{` and `[`, not `}` and `]`
    pub(super) open: u64,
    /// `{` and `}`, not `[` and `]`
    pub(super) brace: u64,
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

impl Separators {
    /// Clears the bits of all other bytes.
    #[inline]
    pub(super) const fn keep(&mut self, at: u64) {
        self.comma &= at;
        self.colon &= at;
        self.open &= at;
        self.blank &= at;
    }
}

/// Finds the characters of JSON in a block, with some instructions of the processor.
pub(super) trait Finder: Copy {
    /// Runs a function that is compiled for the instructions of the finder. All that uses them must be inlined into it.
    fn compiled<R>(self, run: impl FnOnce() -> R) -> R;

    fn masks(self, block: &Block) -> Masks;

    fn rare(self, block: &Block) -> Rare;

    fn separators(self, block: &Block) -> Separators;

    fn kinds(self, block: &Block) -> Kinds;
}

/// Work that needs a [`Finder`].
pub(super) trait Work {
    type Output;

    /// Does the work. Must be inlined, because the caller is compiled for the instructions of the finder.
    fn with(self, finder: impl Finder) -> Self::Output;
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
