//! Watches a resource and prints what happens to it.
//!
//! Without arguments it brings its own API server, lets things go wrong, and checks that nothing was lost.
//! With `--server` it watches a real one until Ctrl-C. `--help` says the rest.

mod args;
mod counted;
mod demo;
mod discovery;
mod duration;
mod hint;
mod mirror;
mod printer;
mod real;
mod session;
mod tally;
#[cfg(test)]
mod tests;

use std::io;
use std::process::ExitCode;

use clap::Parser;

use self::args::Args;
use self::printer::complain;

// One thread: a watch needs no more, and neither do five hundred.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let args = Args::parse();
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(io::stderr)
        // They would be printed with `eprintln!`, which panics when stderr is closed.
        .log_internal_errors(false)
        .init();
    let result = match &args.server {
        Some(_) => real::watch(&args).await,
        None => demo::show().await,
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // Whoever read our output has seen enough (`| head`).
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
