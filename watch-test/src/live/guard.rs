//! Removes processes and files, however the test's process ends.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, fs, process};

use core::sync::atomic::{AtomicU32, Ordering};

/// A temporary directory, and a small process that outlives this one. When this process ends, even by SIGKILL, the
/// small one kills the programs whose ids are in the directory, and removes the directory.
#[derive(Debug)]
pub(super) struct Guard {
    directory: PathBuf,
    watchdog: Child,
}

/// `read` returns when the other end of the pipe is closed.
const SCRIPT: &str = r#"read -r _; kill -9 $(cat "$0"/*.pid) 2>/dev/null; sleep 0.2; rm -rf "$0""#;

impl Guard {
    pub(super) fn new() -> io::Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let directory = env::temp_dir().join(format!("watch-test-{}-{number}", process::id()));
        fs::create_dir(&directory)?;
        let watchdog = Command::new("sh")
            .args(["-c", SCRIPT])
            .arg(&directory)
            // A signal to this process's group, such as Ctrl-C, must not end it before its work is done.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { directory, watchdog })
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        drop(self.watchdog.wait());
    }
}
