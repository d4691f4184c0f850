//! What a test does with a running server.

use core::fmt;
use core::panic::Location;
use core::time::Duration;
use std::sync::Arc;

use serde_json::Value;
use watch_core::wire::Status;

use super::shared::Shared;
use crate::fault::Rule;
use crate::model::{ApiServer, Controllers, LoggedRequest};

/// The default timeout of [`Handle::until`].
const PATIENCE: Duration = Duration::from_secs(30);

/// The methods for tests: objects, outages, faults, and the requests so far. [`TestServer`](super::TestServer) and
/// `InProcessServer` deref to it.
#[derive(Debug)]
pub struct Handle {
    shared: Arc<Shared>,
}

impl Handle {
    pub(crate) const fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    pub(crate) const fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Creates an object. `resource` is the plural, with the group if there is one: `pods`, `deployments.apps`. If the
    /// resource is namespaced and `namespace` is `None`, the namespace is the one of the object, or `default`.
    ///
    /// # Errors
    /// Fails as kube-apiserver does: 404 for an unknown resource, 409 if an object with this name exists, 422 without a
    /// name.
    pub fn create(&self, resource: &str, namespace: Option<&str>, value: Value) -> Result<Value, Status> {
        self.shared.with(|server, now| server.create(now, resource, namespace, value))
    }

    /// Replaces an object. If `metadata.resourceVersion` is set, it must be the current one. If the resource has a
    /// `/status`, the status doesn't change: see [`update_status`](Self::update_status).
    ///
    /// # Errors
    /// Fails with 404 if the object doesn't exist, and with 409 if it has changed.
    pub fn update(&self, resource: &str, namespace: Option<&str>, value: Value) -> Result<Value, Status> {
        self.shared.with(|server, now| server.update(now, resource, namespace, value))
    }

    /// Replaces the status of an object, as a PUT of its `/status` does. Which metadata are written too, for example
    /// labels, depends on the resource, as in kube-apiserver.
    ///
    /// # Errors
    /// Fails with 404 if the object or its `/status` doesn't exist, and with 409 if it has changed.
    pub fn update_status(&self, resource: &str, namespace: Option<&str>, value: Value) -> Result<Value, Status> {
        self.shared.with(|server, now| server.update_status(now, resource, namespace, value))
    }

    /// Changes the status of an object by a JSON merge patch of the object, as a PATCH of its `/status` does.
    ///
    /// # Errors
    /// Fails with 404 if the object or its `/status` doesn't exist.
    #[expect(clippy::needless_pass_by_value, reason = "callers write the patch inline and use it once")]
    pub fn patch_status(
        &self,
        resource: &str,
        namespace: Option<&str>,
        name: &str,
        patch: Value,
    ) -> Result<Value, Status> {
        self.shared.with(|server, now| server.patch_status(now, resource, namespace, name, &patch))
    }

    /// Changes an object by a JSON merge patch (RFC 7386). If the resource has a `/status`, the status doesn't change:
    /// see [`patch_status`](Self::patch_status).
    ///
    /// # Errors
    /// Fails with 404 if the object doesn't exist.
    #[expect(clippy::needless_pass_by_value, reason = "callers write the patch inline and use it once")]
    pub fn patch(&self, resource: &str, namespace: Option<&str>, name: &str, patch: Value) -> Result<Value, Status> {
        self.shared.with(|server, now| server.patch(now, resource, namespace, name, &patch))
    }

    /// Deletes an object, or sets its `deletionTimestamp` if it has finalizers. Returns its last state.
    ///
    /// # Errors
    /// Fails with 404 if the object doesn't exist.
    pub fn delete(&self, resource: &str, namespace: Option<&str>, name: &str) -> Result<Value, Status> {
        self.shared.with(|server, now| server.delete(now, resource, namespace, name))
    }

    /// Returns the current objects of a resource, by namespace and name. The result is empty if the resource is
    /// unknown.
    pub fn objects(&self, resource: &str) -> Vec<Value> {
        self.shared.with(|server, _| server.objects(resource))
    }

    /// Returns the revision of the last write.
    pub fn resource_version(&self) -> u64 {
        self.shared.with(|server, _| server.resource_version())
    }

    /// Compacts everything up to now: a watch from an older version gets 410, and so does the next page of an older
    /// list. A client that has the newest version gets no 410, since it missed nothing. To expire its version too,
    /// write something before, or use [`restart`](Self::restart) with a gap.
    pub fn expire(&self) {
        self.shared.with(|server, _| server.expire());
    }

    /// Compacts everything before a version: a watch from an older version gets 410, and so does the next page of an
    /// older list. A future version compacts everything up to now.
    pub fn expire_before(&self, version: u64) {
        self.shared.with(|server, _| server.expire_before(version));
    }

    /// Cuts off every open watch: over HTTP/1.1 the connection closes without a last chunk, over HTTP/2 the stream is
    /// reset.
    pub fn disconnect(&self) {
        self.shared.with(|server, _| server.disconnect());
    }

    /// Cuts off every open watch by resetting its connection (TCP RST); bytes in flight are lost.
    pub fn reset(&self) {
        self.shared.with(|server, _| server.reset());
    }

    /// Ends every open watch in order, as kube-apiserver ends a watch that is too slow.
    pub fn end_watches(&self) {
        self.shared.with(|server, _| server.end_watches());
    }

    /// Adds a rule: a fault of requests to come.
    ///
    /// # Panics
    /// Panics if a field of the rule is out of its range; [`Rule::check`] checks a rule beforehand.
    pub fn inject(&self, rule: impl Into<Rule>) {
        self.shared.with(|server, _| server.inject(rule));
    }

    /// Removes all rules.
    pub fn clear_rules(&self) {
        self.shared.with(|server, _| server.clear_rules());
    }

    /// Sends a bookmark to every watch that allows them.
    pub fn send_bookmarks(&self) {
        self.shared.with(|server, _| server.send_bookmarks());
    }

    /// Crashes and restarts the server, with `gap` revisions written in between. Every exchange is cut off, and a watch
    /// from an older version gets 410.
    pub fn restart(&self, gap: u64) {
        self.shared.with(|server, _| server.restart(gap));
    }

    /// Restores the store from a backup as of this version, and restarts the server: versions go back.
    pub fn restore(&self, version: u64) {
        self.shared.with(|server, _| server.restore(version));
    }

    /// Sets the pace of the controllers, from now on.
    pub fn set_controllers(&self, controllers: Controllers) {
        self.shared.with(|server, now| server.set_controllers(now, controllers));
    }

    /// Makes one pass of the namespace controller: deletes the contents of Terminating namespaces, and removes the
    /// namespaces that are empty. Returns whether more work is due now.
    pub fn end_namespaces(&self) -> bool {
        self.shared.with(ApiServer::end_namespaces)
    }

    /// Makes one pass of the garbage collector: deletes objects without owners, and updates Terminating owners, which
    /// release their dependents or wait for them. Returns whether more work is due now.
    pub fn collect_garbage(&self) -> bool {
        self.shared.with(ApiServer::collect_garbage)
    }

    /// Calls a function with the model and the server's time. The server is locked meanwhile, so the function must not
    /// use the server in another way.
    pub fn with<T>(&self, act: impl FnOnce(&mut ApiServer, Duration) -> T) -> T {
        self.shared.with(act)
    }

    /// Returns every request so far, oldest first.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.shared.with(|server, _| server.requests().to_vec())
    }

    /// Removes the requests so far from [`Self::requests`].
    pub fn clear_requests(&self) {
        self.shared.with(|server, _| server.clear_requests());
    }

    /// Returns the number of open watches.
    pub fn open_watches(&self) -> usize {
        self.shared.with(|server, _| server.open_watches())
    }

    /// Waits until `condition` holds, for at most 30 s. For example, this waits until the client under test watches:
    /// `server.until("the client watches", |server| server.open_watches() == 1).await`. The condition must use only its
    /// argument, because the server is locked meanwhile.
    ///
    /// # Panics
    /// Panics if the condition doesn't hold in time. The message has `what` and the position of the call.
    #[track_caller]
    pub fn until<'a>(
        &'a self,
        what: &'a str,
        holds: impl FnMut(&ApiServer) -> bool + 'a,
    ) -> impl Future<Output = ()> + 'a {
        self.until_within(PATIENCE, what, holds)
    }

    /// Like [`until`](Self::until), with another timeout. The time is the server's: real time for a
    /// [`TestServer`](super::TestServer), even if a test has paused tokio's clock; tokio's time for an
    /// `InProcessServer`.
    ///
    /// # Panics
    /// Panics as `until` does.
    #[track_caller]
    pub fn until_within<'a>(
        &'a self,
        limit: Duration,
        what: &'a str,
        holds: impl FnMut(&ApiServer) -> bool + 'a,
    ) -> impl Future<Output = ()> + 'a {
        let place = Location::caller();
        async move {
            tokio::select! {
                biased;
                () = self.shared.until(holds) => {}
                () = self.shared.pass(limit) => panic!("{place}: timed out after {limit:?} waiting until {what}"),
            }
        }
    }

    /// Returns the time since the start, by the server's clock.
    pub fn now(&self) -> Duration {
        self.shared.now()
    }

    /// Advances the server's clock: bookmarks and timeouts are due without a wait. The clock ends after seven thousand
    /// years.
    pub fn advance(&self, by: Duration) {
        self.shared.advance(by);
    }
}

impl fmt::Display for Handle {
    /// Writes the transcript: every request with its reply, and the rules that can still apply.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.with(|server, now| {
            writeln!(f, "{:.3}s, version {}", now.as_secs_f64(), server.resource_version())?;
            for request in server.requests() {
                writeln!(f, "{request}")?;
            }
            for rule in server.rules() {
                writeln!(f, "    pending rule: {rule}")?;
            }
            Ok(())
        })
    }
}
