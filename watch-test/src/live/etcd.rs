//! etcd, the store of kube-apiserver.

use core::time::Duration;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::access::Access;
use super::admin::Admin;
use super::free_port;
use super::program::Program;

/// A running etcd.
#[derive(Debug)]
pub(super) struct Etcd {
    /// `None` while it is stopped.
    running: Option<Program>,
    program: PathBuf,
    directory: PathBuf,
    pub(super) url: String,
}

/// The directories of its store and of the backup.
const STORE: &str = "etcd";
const BACKUP: &str = "etcd.backup";

impl Etcd {
    pub(super) async fn start(program: &Path, directory: &Path) -> io::Result<Self> {
        let url = format!("http://127.0.0.1:{}", free_port()?);
        let mut etcd = Self { running: None, program: program.into(), directory: directory.into(), url };
        etcd.resume().await?;
        Ok(etcd)
    }

    /// Starts etcd with its present store, and waits until it answers.
    async fn resume(&mut self) -> io::Result<()> {
        let arguments = [
            format!("--data-dir={}", self.directory.join(STORE).display()),
            format!("--listen-client-urls={}", self.url),
            format!("--advertise-client-urls={}", self.url),
            "--listen-peer-urls=http://127.0.0.1:0".into(),
            // The data needn't survive a crash of the machine.
            "--unsafe-no-fsync=true".into(),
            "--log-level=warn".into(),
        ];
        let mut program = Program::start(&self.program, &arguments, &self.directory)?;
        for _ in 0..300 {
            if let Some(status) = program.ended()? {
                return Err(io::Error::other(format!("etcd ended, {status}:\n{}", program.last_output())));
            }
            if self.revision().await.is_ok() {
                self.running = Some(program);
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(io::Error::other(format!("timeout: etcd didn't get ready:\n{}", program.last_output())))
    }

    /// Copies the store. etcd stops for that.
    pub(super) async fn back_up(&mut self) -> io::Result<()> {
        self.stop().await?;
        copy(&self.directory.join(STORE), &self.directory.join(BACKUP))?;
        self.resume().await
    }

    /// Restores the store from the backup. etcd stops, and starts again after `pause`.
    pub(super) async fn restore(&mut self, pause: Duration) -> io::Result<()> {
        self.stop().await?;
        fs::remove_dir_all(self.directory.join(STORE))?;
        copy(&self.directory.join(BACKUP), &self.directory.join(STORE))?;
        tokio::time::sleep(pause).await;
        self.resume().await
    }

    /// Stops etcd gracefully, so that its files are complete.
    async fn stop(&mut self) -> io::Result<()> {
        let Some(mut program) = self.running.take() else { return Ok(()) };
        program.terminate()?;
        for _ in 0..300 {
            if program.ended()?.is_some() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(io::Error::other(format!("timeout: etcd didn't stop:\n{}", program.last_output())))
    }

    /// Returns the revision of its store, which Kubernetes shows as resourceVersion.
    pub(super) async fn revision(&self) -> io::Result<u64> {
        let range = self.ask("/v3/kv/range", &json!({ "key": "AA==" })).await?;
        let revision = range.pointer("/header/revision").and_then(Value::as_str).and_then(|text| text.parse().ok());
        revision.ok_or_else(|| io::Error::other("the answer of etcd has no revision"))
    }

    /// Compacts the store up to this revision.
    pub(super) async fn compact(&self, revision: u64) -> io::Result<()> {
        let request = json!({ "revision": revision.to_string(), "physical": true });
        self.ask("/v3/kv/compaction", &request).await.map(drop)
    }

    async fn ask(&self, path: &str, body: &Value) -> io::Result<Value> {
        Admin::new(&Access::new(self.url.as_str()))?.post(path, body).await?.success()
    }
}

/// Copies a directory recursively.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() { copy(&entry.path(), &to)? } else { fs::copy(entry.path(), to).map(drop)? }
    }
    Ok(())
}
