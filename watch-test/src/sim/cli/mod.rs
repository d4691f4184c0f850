//! The simulator as a program.

mod failure;
mod replay;
mod simulate;

pub use self::replay::Replay;
pub use self::simulate::Simulate;
