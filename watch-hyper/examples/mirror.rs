//! Mirrors all ConfigMaps, or another resource, to a directory. It resumes after a restart, even if it crashed. If the
//! saved version has expired meanwhile, the objects that were deleted in between are deleted in the directory too.
//!
//! ```sh
//! cargo run -p watch-test -- serve --port 8080 --objects 3 --churn 1 &
//! cargo run --example mirror -- http://127.0.0.1:8080 /tmp/mirror    # Ctrl-C, and again
//! ```

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use futures_util::StreamExt;
use watch_hyper::watch_core::{Change, Checkpoint, Config, Diff, Event, InitialCause, JsonCheck, Object, Resource};
use watch_hyper::{Changes, Client, Watch};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(url), Some(directory), resource, None) = (args.next(), args.next(), args.next(), args.next()) else {
        return Err("usage: mirror URL DIRECTORY [RESOURCE[.VERSION][.GROUP]]".into());
    };
    let resource: Resource = resource.as_deref().unwrap_or("configmaps").parse()?;
    // The files are read by other programs, so all of their JSON is checked.
    let config = Config::builder(resource).json_check(JsonCheck::Full).build()?;
    let client = Client::builder(&url).build()?;
    tokio::select! {
        // If the reader of stdout is gone (`| head`), the program ends as at Ctrl-C.
        ended = mirror(client, config, Path::new(&directory)) => match ended {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error.into()),
            _ => {}
        },
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(())
}

pub(crate) async fn mirror(client: Client, config: Config, directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    // Applies all changes that are ready, and then writes the checkpoint once. After a crash, the changes since the
    // last checkpoint come again. Applying them again has no effect.
    let mut chunks = begin(client, config, directory)?.ready_chunks(1000);
    while let Some(changes) = chunks.next().await {
        for Ok(change) in changes {
            apply(&change, directory)?;
            writeln!(io::stdout(), "{change}")?;
        }
        let changes: &Changes = chunks.get_ref();
        if let Some(checkpoint) = changes.handle().checkpoint() {
            replace(directory, &checkpoint_file(directory), &serde_json::to_vec(&checkpoint)?)?;
        }
    }
    Ok(())
}

/// Resumes at the saved checkpoint. Starts from the beginning if the checkpoint can't be read, or belongs to another
/// watch.
fn begin(client: Client, config: Config, directory: &Path) -> io::Result<Changes> {
    let saved = fs::read(checkpoint_file(directory)).ok();
    let saved = saved.and_then(|json| serde_json::from_slice::<Checkpoint>(&json).ok());
    let resumed =
        saved.and_then(|checkpoint| Watch::<Object>::resume(client.clone(), config.clone(), &checkpoint).ok());
    let watch = resumed.unwrap_or_else(|| Watch::<Object>::new(client, config));
    Ok(watch.changes().with_known(known(directory)?))
}

/// The files are the known objects. A separate snapshot could be older than the files if the process was killed between
/// the two writes. Files that the snapshot doesn't know would then never be deleted.
fn known(directory: &Path) -> io::Result<Diff> {
    let mut diff = Diff::new();
    diff.handle(Event::InitialBegin { cause: InitialCause::First });
    for namespace in fs::read_dir(directory)? {
        let namespace = namespace?;
        if !namespace.file_type()?.is_dir() {
            continue;
        }
        for file in fs::read_dir(namespace.path())? {
            let path = file?.path();
            // A file of another program: the mirror stops, so that it doesn't delete that file.
            let foreign = |why| io::Error::other(format!("{}: {why}", path.display()));
            diff.handle(Event::Initial(Object::parse(fs::read(&path)?.into()).map_err(foreign)?));
            while diff.poll().is_some() {}
        }
    }
    Ok(diff)
}

fn apply(change: &Change, directory: &Path) -> io::Result<()> {
    match change {
        Change::Added(object) | Change::Modified(object) => {
            let file = file(directory, object.namespace(), object.name());
            fs::create_dir_all(file.parent().unwrap_or(directory))?;
            replace(directory, &file, object.raw())
        }
        Change::Deleted(object) => remove(&file(directory, object.namespace(), object.name())),
        Change::Vanished(gone) => remove(&file(directory, gone.namespace(), gone.name())),
        Change::Synced { .. } => Ok(()),
    }
}

/// `NAMESPACE/NAME`. Without `.json`: names may have 253 letters, and those of files 255.
fn file(directory: &Path, namespace: Option<&str>, name: &str) -> PathBuf {
    directory.join(namespace.unwrap_or_default()).join(name)
}

/// No namespace begins with a dot.
fn checkpoint_file(directory: &Path) -> PathBuf {
    directory.join(".checkpoint")
}

/// Replaces the file atomically.
fn replace(directory: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = directory.join(".new");
    fs::write(&new, bytes)?;
    fs::rename(new, path)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
