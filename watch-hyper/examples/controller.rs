//! A controller: reconciles each ConfigMap, or each object of another resource, after it changed.
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

/// Namespace and name. The queue holds keys, not objects: `reconcile` gets the current state, so ten changes during one
/// call result in one more call.
pub(crate) type Key = (String, String);

/// The delay before the first retry of a key. It doubles with each failure, up to `LONGEST`.
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

/// Reconciles an object; `None` if it was deleted.
async fn reconcile((namespace, name): Key, object: Option<Object>) -> Result<(), String> {
    match object {
        Some(object) => say(format_args!("{namespace}/{name} is at {}", object.resource_version())),
        None => say(format_args!("{namespace}/{name} is gone")),
    }
    Ok(())
}

/// Prints a line. Ends the program when the reader of stdout is gone (`| head`), where `println!` panics.
fn say(line: Arguments<'_>) {
    if let Err(error) = writeln!(io::stdout(), "{line}") {
        std::process::exit(if error.kind() == ErrorKind::BrokenPipe { 0 } else { 1 });
    }
}

/// Calls `reconcile` with each object that exists or was deleted: once after the first list is complete, then after
/// each change, and again with backoff if it fails. One call at a time, while the watch continues.
pub(crate) async fn control<Work: Future<Output = Result<(), String>>>(
    client: impl Into<Transport>,
    config: Config,
    reconcile: impl Fn(Key, Option<Object>) -> Work,
) {
    let mut changes = Watch::<Object>::new(client, config).changes();
    let mut set = BTreeMap::new();
    let mut queue = Queue::default();
    // Nothing is reconciled before the list is complete: missing objects would look like deleted ones.
    let mut is_synced = false;
    let mut work = None;
    loop {
        if is_synced
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
                // Deleted during a gap. Without this arm the object would stay known forever.
                Some(Ok(Change::Vanished(gone))) => {
                    let key = key(gone.namespace(), gone.name());
                    set.remove(&key);
                    queue.changed(key);
                }
                Some(Ok(Change::Synced { .. })) => is_synced = true,
                None => return,
            },
            () = queue.due(), if is_synced && work.is_none() => {}
        }
    }
}

fn key(namespace: Option<&str>, name: &str) -> Key {
    (namespace.unwrap_or_default().to_owned(), name.to_owned())
}

/// The work queue: each key once, with the time at which it is due.
#[derive(Default)]
struct Queue {
    order: BTreeSet<(Instant, Key)>,
    /// The time at which each key is due.
    turns: BTreeMap<Key, Instant>,
    /// The number of failures in a row, of keys whose last call failed.
    failures: BTreeMap<Key, u32>,
}

impl Queue {
    /// Takes the next key that is due.
    fn next(&mut self) -> Option<Key> {
        let (at, _) = self.order.first()?;
        if *at > Instant::now() {
            return None;
        }
        let (_, key) = self.order.pop_first()?;
        self.turns.remove(&key);
        Some(key)
    }

    /// Waits until a key is due.
    async fn due(&self) {
        match self.order.first() {
            Some((at, _)) => sleep_until(*at).await,
            None => std::future::pending().await,
        }
    }

    /// The key is due at once, even if it failed before: the change may resolve the failure.
    fn changed(&mut self, key: Key) {
        self.failures.remove(&key);
        self.add(key, Instant::now());
    }

    fn succeeded(&mut self, key: &Key) {
        self.failures.remove(key);
    }

    fn failed(&mut self, key: Key) {
        // The object changed meanwhile, so the failure is outdated and the key is queued already.
        if self.turns.contains_key(&key) {
            return;
        }
        let failures = self.failures.entry(key.clone()).or_default();
        let wait = AGAIN.saturating_mul(1 << (*failures).min(30)).min(LONGEST);
        *failures += 1;
        self.add(key, Instant::now() + wait);
    }

    /// Of two times for a key, the earlier one counts.
    fn add(&mut self, key: Key, at: Instant) {
        let turn = self.turns.entry(key.clone()).or_insert(at);
        self.order.remove(&(*turn, key.clone()));
        *turn = at.min(*turn);
        self.order.insert((*turn, key));
    }
}
