//! The two mirrors.

use std::error::Error;
use std::fs;
use std::path::Path;

use futures_util::StreamExt as _;
use serde_json::Value;
use watch_hyper::watch_core::{Change, Config, ConfigError, InitialList, Notice, Resource, Start};
use watch_hyper::{Client, Watch};

use crate::lines::{self, Objects};

pub(crate) async fn watch(
    url: &str,
    resource: &str,
    directory: &str,
    token: Option<&str>,
) -> Result<(), Box<dyn Error>> {
    let resource: Resource = resource.parse()?;
    // The certificates are made for one run, by the servers themselves.
    let client = Client::builder(url).no_proxy().danger_accept_invalid_certs();
    let client = token.into_iter().fold(client, |client, token| client.token(token)).build()?;
    // Pages of two objects; a server may ignore `limit`.
    let config = |start| -> Result<Config, ConfigError> {
        let config = Config::builder(resource.clone()).start(Start::InitialList(start)).page_size(Some(2));
        config.seed(std::process::id().into()).build()
    };
    let [changes, store] = ["changes", "store"].map(|name| Path::new(directory).join(name));
    tokio::try_join!(
        follow_changes(Watch::new(client.clone(), config(InitialList::Auto)?), &changes),
        follow_store(Watch::new(client, config(InitialList::List)?), &store),
    )?;
    Err("both watches are over".into())
}

fn observer(name: &'static str) -> impl FnMut(&Notice) + Send + 'static {
    move |notice| eprintln!("{name}: {notice}")
}

async fn follow_changes(watch: Watch<Value>, file: &Path) -> Result<(), Box<dyn Error>> {
    let mut changes = watch.changes();
    changes.handle_mut().observe(observer("changes"));
    let mut objects = Objects::new();
    // Before the first list is complete, there is nothing to compare.
    let mut is_complete = false;
    while let Some(change) = changes.next().await {
        let (text, fits) = match change? {
            Change::Added(object) => {
                let key = lines::key(&object);
                (format!("ADDED {key}"), objects.insert(key, object).is_none())
            }
            Change::Modified(object) => {
                let key = lines::key(&object);
                (format!("MODIFIED {key}"), objects.insert(key, object).is_some())
            }
            Change::Deleted(object) => {
                let key = lines::key(&object);
                (format!("DELETED {key}"), objects.remove(&key).is_some())
            }
            Change::Vanished(gone) => {
                let key = format!("{}/{}", gone.namespace().unwrap_or_default(), gone.name());
                (format!("VANISHED {key}"), objects.remove(&key).is_some())
            }
            Change::Synced { resource_version } => {
                is_complete = true;
                (format!("SYNCED {resource_version}"), true)
            }
        };
        eprintln!("changes: {}{text}", if fits { "" } else { "INCONSISTENT " });
        if is_complete {
            replace(file, &objects)?;
        }
    }
    Err(format!("the watch of changes() is over: {:?}", changes.handle().done()).into())
}

async fn follow_store(watch: Watch, file: &Path) -> Result<(), Box<dyn Error>> {
    let (mut stored, store) = watch.store();
    stored.handle_mut().observe(observer("store"));
    while let Some(Ok(_)) = stored.next().await {
        let objects = store.read(|set| {
            let decoded = set.iter().map(|object| serde_json::from_slice::<Value>(object.raw()));
            let decoded = decoded.map(|object| object.map(|object| (lines::key(&object), object)));
            set.is_synced().then(|| decoded.collect::<Result<Objects, _>>())
        });
        if let Some(objects) = objects {
            replace(file, &objects?)?;
        }
    }
    Err(format!("the watch of store() is over: {:?}", stored.handle().done()).into())
}

/// Replaces the file atomically, because the script reads it at any moment.
fn replace(file: &Path, objects: &Objects) -> Result<(), Box<dyn Error>> {
    let new = file.with_extension("new");
    fs::write(&new, lines::of(objects))?;
    fs::rename(new, file)?;
    Ok(())
}
