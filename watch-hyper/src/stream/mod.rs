//! Watches as streams.

mod changes;
mod raw;
mod recorded;
mod stop;
mod typed;

pub use self::changes::{Changes, RawChanges};
pub use self::raw::RawWatch;
pub use self::stop::Stopper;
pub use self::typed::Watch;
