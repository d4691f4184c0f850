//! The API server as a value: requests, writes and time go in; replies come out.
//!
//! There is no clock, no IO, no thread and no entropy in here. The same calls with the same times give the same
//! bytes, on every platform.

mod admission;
mod cluster;
mod controllers;
mod crd;
mod discovery;
mod encode;
mod endpoints;
mod patch;
mod rendering;
mod selector;
mod server;
mod storage;
mod validation;

pub use self::cluster::{Controllers, Pace};
pub use self::endpoints::access::{Access, Anonymous, CertificateName};
pub use self::endpoints::body::LONGEST_BODY;
pub use self::endpoints::list_options::WatchList;
pub use self::server::{
    ApiServer, BOOKMARK_INTERVAL, Config, ExchangeId, LONGEST_LOG, LoggedRequest, MIN_REQUEST_TIMEOUT, ResponseHead,
    Step,
};
pub use self::storage::cache::Window;
pub use self::storage::resource::Resource;
pub use self::storage::store::LAST_VERSION;
pub use crate::fault::{End, MOST_REPLICAS};
