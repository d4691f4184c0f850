//! A child process.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

/// A running program; dropping it kills it.
#[derive(Debug)]
pub(super) struct Program {
    child: Child,
    log: PathBuf,
}

impl Program {
    /// Starts the program. Its output is written to `NAME.log` of the directory, its id to `NAME.pid`.
    pub(super) fn start(program: &Path, arguments: &[String], directory: &Path) -> io::Result<Self> {
        let name = program.file_name().unwrap_or_default().to_string_lossy();
        let log = directory.join(format!("{name}.log"));
        let out = File::options().create(true).append(true).open(&log)?;
        let child = Command::new(program)
            .args(arguments)
            .current_dir(directory)
            // Only this process may end it.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .spawn()
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", program.display())))?;
        fs::write(directory.join(format!("{name}.pid")), format!("{}\n", child.id()))?;
        Ok(Self { child, log })
    }

    /// Sends SIGKILL. Returns when the program has ended.
    pub(super) fn kill(&mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }

    /// Sends SIGTERM, without waiting.
    pub(super) fn terminate(&self) -> io::Result<()> {
        let status = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        if status.success() { Ok(()) } else { Err(io::Error::other("the program has ended already")) }
    }

    /// Returns how the program ended, if it has.
    pub(super) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Returns the end of its output.
    pub(super) fn last_output(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.kill());
    }
}
