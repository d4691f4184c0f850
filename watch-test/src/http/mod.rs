//! The model as a real HTTP server on the loopback interface.

mod builder;
mod listen;
mod reply;
mod shared;
mod socket;

use core::net::SocketAddr;
use core::time::Duration;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::{oneshot, watch};
use watch_core::wire::Status;

pub use self::builder::Builder;
use self::shared::Shared;
use crate::model::LoggedRequest;

/// An API server that a test watches against.
///
/// It runs on a thread of its own, so it works from any runtime and beside code that blocks. Dropping it stops it.
#[derive(Debug)]
pub struct TestServer {
    shared: Arc<Shared>,
    address: SocketAddr,
    scheme: &'static str,
    stop: watch::Sender<bool>,
    stopped: Option<oneshot::Receiver<()>>,
}

impl TestServer {
    /// Starts a server as kube-apiserver is by default, without TLS, on a free port.
    ///
    /// # Errors
    /// If no port can be had.
    #[expect(clippy::unused_async, reason = "so that it can come to need it without breaking anybody")]
    pub async fn start() -> std::io::Result<Self> {
        Self::builder().start_blocking()
    }

    /// A server with other settings.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Creates an object. `resource` is a plural, with the group where there is one: `pods`, `deployments.apps`. In a
    /// namespaced resource, `None` takes the namespace from the object, or `default`.
    ///
    /// # Errors
    /// What kube-apiserver would answer: 404 for an unknown resource, 409 if there is one of that name, 422 without a
    /// name.
    pub fn create(&self, resource: &str, namespace: Option<&str>, value: Value) -> Result<Value, Status> {
        self.shared.with(|server, now| server.create(now, resource, namespace, value))
    }

    /// Replaces an object. Where `metadata.resourceVersion` is given, it must be the present one.
    ///
    /// # Errors
    /// 404 if there is none, 409 if it has changed.
    pub fn update(&self, resource: &str, namespace: Option<&str>, value: Value) -> Result<Value, Status> {
        self.shared.with(|server, now| server.update(now, resource, namespace, value))
    }

    /// Changes an object by a JSON merge patch (RFC 7386).
    ///
    /// # Errors
    /// 404 if there is none.
    #[expect(clippy::needless_pass_by_value, reason = "a patch is written in place, and used once")]
    pub fn patch(&self, resource: &str, namespace: Option<&str>, name: &str, patch: Value) -> Result<Value, Status> {
        self.shared.with(|server, now| server.patch(now, resource, namespace, name, &patch))
    }

    /// Deletes an object, or marks it as to be deleted if it has finalizers. Returns it as it was last.
    ///
    /// # Errors
    /// 404 if there is none.
    pub fn delete(&self, resource: &str, namespace: Option<&str>, name: &str) -> Result<Value, Status> {
        self.shared.with(|server, now| server.delete(now, resource, namespace, name))
    }

    /// All objects of a resource as they are now, by namespace and name. None if the resource isn't known.
    pub fn objects(&self, resource: &str) -> Vec<Value> {
        self.shared.with(|server, _| server.objects(resource))
    }

    /// The revision of the last write.
    pub fn resource_version(&self) -> u64 {
        self.shared.with(|server, _| server.resource_version())
    }

    /// Forgets everything up to now: a watch from an older version is told 410, and so is a list that goes on.
    pub fn expire(&self) {
        self.shared.with(|server, _| server.expire());
    }

    /// Forgets what was before a version: a watch from an older one is told 410, and so is a list that goes on.
    pub fn expire_before(&self, version: u64) {
        self.shared.with(|server, _| server.expire_before(version));
    }

    /// Cuts every open watch off in the middle: over HTTP/1.1 the connection closes without a last chunk, over HTTP/2
    /// the stream is reset.
    pub fn disconnect(&self) {
        self.shared.with(|server, _| server.disconnect());
    }

    /// Every request so far, oldest first.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.shared.with(|server, _| server.requests().to_vec())
    }

    /// How many watches are open.
    pub fn open_watches(&self) -> usize {
        self.shared.with(|server, _| server.open_watches())
    }

    /// The time since the start, as the server sees it.
    pub fn now(&self) -> Duration {
        self.shared.now()
    }

    /// Puts the server's clock forward: bookmarks and timeouts become due without waiting for them.
    pub fn advance(&self, by: Duration) {
        self.shared.advance(by);
    }

    /// Stops the server and closes all connections. Returns when that is done.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        if let Some(stopped) = self.stopped.take() {
            // An error means that the thread is gone, which is as good.
            drop(stopped.await);
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}
