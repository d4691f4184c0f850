//! The seed, if the configuration has none.

use core::hash::{BuildHasher, Hasher};
use std::hash::RandomState;

/// Returns a different seed each time: the hash maps of the standard library are keyed with entropy of the operating
/// system.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
