//! The tests of the simulator from outside. They are in one binary, because each further one links all crates again.

#[cfg(feature = "fuzz")]
mod fuzz_corpus;
mod own_writes;
mod picture;
mod plans;
mod probes;
#[cfg(feature = "cli")]
mod program;
#[cfg(feature = "fuzz")]
mod scan;
mod seeds;
mod small;
mod traces;
