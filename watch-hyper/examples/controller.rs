//! A controller: for each ConfigMap, or object of another resource, whenever it may have changed, does what is to be done.
//!
//! ```sh
//! cargo run -p watch-test -- serve --port 8080 --objects 3 --churn 1 &
//! cargo run --example controller -- http://127.0.0.1:8080 configmaps
//! ```
//!
//! Without a URL it uses the cluster that it runs in.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::OptionFuture;
use tokio::time::{Instant, sleep_until};
use watch_hyper::watch_core::{Change, Config, Object, Resource};
use watch_hyper::{Client, Transport, Watch};

/// Namespace and name: what is told of an object is only that somebody should look at it. What it looks like *now* is
/// in the set, so that ten changes while something is done are one thing to do.
pub(crate) type Key = (String, String);

/// How long to wait before a key is tried again: twice as long each time, and no longer than the other.
const AGAIN: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(300);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = match std::env::args().nth(1) {
        Some(url) => Client::builder(&url).build()?,
        None => Client::in_cluster()?,
    };
    let resource: Resource = std::env::args().nth(2).as_deref().unwrap_or("configmaps").parse()?;
    let config = Config::builder(resource).build()?;
    tokio::select! {
        () = control(client, config, reconcile) => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(())
}

/// What is to be done for an object; `None` if it is gone.
async fn reconcile((namespace, name): Key, object: Option<Object>) -> Result<(), String> {
    match object {
        Some(object) => say(format_args!("{namespace}/{name} is at {}", object.resource_version())),
        None => say(format_args!("{namespace}/{name} is gone")),
    }
    Ok(())
}

/// Prints a line; ends the program when the reader is gone (`| head`), where `println!` panics.
fn say(line: Arguments<'_>) {
    if let Err(error) = writeln!(io::stdout(), "{line}") {
        std::process::exit(if error.kind() == ErrorKind::BrokenPipe { 0 } else { 1 });
    }
}

/// Calls `reconcile` with each object that there is, or was: once when the set is known, then after each change, and
/// again after a while if it fails. One at a time, while the watch goes on.
pub(crate) async fn control<Work: Future<Output = Result<(), String>>>(
    client: impl Into<Transport>,
    config: Config,
    reconcile: impl Fn(Key, Option<Object>) -> Work,
) {
    let mut changes = Watch::<Object>::new(client, config).changes();
    let mut set = BTreeMap::new();
    let mut queue = Queue::default();
    // Nothing is done before the set is whole: half of it would look as if the other half had been deleted.
    let mut is_whole = false;
    let mut work = None;
    loop {
        if is_whole
            && work.is_none()
            && let Some(key) = queue.next()
        {
            let working = reconcile(key.clone(), set.get(&key).cloned());
            work = Some(Box::pin(async { (key, working.await) }));
        }
        tokio::select! {
            Some((key, result)) = OptionFuture::from(work.as_mut()) => {
                work = None;
                match result {
                    Ok(()) => queue.succeeded(&key),
                    Err(error) => {
                        drop(writeln!(io::stderr(), "{}/{}: {error}", key.0, key.1));
                        queue.failed(key);
                    }
                }
            }
            change = changes.next() => match change {
                Some(Ok(Change::Added(object) | Change::Modified(object))) => {
                    let key = key(object.namespace(), object.name());
                    set.insert(key.clone(), object.detach());
                    queue.changed(key);
                }
                Some(Ok(Change::Deleted(object))) => {
                    let key = key(object.namespace(), object.name());
                    set.remove(&key);
                    queue.changed(key);
                }
                // Deleted while nobody looked, over a restart of the watch: without this it would stay for ever.
                Some(Ok(Change::Vanished(gone))) => {
                    let key = key(gone.namespace(), gone.name());
                    set.remove(&key);
                    queue.changed(key);
                }
                Some(Ok(Change::Synced { .. })) => is_whole = true,
                None => return,
            },
            () = queue.due(), if is_whole && work.is_none() => {}
        }
    }
}

fn key(namespace: Option<&str>, name: &str) -> Key {
    (namespace.unwrap_or_default().to_owned(), name.to_owned())
}

/// What is to be done when: each key once.
#[derive(Default)]
struct Queue {
    order: BTreeSet<(Instant, Key)>,
    /// When each key's turn is.
    turns: BTreeMap<Key, Instant>,
    /// How often in a row those failed that failed last.
    failures: BTreeMap<Key, u32>,
}

impl Queue {
    /// Whose turn it is.
    fn next(&mut self) -> Option<Key> {
        let (at, _) = self.order.first()?;
        if *at > Instant::now() {
            return None;
        }
        let (_, key) = self.order.pop_first()?;
        self.turns.remove(&key);
        Some(key)
    }

    /// Waits until it is somebody's turn.
    async fn due(&self) {
        match self.order.first() {
            Some((at, _)) => sleep_until(*at).await,
            None => std::future::pending().await,
        }
    }

    /// It is done at once, also if it failed before: the change may be what it waited for.
    fn changed(&mut self, key: Key) {
        self.failures.remove(&key);
        self.add(key, Instant::now());
    }

    fn succeeded(&mut self, key: &Key) {
        self.failures.remove(key);
    }

    fn failed(&mut self, key: Key) {
        // It changed meanwhile: what failed was something else, and its turn is there already.
        if self.turns.contains_key(&key) {
            return;
        }
        let failures = self.failures.entry(key.clone()).or_default();
        let wait = AGAIN.saturating_mul(1 << (*failures).min(30)).min(LONGEST);
        *failures += 1;
        self.add(key, Instant::now() + wait);
    }

    /// Of two turns, it is the earlier one that counts.
    fn add(&mut self, key: Key, at: Instant) {
        let turn = self.turns.entry(key.clone()).or_insert(at);
        self.order.remove(&(*turn, key.clone()));
        *turn = at.min(*turn);
        self.order.insert((*turn, key));
    }
}
