//! The program `watch-test`: serves an API, records a watch of a real API server, and replays a recording.

#![allow(clippy::result_large_err, reason = "a refusal is an answer like any other here, not the rare case")]

mod cli;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    cli::Program::parse().execute()
}
