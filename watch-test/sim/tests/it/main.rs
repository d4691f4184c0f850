//! The tests of the simulator from outside. They are in one binary, since each further one would link all crates again.

#[cfg(feature = "fuzz")]
mod fuzz_corpus;
mod plans;
#[cfg(feature = "cli")]
mod program;
#[cfg(feature = "fuzz")]
mod scan;
mod seeds;
mod small;
mod traces;
