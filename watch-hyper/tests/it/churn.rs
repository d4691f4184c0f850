//! Constant changes, and watches of all kinds.

use serde_json::json;
use watch_hyper::watch_core::{Config, InitialList, Resource, Start};
use watch_test::TestServer;

/// The duration or the number of rounds; the defaults are short enough for the gate.
pub(crate) fn from_environment(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name} must be a number")))
}

pub(crate) fn config(number: u64) -> Config {
    let start = if number.is_multiple_of(2) { InitialList::Auto } else { InitialList::List };
    Config::builder(Resource::core("v1", "pods")).seed(number).start(Start::InitialList(start)).build().unwrap()
}

pub(crate) fn churn(server: &TestServer, round: u64) {
    let name = format!("pod-{}", round % 20);
    let pod = json!({ "metadata": { "name": name, "namespace": "default", "labels": { "round": round.to_string() } } });
    if round.is_multiple_of(3) {
        drop(server.delete("pods", Some("default"), &name));
    } else if server.create("pods", None, pod.clone()).is_err() {
        drop(server.patch("pods", Some("default"), &name, pod));
    }
}
