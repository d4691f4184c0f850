//! Watches as streams.

mod changes;
mod decode_on;
mod handle;
mod objects;
mod recorded;
mod slot;
mod source;
mod stop;
mod watch;

pub use self::changes::Changes;
pub use self::decode_on::{DecodeJob, DecodeOn, DecodeOnError};
pub use self::handle::Handle;
pub use self::objects::{AppliedObjects, TouchedObjects};
pub use self::stop::Stopper;
pub(crate) use self::stop::Stopping;
pub use self::watch::Watch;
