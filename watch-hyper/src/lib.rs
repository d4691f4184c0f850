//! wip
mod client;
mod error;
mod exchange;
mod transport;
mod clock;
pub use self::client::{Client, ClientBody, ClientBuilder, ClientError, RequestError};
pub use self::error::KnownError;
pub use self::transport::RefreshCredentials;
