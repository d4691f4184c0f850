//! wip
#![no_std]
extern crate alloc;

mod fingerprint;
mod object;
mod version;
pub mod wire;

pub use object::*;
pub use version::*;
