//! The program `watch-test`: an API server to watch, and a simulator of everything that can happen to a watch.

#![allow(clippy::result_large_err, reason = "a refusal is an answer like any other here, not the rare case")]

mod cli;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    cli::Program::parse().execute()
}
