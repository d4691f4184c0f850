//! The program: the simulator.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use watch_test::sim::cli::{Mutants, Replay, Simulate};

/// Tests of Kubernetes watches, without a cluster
#[derive(Debug, Parser)]
#[command(name = "watch-test", version)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Simulate(Simulate),
    Replay(Replay),
    Mutants(Mutants),
}

fn main() -> ExitCode {
    match Program::parse().command {
        Command::Simulate(simulate) => simulate.execute(),
        Command::Replay(replay) => replay.execute(),
        Command::Mutants(mutants) => mutants.execute(),
    }
}
