//! Against a real kube-apiserver: after any fault, the consumer has the objects of the server.
//!
//! These tests are in a binary of their own, so that they can be run without the others (`--test live`) where the real
//! programs are available.
//!
//! Environment variables select the server, because libtest accepts only its own arguments:
//!
//! - `KUBEBUILDER_ASSETS` names the directory with the programs `etcd` and `kube-apiserver`; they are started on the
//!   loopback interface.
//! - For an existing cluster, `WATCH_LIVE_SERVER` is its URL; `WATCH_LIVE_CA_FILE` and `WATCH_LIVE_TOKEN_FILE` are the
//!   credentials of an administrator. Tests that restart it, or need its keys or a user without rights, are skipped.
//!
//! Without either, each test prints that it is skipped, and passes.

mod access;
mod bookmarks;
mod changes;
mod custom;
mod differential;
mod expired;
mod initial_set;
mod large;
mod many;
mod mirror;
mod namespace;
mod notices;
mod recorded;
mod restarts;
mod restored;
mod selectors;
mod server;
mod tokens;
mod wait_for;
