//! A trial: one client in a process of its own, against a server of its own.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Output, Stdio};

use tokio::process::Command;

use crate::measure::Measured;
use crate::server::{self, Contents};

/// The programs of the clients.
#[derive(Clone, Debug)]
pub struct Programs {
    /// The client of this crate.
    pub rust: PathBuf,
    /// The client of client-go, if it could be built.
    pub go: Option<PathBuf>,
}

impl Programs {
    fn command(&self, client: &str) -> Option<Command> {
        match client.strip_prefix("go-") {
            None => Some(Command::new(&self.rust)),
            Some(_) => self.go.as_ref().map(Command::new),
        }
    }
}

/// Runs a client once. Returns `None` if its program isn't there.
///
/// # Errors
/// Fails if the server or the client can't be started, or if the client fails.
pub async fn run(programs: &Programs, client: &str, contents: Contents) -> io::Result<Option<Measured>> {
    let Some(mut command) = programs.command(client) else { return Ok(None) };
    let address: SocketAddr = server::start(contents).await?;
    let Contents { events, objects } = contents;
    command.args([client, &format!("http://{address}"), &events.to_string(), &objects.to_string()]);
    let Output { status, stdout, stderr } = command.stdin(Stdio::null()).kill_on_drop(true).output().await?;
    let text = String::from_utf8_lossy(&stdout);
    match text.lines().last().map(serde_json::from_str) {
        Some(Ok(measured)) if status.success() => Ok(Some(measured)),
        _ => Err(io::Error::other(format!("{client} failed ({status}): {}", String::from_utf8_lossy(&stderr)))),
    }
}
