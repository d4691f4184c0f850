//! Waits for a pod, or another object with a condition `Ready`, to be ready, for a minute at most. Reports trouble
//! meanwhile.
//!
//! ```sh
//! cargo run --example wait -- http://127.0.0.1:8080 web-0
//! ```
//!
//! Exit codes: 0 if the pod is ready; 1 if it isn't, or there is no such pod; 2 if its state is unknown.

use std::fmt::Arguments;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use serde::Deserialize;
use watch_hyper::watch_core::{
    Cause, Config, ConfigError, LastKnown, Object, ObjectState, Outcome, Resource, TransportErrorKind, Trouble,
};
use watch_hyper::{Client, Transport, WaitFor};

const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let (Some(url), Some(name), resource, None) = (args.next(), args.next(), args.next(), args.next()) else {
        eprintln!("usage: wait URL NAME [RESOURCE[.VERSION][.GROUP]]");
        return ExitCode::from(2);
    };
    let what = format!("{} {name}", resource.as_deref().unwrap_or("pod"));
    let (code, message) = match ready(&url, resource.as_deref().unwrap_or("pods"), &name).await {
        Ok(outcome) => report(&what, &outcome),
        Err(error) => (2, format!("error: {error}")),
    };
    match code {
        2 => eprintln!("{message}"),
        _ => say(format_args!("{message}")),
    }
    ExitCode::from(code)
}

async fn ready(url: &str, resource: &str, name: &str) -> Result<Outcome, Box<dyn std::error::Error>> {
    let resource: Resource = resource.parse()?;
    Ok(wait(Client::builder(url).build()?, resource, name).await?)
}

/// Waits until the object is ready, the deadline, or Ctrl-C.
pub(crate) async fn wait(
    transport: impl Into<Transport>,
    resource: Resource,
    name: &str,
) -> Result<Outcome, ConfigError> {
    let config = Config::builder(resource).namespace("default").name(name).deadline(PATIENCE);
    let mut waiting = WaitFor::new(transport, config.build()?, |pod| pod.is_some_and(is_ready))?;
    waiting.observe(|notice| eprintln!("{notice}"));
    let stopper = waiting.stopper();
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_ok() {
            stopper.stop();
        }
        std::future::pending().await
    };
    tokio::select! {
        outcome = waiting => Ok(outcome),
        never = interrupted => never,
    }
}

/// Returns the exit code and the text to print. `what` is the object (`pod web-0`).
pub(crate) fn report(what: &str, outcome: &Outcome) -> (u8, String) {
    let (last, after) = match outcome {
        Outcome::Met(_) => return (0, format!("{what} is ready")),
        Outcome::DeadlineReached(last) => (last, format!("after {PATIENCE:?}")),
        Outcome::Ended { done, last } if last.trouble.is_none() => (last, format!("({done})")),
        Outcome::Ended { last, .. } => (last, String::new()),
        // A later release may add outcomes.
        other => return (2, format!("error: {other:?}")),
    };
    match (&last.state, &last.trouble) {
        (ObjectState::Present(_), None) => (1, format!("{what} isn't ready {after}")),
        (ObjectState::Absent, None) => (1, format!("there is no {what} {after}")),
        (_, Some(trouble)) => (2, doubt(what, last, trouble)),
        (_, None) => (2, format!("error: unknown whether {what} is ready: no answer {after}")),
    }
}

/// Explains why the state is unknown or may be outdated, and what to do.
fn doubt(what: &str, last: &LastKnown, trouble: &Trouble) -> String {
    let seen = match &last.state {
        ObjectState::Present(_) => " (it wasn't when it was seen last)",
        ObjectState::Absent => " (there was none when the server was asked last)",
        _ => "",
    };
    let hint = match &trouble.cause {
        Cause::Status(status) if status.code == 401 => {
            "\nhint: unauthorized: the server requires credentials, and this example has none"
        }
        Cause::Status(status) if status.code == 403 => "\nhint: forbidden: grant the verbs list and watch",
        Cause::Transport(error) if error.kind == TransportErrorKind::Refused => "\nhint: no server listens there",
        _ => "",
    };
    format!("error: unknown whether {what} is ready{seen}: {trouble}{hint}")
}

/// Prints a line, and ignores errors: `println!` panics if the reader is gone, and the exit code already has the
/// result.
fn say(line: Arguments<'_>) {
    drop(writeln!(io::stdout(), "{line}"));
}

#[derive(Deserialize)]
struct Pod {
    #[serde(default)]
    status: Status,
}

#[derive(Default, Deserialize)]
struct Status {
    #[serde(default)]
    conditions: Vec<Condition>,
}

#[derive(Deserialize)]
struct Condition {
    r#type: String,
    status: String,
}

fn is_ready(pod: &Object) -> bool {
    let is_true = |condition: Condition| condition.r#type == "Ready" && condition.status == "True";
    pod.decode::<Pod>().is_ok_and(|pod| pod.status.conditions.into_iter().any(is_true))
}
