//! The tests of the simulator from outside. They are in one binary, since each further one would link all crates again.

#[cfg(feature = "fuzz")]
mod fuzz_corpus;
mod picture;
mod plans;
#[cfg(feature = "cli")]
mod program;
mod seeds;
mod small;
mod traces;
