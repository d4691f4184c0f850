//! Waits until a condition holds.

mod condition;
mod many;
mod one;
mod outcome;
mod outcome_of_many;
mod present;
mod verdict;

pub use self::condition::Condition;
pub use self::many::WaitForMany;
pub use self::one::WaitFor;
pub use self::outcome::{LastKnown, ObjectState, Outcome};
pub use self::outcome_of_many::{LastKnownOfMany, OutcomeOfMany};
pub use self::verdict::Verdict;
