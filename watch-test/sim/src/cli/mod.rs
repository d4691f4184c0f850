//! The command line of the simulator.

#[macro_use]
mod terminal;

mod built_in;
mod conclude;
mod exhaust;
mod extent;
mod failure;
mod interruption;
mod mutants;
mod output;
mod own_writes;
mod pinned;
mod probes;
mod replay;
mod simulate;

pub use self::extent::Extent;
pub use self::mutants::Mutants;
pub use self::own_writes::OwnWrites;
pub use self::probes::Probes;
pub use self::replay::Replay;
pub use self::simulate::{Other, Simulate};
