//! The tests of the simulator from outside, in one binary.

#[cfg(feature = "fuzz")]
mod fuzz_corpus;
mod plans;
#[cfg(feature = "cli")]
mod program;
mod seeds;
mod small;
mod traces;
