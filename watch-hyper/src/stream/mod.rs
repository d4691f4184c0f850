//! Watches as streams.

mod changes;
mod decode_on;
mod handle;
mod recorded;
mod stop;
mod watch;

pub use self::changes::Changes;
pub use self::decode_on::{DecodeJob, DecodeOn, DecodeOnError};
pub use self::handle::Handle;
pub use self::stop::Stopper;
pub use self::watch::Watch;
