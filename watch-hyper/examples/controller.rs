//! A controller: for each ConfigMap, whenever it may have changed, does what is to be done.
//!
//! ```sh
//! cargo run -p watch-test -- serve --port 8080 --objects 3 --churn 1 &
//! cargo run --example controller -- http://127.0.0.1:8080
//! ```
//!
//! Without a URL it uses the cluster that it runs in.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use futures_util::StreamExt;
use tokio::time::{Instant, sleep_until};
use watch_hyper::watch_core::{Change, Config, Object, Resource};
use watch_hyper::{Client, RawWatch};

/// Namespace and name: what is told of an object is only that somebody should look at it. What it looks like *now* is
/// in the set, so that ten changes in a row are one thing to do, and none is done twice at a time.
pub(crate) type Key = (String, String);

/// How long to wait before a key is tried again.
const AGAIN: Duration = Duration::from_secs(5);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = match std::env::args().nth(1) {
        Some(url) => Client::builder(&url).build()?,
        None => Client::in_cluster()?,
    };
    let config = Config::builder(Resource::core("v1", "configmaps")).build()?;
    tokio::select! {
        () = control(client, config, |key, object| {
            match object {
                Some(object) => println!("{}/{} is at {}", key.0, key.1, object.resource_version()),
                None => println!("{}/{} is gone", key.0, key.1),
            }
            Ok(())
        }) => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(())
}

/// Calls `reconcile` with each object that there is, or was: once when the set is known, then after each change, and
/// again after a while if it fails.
pub(crate) async fn control(
    client: impl Into<watch_hyper::Transport>,
    config: Config,
    mut reconcile: impl FnMut(&Key, Option<&Object>) -> Result<(), String>,
) {
    let mut changes = RawWatch::new(client, config).changes();
    let mut set = BTreeMap::new();
    let mut queue = VecDeque::new();
    // Nothing is done before the set is whole: half of it would look as if the other half had been deleted.
    let mut is_whole = false;
    let mut failed: VecDeque<(Instant, Key)> = VecDeque::new();
    loop {
        while is_whole && let Some(key) = queue.pop_front() {
            if let Err(error) = reconcile(&key, set.get(&key)) {
                eprintln!("{}/{}: {error}; again in {AGAIN:?}", key.0, key.1);
                failed.push_back((Instant::now() + AGAIN, key));
            }
        }
        let again = failed.front().map(|(at, _)| *at);
        tokio::select! {
            change = changes.next() => match change {
                Some(Change::Added(object) | Change::Modified(object)) => {
                    let key = key(object.namespace(), object.name());
                    set.insert(key.clone(), object.detach());
                    enqueue(&mut queue, key);
                }
                Some(Change::Deleted(object)) => {
                    let key = key(object.namespace(), object.name());
                    set.remove(&key);
                    enqueue(&mut queue, key);
                }
                // Deleted while nobody looked, over a restart of the watch: without this it would stay for ever.
                Some(Change::Vanished(gone)) => {
                    let key = key(gone.namespace(), gone.name());
                    set.remove(&key);
                    enqueue(&mut queue, key);
                }
                Some(Change::Synced { .. }) => is_whole = true,
                None => return,
            },
            () = sleep_until(again.unwrap_or_else(Instant::now)), if again.is_some() => {
                queue.extend(failed.pop_front().map(|(_, key)| key));
            }
        }
    }
}

fn key(namespace: Option<&str>, name: &str) -> Key {
    (namespace.unwrap_or_default().to_owned(), name.to_owned())
}

fn enqueue(queue: &mut VecDeque<Key>, key: Key) {
    if !queue.contains(&key) {
        queue.push_back(key);
    }
}
