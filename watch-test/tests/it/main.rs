//! The tests of watch-test. They are in one binary, because each further one links all crates again.

mod admin;
mod bodies;
mod captures;
mod common;
mod definitions;
mod discovery;
#[cfg(feature = "check")]
mod draw;
mod dry_runs;
mod empty_objects;
mod events;
mod evictions;
mod faults;
mod garbage;
mod http;
mod http2;
mod kinds;
mod layers;
mod metadata;
#[cfg(feature = "check")]
mod mirror;
mod namespaces;
mod objects;
#[cfg(all(feature = "cli", unix))]
mod program;
#[cfg(feature = "record")]
mod record;
mod recorded;
#[cfg(feature = "cli")]
mod releases;
mod replay;
mod replies;
mod requests;
mod rust_version;
mod scale;
mod selectors;
#[cfg(feature = "service")]
mod service;
mod slow;
mod strategies;
mod transcript;
mod trouble;
mod types;
mod watch_start;
mod writes;
