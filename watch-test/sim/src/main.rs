//! The program `simulate`.

use std::process::ExitCode;

use clap::Parser as _;
use watch_sim::cli::Simulate;

fn main() -> ExitCode {
    Simulate::parse().execute()
}
