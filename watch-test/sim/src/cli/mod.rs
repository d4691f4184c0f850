//! The simulator as a program.

#[macro_use]
mod terminal;

mod canary;
mod conclude;
mod exhaust;
mod failure;
mod interruption;
mod mutants;
mod output;
mod replay;
mod simulate;

pub use self::mutants::Mutants;
pub use self::replay::Replay;
pub use self::simulate::{Other, Simulate};
