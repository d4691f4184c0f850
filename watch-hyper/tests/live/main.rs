//! Against a real kube-apiserver: whatever happens, in the end the consumer has what the server has.
//!
//! These are in a binary of their own so that they can be run without the others (`--test live`), where real programs
//! are to be had.
//!
//! The environment says which one, since libtest takes no arguments but its own:
//!
//! - `KUBEBUILDER_ASSETS` names the directory with the programs `etcd` and `kube-apiserver`; they are started on the
//!   loopback interface.
//! - Or there is a cluster already: `WATCH_LIVE_SERVER` is its URL, `WATCH_LIVE_CA_FILE` and `WATCH_LIVE_TOKEN_FILE`
//!   say how to be its admin. Tests that would restart it, or need its keys or a user without rights, are skipped then.
//!
//! Without either, every test says that it is skipped, and passes.

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
mod restarts;
mod restored;
mod selectors;
mod server;
mod tokens;
mod wait_for;
