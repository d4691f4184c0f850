//! The API server as a value: requests, writes and time go in; replies come out.
//!
//! The model has no clock, no IO, no threads and no entropy. The same calls with the same times give the same bytes, on
//! every platform.
//!
//! # Layers
//!
//! Each folder is a layer. It calls only layers below it in this list, and of those only the ones that its sentence
//! names (`tests/it/layers.rs` compares the sentences with the code):
//!
//! - `server`: requests, the exchanges with clients that they open, and the methods for tests; nothing in the model
//!   calls it. Calls `controllers`, `cluster`, `discovery`, `endpoints`, `rendering`, `patch`, `admission`, `crd`,
//!   `selector`, `validation`, `storage`, `encode`.
//! - `controllers`: what kube-controller-manager does; works on the cluster as a client would, and is called when time
//!   passes. Calls `cluster`, `admission`, `storage`.
//! - `cluster`: the state of the cluster and every write to it; knows no requests and no exchanges, and leaves
//!   news for open watches. Calls `admission`, `crd`, `validation`, `storage`.
//! - `discovery`: the documents about the server itself. Calls `endpoints`, `crd`, `validation`, `storage`, `encode`.
//! - `endpoints`: requests and replies as values: paths, parameters, headers, bodies. Calls `rendering`, `admission`,
//!   `validation`, `storage`, `encode`.
//! - `rendering`: the forms that objects are sent in. Calls `storage`, `encode`.
//! - `patch`: what a patch makes of an object. Calls `admission`, `validation`, `storage`, `encode`.
//! - `admission`: what is checked, filled in and kept when an object is written. Calls `crd`, `validation`, `storage`,
//!   `encode`.
//! - `crd`: CustomResourceDefinitions as values. Calls `validation`, `storage`, `encode`.
//! - `selector`: which objects a request is about. Calls `validation`, `storage`.
//! - `validation`: the API's errors, and its rules for names. Calls `storage`.
//! - `storage`: resources, versions of objects, the store with its history, watch caches. Calls `encode`.
//! - `encode`: bytes as Go writes and reads them. Calls nothing.

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
pub use self::storage::release::{Release, UnknownRelease};
pub use self::storage::resource::Resource;
pub use self::storage::store::LAST_VERSION;
pub use crate::fault::{End, MOST_REPLICAS};
