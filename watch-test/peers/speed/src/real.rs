//! A real kube-apiserver with pods.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};
use watch_test::live::{Access, Admin, Assets, Cluster};

use crate::recording::{Recording, Representation};

/// The variable with the token of a client.
pub const TOKEN: &str = "SPEED_TOKEN";
/// The variable with the path of the certificate authority of a client, in PEM.
pub const CA_FILE: &str = "SPEED_CA_FILE";

/// The requests that create pods at the same time.
const AT_ONCE: usize = 16;

/// A kube-apiserver with pods, until it is dropped.
pub struct Real {
    access: Access,
    ca_file: PathBuf,
    _cluster: Cluster,
}

impl Real {
    /// Starts the programs `etcd` and `kube-apiserver` of a directory, and creates this number of pods: those of the
    /// recording, without their status.
    ///
    /// # Errors
    /// Fails if a program can't be started, or if a pod can't be created.
    pub async fn start(programs: &Path, pods: u64) -> io::Result<Self> {
        let assets = Assets::in_directory(programs).map_err(io::Error::other)?;
        let cluster = Cluster::start(&assets, &[]).await?;
        let access = cluster.access();
        let admin = Admin::new(&access)?;
        let recording = Recording::new(Representation::Full);
        let pods = stream::iter(0..pods).map(|number| {
            let (admin, pod) = (&admin, pod(&recording, number));
            async move { admin.post("/api/v1/namespaces/default/pods", &pod?).await?.success() }
        });
        pods.buffer_unordered(AT_ONCE).try_for_each(|_| async { Ok(()) }).await?;
        let ca_file = std::env::temp_dir().join(format!("speed-ca-{}.pem", std::process::id()));
        let authority = access.certificate_authority.as_deref();
        std::fs::write(&ca_file, authority.ok_or_else(|| io::Error::other("the server has no TLS"))?)?;
        Ok(Self { access, ca_file, _cluster: cluster })
    }

    /// Returns the URL.
    pub fn url(&self) -> &str {
        &self.access.url
    }

    /// Returns the environment of a client.
    pub fn environment(&self) -> [(&'static str, OsString); 2] {
        let token = self.access.token.clone().unwrap_or_default();
        [(TOKEN, token.into()), (CA_FILE, self.ca_file.clone().into())]
    }

    /// Returns the size of the list of all pods, in bytes.
    ///
    /// # Errors
    /// Fails if the server doesn't answer.
    pub async fn size(&self) -> io::Result<usize> {
        let answer = Admin::new(&self.access)?.get("/api/v1/pods").await?;
        answer.success()?;
        Ok(answer.body.len())
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        // A file that is gone needs no removal.
        drop(std::fs::remove_file(&self.ca_file));
    }
}

impl fmt::Debug for Real {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Real").field(&self.access).finish()
    }
}

/// Returns the pod of this number, without what the server sets.
fn pod(recording: &Recording, number: u64) -> io::Result<Value> {
    let recorded: Value = serde_json::from_str(&recording.object(number))?;
    let metadata = &recorded["metadata"];
    let (name, labels, annotations) = (&metadata["name"], &metadata["labels"], &metadata["annotations"]);
    let metadata = json!({ "name": name, "labels": labels, "annotations": annotations });
    Ok(json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": recorded["spec"] }))
}
