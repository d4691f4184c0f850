//! A list/watch client (an informer) for Kubernetes on tokio and hyper.
//!
//! It drives the state machine of [`watch_core`]: it sends the requests, passes the bytes of the responses on, and
//! waits. All decisions about the Kubernetes protocol are made in `watch_core`.
//!
//! ```no_run
//! use futures_util::StreamExt;
//! use serde::Deserialize;
//! use watch_hyper::watch_core::{Change, Config, Resource};
//! use watch_hyper::Watch;
//!
//! #[derive(Debug, Deserialize)]
//! struct Pod {
//!     metadata: Metadata,
//! }
//!
//! #[derive(Debug, Deserialize)]
//! struct Metadata {
//!     name: String,
//! }
//!
//! # #[cfg(not(feature = "client"))]
//! # fn main() {}
//! # #[cfg(feature = "client")]
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let client = watch_hyper::Client::in_cluster()?;
//!     let config = Config::builder(Resource::core("v1", "pods")).namespace("default").build()?;
//!     let mut changes = Watch::<Pod>::new(client, config).changes();
//!     while let Some(change) = changes.next().await {
//!         match change {
//!             Ok(Change::Added(pod) | Change::Modified(pod)) => println!("exists: {}", pod.metadata.name),
//!             Ok(Change::Deleted(pod)) => println!("deleted: {}", pod.metadata.name),
//!             Ok(Change::Vanished(pod)) => println!("deleted during a gap: {}", pod.name()),
//!             Ok(Change::Synced { resource_version }) => println!("synced at {resource_version}"),
//!             Err(error) => println!("{error}"), // one object that does not fit the type; the watch continues
//!         }
//!     }
//!     println!("ended: {:?}", changes.handle().done());
//!     Ok(())
//! }
//! ```
//!
//! | you want | use |
//! |---|---|
//! | every change once, across relists | [`Watch::changes`] |
//! | the current list in memory, for many readers | [`Watch::store`], which returns a [`Reflector`] and a [`Store`] |
//! | its changes too, with the old objects | [`Store::subscribe`] |
//! | the objects by node, owner or label; less of each object in memory | [`StoreBuilder`] |
//! | one watch for several parts of a program | [`StoreFactory`]; [`StoreDefinition`] with a transform and indexes |
//! | the objects of the changes, only the changes of a property, or fewer changes | [`Changes::applied_objects`], [`Changes::predicate_filter`], [`Changes::debounce`] |
//! | to wait for an object, or for several | [`wait_for()`], [`wait_for_all`], [`wait_for_any`], with [`conditions`](watch_core::conditions) |
//! | each event of the protocol | [`Watch`] |
//! | a controller | [`WorkQueue`], and the example `controller` |
//! | to read your own writes | [`PendingWrites`], [`Store::wait_for_version`] |
//! | state, checkpoint, observer, recorder, stop | the [`Handle`] of each stream |
//! | an HTTP client | `Client` (feature `client`), a `kube::Client` or `kube::Config` (feature `kube`), or any tower service ([`Transport`]) |
//! | a test without sockets, on paused time | the crate `watch-test`, whose `InProcessServer` is a tower service |
//!
//! A watch does nothing unless it is polled, and spawns no task. Trouble isn't an item of a stream: the watch handles
//! it, reports it as a [`Notice`](watch_core::Notice) and to `tracing`, and continues. The README of the crate is a
//! guide: stores, checkpoints, kubeconfig, TLS and proxies, metrics, limits.
//!
//! | feature | default | what |
//! |---|---|---|
//! | `client` | yes | `Client`: hyper-util, and rustls with `ring`. Without it, bring a tower service |
//! | `gzip` | no | compressed lists and streaming lists |
//! | `kube` | no | a `kube::Client` or `kube::Config` becomes a [`Transport`], and `config_for`, `watch_for`, `check_type` and `is_deleted` take the types of kube |
//! | `kube-runtime` | no | `kube_runtime::watcher` replaces kube's `watcher`; kube's reflector and `Controller` run on it |
//! | `k8s-openapi` | no | `Config::for_type` and ready-made [`conditions`](watch_core::conditions) of [`watch_core`] |
//! | `metrics` | no | metrics through the `metrics` facade |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod budget;
#[cfg(feature = "client")]
mod client;
mod clock;
#[cfg(any(feature = "client", feature = "kube"))]
mod credentials;
mod debounced;
mod driver;
mod error;
mod exchange;
#[cfg(feature = "gzip")]
mod gzip;
mod known_error;
#[cfg(feature = "kube")]
mod kube;
#[cfg(feature = "kube-runtime")]
pub mod kube_runtime;
#[cfg(feature = "kube")]
mod kube_type;
mod meter;
mod pending_writes;
mod rate_limiter;
mod seed;
mod spans;
mod store;
mod stream;
mod transport;
mod wait;
mod work_queue;

pub use watch_core;

#[cfg(feature = "client")]
pub use self::client::{Client, ClientBody, ClientBuilder, ClientError, RequestError};
pub use self::known_error::ClassifiedError;
#[cfg(feature = "kube")]
pub use self::kube::{TrackWrites, TrackedBody, TrackedClient};
#[cfg(feature = "kube")]
pub use self::kube_type::{check_type, config_for, is_deleted, watch_for};
pub use self::pending_writes::PendingWrites;
pub use self::rate_limiter::RateLimiter;
pub use self::store::{
    Ended, Index, Reflector, Set, SharedStore, Store, StoreBuilder, StoreChange, StoreDefinition, StoreFactory,
    StoreFreshness, Subscriber,
};
pub use self::stream::{
    AppliedObjects, Changes, DecodeJob, DecodeOn, DecodeOnError, Handle, Stopper, TouchedObjects, Watch,
};
pub use self::transport::{RefreshCredentials, Transport};
pub use self::wait::{WaitError, WaitFor, WaitForMany, wait_for, wait_for_all, wait_for_any};
pub use self::work_queue::{Turn, WorkQueue};

#[cfg(all(doctest, feature = "client"))]
#[doc = include_str!("../README.md")]
struct Readme;
