//! etcd, where kube-apiserver keeps everything.

use core::time::Duration;
use std::io;
use std::path::Path;

use serde_json::{Value, json};

use super::access::Access;
use super::admin::Admin;
use super::free_port;
use super::program::Program;

/// An etcd that runs.
#[derive(Debug)]
pub(super) struct Etcd {
    program: Program,
    pub(super) url: String,
}

impl Etcd {
    pub(super) async fn start(program: &Path, directory: &Path) -> io::Result<Self> {
        let url = format!("http://127.0.0.1:{}", free_port()?);
        let arguments = [
            format!("--data-dir={}", directory.join("etcd").display()),
            format!("--listen-client-urls={url}"),
            format!("--advertise-client-urls={url}"),
            "--listen-peer-urls=http://127.0.0.1:0".into(),
            // It needn't survive a crash of the machine.
            "--unsafe-no-fsync=true".into(),
            "--log-level=warn".into(),
        ];
        let mut etcd = Self { program: Program::start(program, &arguments, directory)?, url };
        for _ in 0..300 {
            if let Some(status) = etcd.program.ended()? {
                return Err(io::Error::other(format!("etcd ended, {status}:\n{}", etcd.program.last_words())));
            }
            if etcd.revision().await.is_ok() {
                return Ok(etcd);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(io::Error::other(format!("etcd doesn't get ready:\n{}", etcd.program.last_words())))
    }

    /// The revision of its store, which is what Kubernetes shows as resourceVersion.
    pub(super) async fn revision(&self) -> io::Result<u64> {
        let range = self.ask("/v3/kv/range", &json!({ "key": "AA==" })).await?;
        let revision = range.pointer("/header/revision").and_then(Value::as_str).and_then(|text| text.parse().ok());
        revision.ok_or_else(|| io::Error::other("etcd doesn't say its revision"))
    }

    /// Forgets what was before this revision.
    pub(super) async fn compact(&self, revision: u64) -> io::Result<()> {
        let request = json!({ "revision": revision.to_string(), "physical": true });
        self.ask("/v3/kv/compaction", &request).await.map(drop)
    }

    async fn ask(&self, path: &str, body: &Value) -> io::Result<Value> {
        Admin::new(&Access::new(self.url.as_str()))?.post(path, body).await?.success()
    }
}
