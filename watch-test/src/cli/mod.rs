//! The commands.

mod churn;
mod kubeconfig;
mod serve;
mod summary;

use clap::Parser;

/// An API server to test Kubernetes watches against.
#[derive(Debug, Parser)]
#[command(name = "watch-test", version, about)]
pub(crate) enum Command {
    /// Serves objects that change, with faults if wanted, until Ctrl-C.
    Serve(serve::Serve),
}

impl Command {
    pub(crate) fn execute(self) -> Result<(), String> {
        match self {
            Self::Serve(serve) => serve.execute(),
        }
    }
}
