//! Watches a real server.

use core::error::Error;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::fs::File;
use std::io::{self, LineWriter, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use watch_hyper::Watch;
use watch_hyper::watch_core::trace::Entry;
use watch_hyper::watch_core::{Config, ConfigError, Done, JsonCheck, Object, Resource, Start};

use super::args::{Args, Format};
use super::connect::{Connection, connect};
use super::hint::hint;
use super::interruption::Interruption;
use super::printer::{Printer, complain};
use super::session::{Session, lock};
use super::tally::Tally;

/// Watches until Ctrl-C, SIGTERM, the time given by --for, or a refusal. Returns whether it ended without an error.
pub(crate) async fn watch(args: &Args) -> Result<bool, Box<dyn Error>> {
    // From here on, a signal results in a summary.
    let interruption = Interruption::new()?;
    let Connection { server, transport, resource, requests } = connect(args).await?;
    let config = config(&resource, args)?;
    let printer = Arc::new(Mutex::new(Printer::new(args.output)));
    lock(&printer).news("WATCHING", format_args!("{} at {server}", config.target()));

    let mut watch = Watch::<Object>::new(transport, config);
    if let Some(path) = &args.trace {
        watch.handle_mut().record(recorder(path)?);
    }
    let session = Session::new(watch, Arc::clone(&printer));
    let seen = session.seen();
    let stopper = session.stopper();
    let interrupted = async {
        interruption.wait().await;
        stopper.stop();
        core::future::pending::<()>().await;
    };
    let mut unknown = seen.clone();
    let done = tokio::select! {
        done = session.show() => done?,
        () = interrupted => None,
        // The resource may be created later, but with a mistyped name the program would wait forever.
        Ok(_) = unknown.wait_for(|seen| seen.tally.is_unknown) => {
            let scope = if args.namespace.is_some() { " in namespaces" } else { "" };
            complain(format_args!("error: {server} has no resource {resource}{scope}"));
            return Ok(false);
        }
    };

    let tally = &seen.borrow().tally;
    if args.output == Format::Text {
        summarize(tally, requests.as_deref(), &mut lock(&printer));
    }
    Ok(report_end(done.as_ref(), tally))
}

/// Writes one entry a line.
fn recorder(path: &Path) -> Result<impl FnMut(Entry) + Send + 'static, String> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    // The trace may hold Secrets.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(|error| format!("can't write {}: {error}", path.display()))?;
    let mut file = LineWriter::new(file);
    Ok(move |entry| {
        let written = serde_json::to_writer(&mut file, &entry).map_err(io::Error::from);
        if let Err(error) = written.and_then(|()| file.write_all(b"\n")) {
            complain(format_args!("the trace is incomplete: {error}"));
        }
    })
}

fn config(resource: &Resource, args: &Args) -> Result<Config, ConfigError> {
    // What is printed and recorded is JSON throughout.
    let mut builder = Config::builder(resource.clone()).seed(u64::from(std::process::id())).json_check(JsonCheck::Full);
    if let Some(namespace) = &args.namespace {
        builder = builder.namespace(namespace);
    }
    if let Some(selector) = &args.selector {
        builder = builder.labels(selector.clone());
    }
    if let Some(selector) = &args.field_selector {
        builder = builder.fields(selector.clone());
    }
    if let Some(version) = &args.from {
        builder = builder.start(Start::From(version.clone()));
    }
    if let Some(deadline) = args.deadline {
        builder = builder.deadline(deadline);
    }
    builder.build()
}

fn summarize(tally: &Tally, requests: Option<&AtomicUsize>, printer: &mut Printer) {
    let changes: Vec<_> = tally.changes.iter().map(|(name, count)| format!("{name} {count}")).collect();
    let changes = if changes.is_empty() { "no changes".into() } else { changes.join(", ") };
    let requests = requests.map(|count| format!("; requests {}", count.load(Ordering::Relaxed))).unwrap_or_default();
    printer.news("SUMMARY", format_args!("{changes}{requests}"));
    for restart in tally.restarts() {
        printer.news("", format_args!("relisted: {restart}"));
    }
}

/// Prints the error and the advice. Returns whether there was none.
fn report_end(done: Option<&Done>, tally: &Tally) -> bool {
    let trouble = match done {
        Some(Done::DeadlineReached) if tally.events.is_empty() && tally.troubles > 0 => {
            complain(format_args!("error: deadline reached, and every request failed"));
            return false;
        }
        None | Some(Done::Stopped | Done::DeadlineReached) => return true,
        Some(Done::Refused(trouble) | Done::Expired(trouble) | Done::GaveUp { last: trouble, .. }) => Some(trouble),
        Some(_) => None,
    };
    if let Some(done) = done {
        complain(format_args!("error: {done}"));
    }
    if let Some(advice) = trouble.and_then(|trouble| hint(trouble)) {
        complain(format_args!("hint: {advice}"));
    }
    false
}
