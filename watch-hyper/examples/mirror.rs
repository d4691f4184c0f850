//! Mirrors all ConfigMaps into a directory, a file each, and goes on where it was when it is started again: also when
//! the version that it knew has expired meanwhile, what was deleted in between is deleted here.
//!
//! ```sh
//! cargo run -p watch-test -- serve --port 8080 --objects 3 --churn 1 &
//! cargo run --example mirror -- http://127.0.0.1:8080 /tmp/mirror    # Ctrl-C, and again
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use watch_hyper::watch_core::{Change, Checkpoint, Config, Diff, DiffSnapshot, Resource};
use watch_hyper::{Client, RawChanges, RawWatch, Transport};

/// What the next process needs.
#[derive(Deserialize, Serialize)]
struct State {
    checkpoint: Checkpoint,
    known: DiffSnapshot,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [url, directory] =
        std::env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "usage: mirror URL DIRECTORY")?;
    let config = Config::builder(Resource::core("v1", "configmaps")).build()?;
    let client = Client::builder(&url).build()?;
    tokio::select! {
        ended = mirror(client, config, Path::new(&directory)) => ended?,
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(())
}

pub(crate) async fn mirror(transport: impl Into<Transport>, config: Config, directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    let state = directory.join(".state");
    // As many changes as are there, then one write of the state: what happened after the last one comes again, and
    // doing it again does no harm.
    let mut chunks = begin(transport.into(), &config, &state).ready_chunks(1000);
    while let Some(changes) = chunks.next().await {
        for change in changes {
            println!("{change}");
            apply(&change, directory)?;
        }
        let changes: &RawChanges = chunks.get_ref();
        if let Some(checkpoint) = changes.checkpoint() {
            let saved = State { checkpoint: checkpoint.clone(), known: changes.diff().snapshot(&config) };
            replace(&state, &serde_json::to_vec(&saved)?)?;
        }
    }
    Ok(())
}

/// Where the last process was; or from the start, if that can't be read, or is of another watch.
fn begin(transport: Transport, config: &Config, state: &Path) -> RawChanges {
    let saved = fs::read(state).ok().and_then(|json| serde_json::from_slice::<State>(&json).ok());
    let usable = saved.and_then(|State { checkpoint, known }| {
        // Both say whether they belong to this configuration.
        watch_hyper::watch_core::Watcher::resume(config.clone(), &checkpoint).ok()?;
        Some((checkpoint, Diff::restore(known, config).ok()?))
    });
    match usable {
        Some((checkpoint, diff)) => match RawWatch::resume(transport, config.clone(), &checkpoint) {
            Ok(watch) => watch.changes().knowing(diff),
            Err(never) => unreachable!("it was checked: {never}"),
        },
        None => RawWatch::new(transport, config.clone()).changes(),
    }
}

fn apply(change: &Change, directory: &Path) -> io::Result<()> {
    match change {
        Change::Added(object) | Change::Modified(object) => {
            replace(&file(directory, object.namespace(), object.name()), object.raw())
        }
        Change::Deleted(object) => remove(&file(directory, object.namespace(), object.name())),
        Change::Vanished(gone) => remove(&file(directory, gone.namespace(), gone.name())),
        Change::Synced { .. } => Ok(()),
    }
}

/// No namespace has an underscore.
fn file(directory: &Path, namespace: Option<&str>, name: &str) -> PathBuf {
    directory.join(format!("{}_{name}.json", namespace.unwrap_or_default()))
}

/// All of it or nothing, also when the process ends in the middle.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    fs::write(&new, bytes)?;
    fs::rename(new, path)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
