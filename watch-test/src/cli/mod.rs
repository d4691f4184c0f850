//! The commands of the program.

mod churn;
mod interruption;
mod kubeconfig;
mod picture;
#[cfg(feature = "record")]
mod record;
mod replay;
mod serve;
mod status;
mod summary;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tests Kubernetes watches without a cluster.
#[derive(Debug, Parser)]
#[command(name = "watch-test", version, about)]
pub(crate) struct Program {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves objects that change, with optional faults, until Ctrl-C or SIGTERM.
    Serve(serve::Serve),
    Replay(replay::Replay),
    #[cfg(feature = "record")]
    Record(record::Record),
}

impl Program {
    pub(crate) fn execute(self) -> ExitCode {
        match self.command {
            Command::Serve(serve) => match serve.execute() {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    drop(writeln!(io::stderr(), "error: {error}"));
                    ExitCode::FAILURE
                }
            },
            Command::Replay(replay) => replay.execute(),
            #[cfg(feature = "record")]
            Command::Record(record) => record.execute(),
        }
    }
}
