//! The deterministic simulator: it proves `watch-core` by trying to break it, millions of times, reproducibly.
mod act;
mod chance;
mod client;
pub mod cli;
mod counts;
mod exhaustive;
mod generate;
mod heal;
mod minimise;
mod net;
mod oracle;
pub mod plan;
mod run;
mod svg;
mod transcript;
mod truth;
mod violation;
mod world;

pub use self::counts::Counts;
pub use self::exhaustive::{Tried, cells, cuts, pages, sequences};
pub use self::generate::plan_of;
pub use self::minimise::minimise;
pub use self::plan::Plan;
pub use self::run::{Comparisons, Outcome, run, run_and_compare, run_with_timeline};
pub use self::svg::draw;
pub use self::transcript::{Line, Who};
pub use self::violation::{Oracle, Violation};
