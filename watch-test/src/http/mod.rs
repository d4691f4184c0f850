//! The model as a real HTTP server on the loopback interface.

mod admin;
mod builder;
mod handle;
pub(crate) mod listen;
pub(crate) mod observer;
pub(crate) mod reply;
mod server;
pub(crate) mod shared;
pub(crate) mod socket;
mod tls;

pub use self::builder::Builder;
pub use self::handle::Handle;
pub use self::server::TestServer;
pub use self::tls::ClientIdentity;
