//! Chance, where the configuration doesn't say which.

use core::hash::{BuildHasher, Hasher};
use std::hash::RandomState;

/// Another one each time: the standard library's hash maps are keyed by the operating system's entropy.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
