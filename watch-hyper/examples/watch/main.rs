//! Watches a resource and prints its changes.
//!
//! Without arguments it starts its own API server, injects faults, and checks that nothing was lost. With a resource it
//! watches a real API server until Ctrl-C or SIGTERM. `--server` names the server, or with the feature `kube` a
//! kubeconfig does. See `--help`.

mod args;
mod connect;
mod counted;
mod demo;
mod discovery;
mod duration;
pub(crate) mod hint;
mod interruption;
#[cfg(feature = "kube")]
mod kubeconfig;
mod mirror;
mod printer;
mod real;
mod session;
mod style;
mod tally;
#[cfg(test)]
mod tests;

use std::io;
use std::process::ExitCode;

use clap::Parser;

use self::args::Args;
use self::printer::complain;

// One thread is enough for one watch, and also for five hundred.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let args = Args::parse();
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(io::stderr)
        // Internal errors would be printed with `eprintln!`, which panics when stderr is closed.
        .log_internal_errors(false)
        .init();
    let result = match &args.resource {
        Some(_) => real::watch(&args).await,
        None => demo::show().await,
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // The reader of stdout is gone (`| head`).
        Err(error) if is_broken_pipe(error.as_ref()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(format_args!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn is_broken_pipe(error: &(dyn core::error::Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
