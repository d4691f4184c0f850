//! Watches as streams.

mod changes;
mod handle;
mod recorded;
mod stop;
mod watch;

pub use self::changes::Changes;
pub use self::handle::Handle;
pub use self::stop::Stopper;
pub use self::watch::Watch;
