//! The program `watch-test`: an API server to watch, for tests in any language and for trying things out.

#![allow(clippy::result_large_err, reason = "a refusal is an answer like any other here, not the rare case")]

mod cli;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    match cli::Command::parse().execute() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
