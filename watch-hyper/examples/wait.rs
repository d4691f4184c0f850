//! Waits until a pod, or another object with a condition `Ready`, is ready, for a minute at most.
//!
//! ```sh
//! cargo run --example wait -- http://127.0.0.1:8080 web-0
//! ```

use std::fmt::Arguments;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use serde::Deserialize;
use watch_hyper::watch_core::{Config, Object, Outcome, Resource};
use watch_hyper::{Client, wait_for};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(url), Some(name), resource, None) = (args.next(), args.next(), args.next(), args.next()) else {
        return Err("usage: wait URL NAME [RESOURCE[.VERSION][.GROUP]]".into());
    };
    let resource: Resource = resource.as_deref().unwrap_or("pods").parse()?;
    let config =
        Config::builder(resource).namespace("default").name(&name).deadline(Duration::from_secs(60)).build()?;
    let outcome = wait_for(Client::builder(&url).build()?, config, |pod| pod.is_some_and(is_ready)).await?;
    Ok(match outcome {
        Outcome::Met(_) => {
            say(format_args!("{name} is ready"));
            ExitCode::SUCCESS
        }
        Outcome::DeadlineReached(Some(pod)) => {
            say(format_args!("{pod} isn't ready after a minute"));
            ExitCode::FAILURE
        }
        Outcome::DeadlineReached(None) => {
            say(format_args!("there is no pod {name} after a minute"));
            ExitCode::FAILURE
        }
        other => {
            say(format_args!("{other:?}"));
            ExitCode::FAILURE
        }
    })
}

/// Prints a line. If the reader is gone, `println!` panics, and the exit code says the same.
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
