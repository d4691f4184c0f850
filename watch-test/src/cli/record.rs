//! `watch-test record`

use core::future::poll_fn;
use core::pin::Pin;
use core::time::Duration;
use std::fs::{File, OpenOptions};
use std::io::{self, LineWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;
use futures_core::Stream as _;
use watch_core::trace::Entry;
use watch_core::{Config, Done, Event, JsonCheck, Notice, Object, Resource};
use watch_hyper::{Client, Watch};

use super::interruption::Interruption;

/// Records a watch of an API server to a trace, until Ctrl-C, or for the time of `--for`.
///
/// `watch-test replay FILE` replays the trace without the server. A trace contains no credentials. It contains what the
/// server sent, including the values of Secrets if Secrets are watched.
#[derive(Args, Debug)]
pub(crate) struct Record {
    /// The resource to watch, as for kubectl: pods, deployments.apps
    #[arg(value_name = "RESOURCE")]
    resource: Resource,
    /// The file to write the trace to; it must not exist
    #[arg(value_name = "FILE")]
    trace: PathBuf,
    /// The API server: https://HOST:PORT (`kubectl config view --minify` shows it)
    #[arg(long, value_name = "URL")]
    server: String,
    /// PEM file with the certificate authority of the server [default: the platform's authorities]
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// File with the bearer token
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// PEM file with a client certificate
    #[arg(long, value_name = "FILE", requires = "client_key")]
    client_cert: Option<PathBuf>,
    /// PEM file with the key of the client certificate
    #[arg(long, value_name = "FILE", requires = "client_cert")]
    client_key: Option<PathBuf>,
    /// The namespace [default: all namespaces]
    #[arg(short, long)]
    namespace: Option<String>,
    /// How long to record: 30s, 5m, 1h [default: until Ctrl-C]
    #[arg(long = "for", value_name = "TIME", value_parser = humantime::parse_duration)]
    lasts: Option<Duration>,
    /// The seed of the jitter of backoffs and timeouts [default: random]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

/// The result of a recording.
#[derive(Debug, Default)]
struct Recorded {
    entries: u64,
    /// Why the trace is incomplete.
    failure: Option<io::Error>,
    trouble: Option<String>,
}

type Shared = Arc<Mutex<Recorded>>;

impl Record {
    /// Records, and returns the exit code: 0 if the server answered, 1 if it didn't answer or refused the watch, 2 if
    /// nothing could be recorded.
    pub(super) fn execute(&self) -> ExitCode {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let result =
            runtime.map_err(|error| format!("can't start: {error}")).and_then(|runtime| runtime.block_on(self.run()));
        match result {
            Ok(None) => ExitCode::SUCCESS,
            Ok(Some(why)) => {
                eprintln!("error: {why}");
                ExitCode::FAILURE
            }
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::from(2)
            }
        }
    }

    /// Returns the error of the server, if it didn't answer or refused the watch.
    ///
    /// # Errors
    /// Fails if nothing can be recorded.
    async fn run(&self) -> Result<Option<String>, String> {
        let interruption = Interruption::new()?;
        let client = self.client()?;
        let config = self.config()?;
        let file = create(&self.trace).map_err(|error| self.unwritable(&error))?;
        let recorded = Shared::default();
        let mut watch = Watch::<Object>::new(client, config);
        let stopper = watch.handle().stopper();
        watch.handle_mut().observe(observer(&recorded)).record(writer(file, &recorded, stopper.clone()));

        let mut events = 0_u64;
        let watching = async {
            while next(&mut watch).await.is_some() {
                events += 1;
            }
        };
        tokio::select! {
            () = watching => {}
            interrupted = interruption.wait() => {
                interrupted?;
                stopper.stop();
                // The trace includes the stop.
                while next(&mut watch).await.is_some() {}
            }
        }
        let mut recorded = recorded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = recorded.failure.take() {
            return Err(self.unwritable(&error));
        }
        let file = self.trace.display();
        eprintln!("recorded {} entries, {events} events; to replay them: watch-test replay {file}", recorded.entries);
        Ok(match watch.handle().done() {
            Some(done @ (Done::Refused(_) | Done::Expired(_) | Done::GaveUp { .. })) => Some(done.to_string()),
            _ if events == 0 => recorded.trouble.take().or_else(|| Some("the server didn't answer".into())),
            _ => None,
        })
    }

    fn unwritable(&self, error: &io::Error) -> String {
        let hint =
            if error.kind() == io::ErrorKind::AlreadyExists { "; remove it, or choose another file" } else { "" };
        format!("can't write the trace {}: {error}{hint}", self.trace.display())
    }

    fn client(&self) -> Result<Client, String> {
        let mut builder = Client::builder(&self.server);
        if let Some(path) = &self.ca {
            builder = builder.ca_file(path);
        }
        if let Some(path) = &self.token_file {
            builder = builder.token_file(path);
        }
        if let (Some(certificate), Some(key)) = (&self.client_cert, &self.client_key) {
            builder = builder.client_files(certificate, key);
        }
        builder.build().map_err(|error| error.to_string())
    }

    fn config(&self) -> Result<Config, String> {
        // A trace holds JSON, so every reply is checked to be JSON.
        let mut builder = Config::builder(self.resource.clone()).json_check(JsonCheck::Full);
        if let Some(namespace) = &self.namespace {
            builder = builder.namespace(namespace);
        }
        if let Some(lasts) = self.lasts {
            builder = builder.deadline(lasts);
        }
        if let Some(seed) = self.seed {
            builder = builder.seed(seed);
        }
        builder.build().map_err(|error| error.to_string())
    }
}

async fn next(watch: &mut Watch) -> Option<Event> {
    let item = poll_fn(|cx| Pin::new(&mut *watch).poll_next(cx)).await;
    item.map(|Ok(event)| event)
}

/// Creates a file that only its owner can read, since it may contain Secrets.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Writes one entry per line. If that fails, the watch is stopped.
fn writer(file: File, recorded: &Shared, stopper: watch_hyper::Stopper) -> impl FnMut(Entry) + Send + 'static {
    let (mut file, recorded) = (LineWriter::new(file), Arc::clone(recorded));
    move |entry| {
        let mut recorded = recorded.lock().unwrap_or_else(PoisonError::into_inner);
        if recorded.failure.is_some() {
            return;
        }
        let written = serde_json::to_writer(&mut file, &entry).map_err(io::Error::from);
        match written.and_then(|()| file.write_all(b"\n")) {
            Ok(()) => recorded.entries += 1,
            Err(error) => {
                recorded.failure = Some(error);
                stopper.stop();
            }
        }
    }
}

/// Prints the notices of the watch, and keeps the last trouble.
fn observer(recorded: &Shared) -> impl FnMut(&Notice) + Send + 'static {
    let recorded = Arc::clone(recorded);
    move |notice| {
        eprintln!("{notice}");
        if let Notice::Retrying { trouble, .. } | Notice::NeedsAttention { trouble, .. } = notice {
            recorded.lock().unwrap_or_else(PoisonError::into_inner).trouble = Some(trouble.to_string());
        }
    }
}
