//! An API server to test Kubernetes watches against.
//!
//! One model of kube-apiserver ([`model`]), and a real HTTP server around it ([`TestServer`]).

#![allow(clippy::result_large_err, reason = "a refusal is an answer like any other here, not the rare case")]

pub mod captures;
pub mod fault;
mod http;
pub mod model;

pub use self::http::{Builder, TestServer};
pub use self::model::LoggedRequest;
/// How the server refuses.
pub use watch_core::wire::Status;
