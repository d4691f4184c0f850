//! A hash that is the same in every process and on every platform, unlike that of the standard library.

/// FNV-1a with 64 bits. It distinguishes values; it doesn't resist attackers.
pub(crate) fn fnv1a(bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes.into_iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
