//! A controller: reconciles each ConfigMap, or each object of another resource, after it changed.
//!
//! ```sh
//! cargo run -p watch-test -- serve --port 8080 --objects 3 --churn 1 &
//! cargo run --example controller -- http://127.0.0.1:8080 configmaps
//! ```
//!
//! Without a URL it uses the cluster that it runs in.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};
use std::time::Duration;

use futures_util::StreamExt;
use watch_hyper::watch_core::{Change, Config, Object, Resource};
use watch_hyper::{Client, Transport, Watch, WorkQueue};

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
/// each change, and again with backoff if it fails. There is one call at a time, and the watch continues during it.
pub(crate) async fn control<Work: Future<Output = Result<(), String>>>(
    client: impl Into<Transport>,
    config: Config,
    reconcile: impl Fn(Key, Option<Object>) -> Work,
) {
    let mut changes = Watch::<Object>::new(client, config).changes();
    let set = RefCell::new(BTreeMap::new());
    let queue = WorkQueue::with_retry(AGAIN, LONGEST);
    let watching = async {
        while let Some(change) = changes.next().await {
            let key = match change {
                Ok(Change::Added(object) | Change::Modified(object)) => {
                    let key = key(object.namespace(), object.name());
                    set.borrow_mut().insert(key.clone(), object.detach());
                    key
                }
                Ok(Change::Deleted(object)) => {
                    let key = key(object.namespace(), object.name());
                    set.borrow_mut().remove(&key);
                    key
                }
                // The object was deleted during a gap. Without this arm it would stay known forever.
                Ok(Change::Vanished(gone)) => {
                    let key = key(gone.namespace(), gone.name());
                    set.borrow_mut().remove(&key);
                    key
                }
                // Nothing is reconciled before the list is complete: missing objects would look like deleted ones.
                Ok(Change::Synced { .. }) => {
                    queue.start();
                    // Lets the first turn begin, with the objects of the list.
                    tokio::task::yield_now().await;
                    continue;
                }
            };
            // The change may have removed the cause of earlier failures.
            queue.forget(&key);
            queue.add(key);
        }
    };
    let working = async {
        while let Some(turn) = queue.next().await {
            let object = set.borrow().get(turn.key()).cloned();
            match reconcile(turn.key().clone(), object).await {
                Ok(()) => turn.succeeded(),
                Err(error) => {
                    let (namespace, name) = turn.key();
                    drop(writeln!(io::stderr(), "{namespace}/{name}: {error}"));
                    turn.failed();
                }
            }
        }
    };
    tokio::select! {
        biased;
        () = working => {}
        () = watching => {}
    }
}

fn key(namespace: Option<&str>, name: &str) -> Key {
    (namespace.unwrap_or_default().to_owned(), name.to_owned())
}
