//! A trial: one client in a process of its own, against a server of its own.

use std::io;
use std::path::PathBuf;
use std::process::{Output, Stdio};

use tokio::process::Command;

use crate::measure::Measured;
use crate::real::Real;
use crate::server::{self, Contents};

/// The programs of the clients.
#[derive(Clone, Debug)]
pub struct Programs {
    /// The client of this crate. `idle`, which opens many watches, is in the same directory.
    pub rust: PathBuf,
    /// The client of client-go, if it could be built.
    pub go: Option<PathBuf>,
}

impl Programs {
    fn command(&self, client: &str) -> Option<Command> {
        if client.starts_with("go-") {
            return self.go.as_ref().map(Command::new);
        }
        Some(if client.contains("-idle-") {
            Command::new(self.rust.with_file_name("idle"))
        } else {
            Command::new(&self.rust)
        })
    }
}

/// The server of a trial.
#[derive(Clone, Copy, Debug)]
pub enum Server<'a> {
    /// One that sends the recording, for this trial alone.
    Recorded,
    /// A kube-apiserver.
    Real(&'a Real),
}

/// Runs a client with this number of watches once. Returns `None` if its program isn't there.
///
/// # Errors
/// Fails if the server or the client can't be started, or if the client fails.
pub async fn run(
    programs: &Programs,
    server: Server<'_>,
    client: &str,
    contents: Contents,
    watches: u64,
) -> io::Result<Option<Measured>> {
    let Some(mut command) = programs.command(client) else { return Ok(None) };
    let url = match server {
        Server::Recorded => format!("http://{}", server::start(contents).await?),
        Server::Real(real) => {
            command.envs(real.environment());
            real.url().to_owned()
        }
    };
    let Contents { events, objects } = contents;
    command.args([client, &url, &events.to_string(), &objects.to_string(), &watches.to_string()]);
    let Output { status, stdout, stderr } = command.stdin(Stdio::null()).kill_on_drop(true).output().await?;
    let text = String::from_utf8_lossy(&stdout);
    match text.lines().last().map(serde_json::from_str) {
        Some(Ok(measured)) if status.success() => Ok(Some(measured)),
        _ => Err(io::Error::other(format!("{client} failed ({status}): {}", String::from_utf8_lossy(&stderr)))),
    }
}
