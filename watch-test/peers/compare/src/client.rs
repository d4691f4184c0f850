//! A client under test: a program that prints its mirror.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// A client, by its name and its program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The name with the version, as in the head of the table.
    pub name: String,
    /// The path of its program.
    pub program: String,
}

impl FromStr for Peer {
    type Err = String;

    /// `NAME=PROGRAM`
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, program)) if !name.is_empty() && !program.is_empty() => {
                Ok(Self { name: name.to_owned(), program: program.to_owned() })
            }
            _ => Err(format!("{text:?} is not NAME=PROGRAM")),
        }
    }
}

/// The last line that a client printed, and its time.
#[derive(Clone, Debug)]
pub struct Printed {
    /// The line.
    pub line: String,
    /// When it was printed.
    pub at: Instant,
}

/// A client that runs. Dropping it kills it.
#[derive(Debug)]
pub struct Running {
    child: Child,
    last: Arc<Mutex<Option<Printed>>>,
}

impl Running {
    /// Starts a client that mirrors the objects of this server. Its standard error is written to `log`.
    ///
    /// # Errors
    /// Fails if the program can't be started.
    pub fn start(peer: &Peer, url: &str, is_streaming: bool, log: &Path) -> io::Result<Self> {
        let mut command = Command::new(&peer.program);
        command.arg(url).args(is_streaming.then_some("streaming"));
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::from(File::create(log)?)).spawn()?;
        let last = Arc::new(Mutex::new(None));
        if let Some(stdout) = child.stdout.take() {
            let last = last.clone();
            // The thread ends with the client.
            std::thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    let printed = Printed { line, at: Instant::now() };
                    *last.lock().unwrap_or_else(PoisonError::into_inner) = Some(printed);
                }
            });
        }
        Ok(Self { child, last })
    }

    /// Returns its current mirror; `None` before it has one.
    pub fn last(&self) -> Option<Printed> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns whether it has ended, which is an error.
    pub fn is_over(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // An error means that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::Peer;

    #[test]
    fn a_peer_has_a_name_and_a_program() {
        let peer: Peer = "client-go 0.36=/tmp/a=b".parse().unwrap();
        assert_eq!((peer.name.as_str(), peer.program.as_str()), ("client-go 0.36", "/tmp/a=b"));
        for wrong in ["", "=", "a", "a=", "=b"] {
            assert!(wrong.parse::<Peer>().is_err(), "{wrong}");
        }
    }
}
