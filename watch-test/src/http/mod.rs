//! The model as a real HTTP server on the loopback interface.

mod admin;
mod builder;
pub(crate) mod listen;
pub(crate) mod observer;
pub(crate) mod reply;
pub(crate) mod shared;
pub(crate) mod socket;
mod tls;

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use core::ops::Deref;
use core::panic::Location;
use core::time::Duration;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::{oneshot, watch};
use watch_core::wire::Status;

pub use self::builder::Builder;
use self::listen::Stop;
use self::shared::Shared;
use self::tls::Authority;
pub use self::tls::ClientIdentity;
use crate::fault::Rule;
use crate::model::{ApiServer, Controllers, LoggedRequest};

/// How long a test waits for what should come about at once.
const PATIENCE: Duration = Duration::from_secs(30);

/// An API server that a test watches against.
///
/// It runs on a thread of its own, so it works from any runtime and beside code that blocks. Dropping it stops it; if
/// that is because a test panics, it prints what was asked and what came of it. (That a test returned `Err` can't be
/// seen from here: `eprintln!("{server}")` prints the same.)
#[derive(Debug)]
pub struct TestServer {
    handle: Handle,
    address: SocketAddr,
    authority: Option<Arc<Authority>>,
    stop: watch::Sender<Stop>,
    stopped: Option<oneshot::Receiver<()>>,
}

/// What a test does to its server, however clients reach it: objects, outages, faults, and what was asked. A [`TestServer`]
/// derefs to it, and so does an `InProcessServer`.
#[derive(Debug)]
pub struct Handle {
    shared: Arc<Shared>,
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

    /// `http://127.0.0.1:PORT`, or with `https`. One that listens on all addresses is found at the loopback address.
    pub fn url(&self) -> String {
        let scheme = if self.authority.is_some() { "https" } else { "http" };
        let mut address = self.address;
        if address.ip().is_unspecified() {
            address.set_ip(if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() });
        }
        format!("{scheme}://{address}")
    }

    /// The certificate of the authority that signed the server's own, in PEM. `None` without TLS.
    pub fn certificate_authority(&self) -> Option<&str> {
        self.authority.as_deref().map(Authority::certificate_pem)
    }

    /// Makes a certificate with which a client is known by that name, and may do anything.
    ///
    /// # Errors
    /// Without TLS, or if no key can be made.
    pub fn client_identity(&self, name: &str) -> std::io::Result<ClientIdentity> {
        let without = || std::io::Error::new(std::io::ErrorKind::Unsupported, "the server doesn't speak TLS");
        self.authority.as_deref().ok_or_else(without)?.client(name)
    }

    /// Sends GOAWAY on every HTTP/2 connection; streams that are open go on. Over HTTP/1.1, connections close after the
    /// reply that is under way.
    pub fn go_away(&self) {
        self.handle.shared.go_away();
    }

    /// Stops the server and closes all connections. Returns when that is done.
    pub async fn shutdown(self) {
        self.stop_and_wait(Stop::Now).await;
    }

    /// Stops listening at once, lets what is open go on for so long, and then ends it in order. kube-apiserver does so
    /// on SIGTERM, with 60 s. Returns when that is done, at most a second later: what then is still there, because its
    /// client doesn't read or has sent half a request, is cut off.
    pub async fn shutdown_gracefully(self, grace: Duration) {
        self.stop_and_wait(Stop::Gracefully(grace)).await;
    }

    async fn stop_and_wait(mut self, how: Stop) {
        self.stop.send_replace(how);
        if let Some(stopped) = self.stopped.take() {
            // An error means that the thread is gone, which is as good.
            drop(stopped.await);
        }
    }
}

impl Handle {
    #[cfg(feature = "service")]
    pub(crate) const fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    #[cfg(feature = "service")]
    pub(crate) const fn shared(&self) -> &Arc<Shared> {
        &self.shared
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

    /// Replaces an object. Where `metadata.resourceVersion` is given, it must be the present one. The status stays as it was
    /// where the resource has a `/status`: see [`update_status`](Self::update_status).
    ///
    /// # Errors
    /// 404 if there is none, 409 if it has changed.
    pub fn update(&self, resource: &str, namespace: Option<&str>, value: Value) -> Result<Value, Status> {
        self.shared.with(|server, now| server.update(now, resource, namespace, value))
    }

    /// Replaces the status of an object, as a PUT to its `/status` does. What else of the object is written so, labels for
    /// example, differs by resource, as in kube-apiserver.
    ///
    /// # Errors
    /// 404 if there is no such object or no `/status`, 409 if it has changed.
    pub fn update_status(&self, resource: &str, namespace: Option<&str>, value: Value) -> Result<Value, Status> {
        self.shared.with(|server, now| server.update_status(now, resource, namespace, value))
    }

    /// Changes the status of an object by a JSON merge patch of the object, as a PATCH of its `/status` does.
    ///
    /// # Errors
    /// 404 if there is no such object or no `/status`.
    #[expect(clippy::needless_pass_by_value, reason = "a patch is written in place, and used once")]
    pub fn patch_status(
        &self,
        resource: &str,
        namespace: Option<&str>,
        name: &str,
        patch: Value,
    ) -> Result<Value, Status> {
        self.shared.with(|server, now| server.patch_status(now, resource, namespace, name, &patch))
    }

    /// Changes an object by a JSON merge patch (RFC 7386). The status stays as it was where the resource has a `/status`:
    /// see [`patch_status`](Self::patch_status).
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

    /// Forgets everything up to now: a watch from an older version is told 410, and so is a list that goes on at one.
    /// Whoever is up to date isn't, since nothing happened that he missed: write something before, or use
    /// [`restart`](Self::restart) with a gap.
    pub fn expire(&self) {
        self.shared.with(|server, _| server.expire());
    }

    /// Forgets what was before a version: a watch from an older one is told 410, and so is a list that goes on. What
    /// is to come can't be forgotten: then it is everything up to now.
    pub fn expire_before(&self, version: u64) {
        self.shared.with(|server, _| server.expire_before(version));
    }

    /// Cuts every open watch off in the middle: over HTTP/1.1 the connection closes without a last chunk, over HTTP/2
    /// the stream is reset.
    pub fn disconnect(&self) {
        self.shared.with(|server, _| server.disconnect());
    }

    /// Cuts every open watch off by resetting its connection: what was under way is lost.
    pub fn reset(&self) {
        self.shared.with(|server, _| server.reset());
    }

    /// Ends every open watch as if in order, which is what happens to one that is too slow.
    pub fn end_watches(&self) {
        self.shared.with(|server, _| server.end_watches());
    }

    /// Has something go wrong with the requests to come.
    ///
    /// # Panics
    /// If a field of the rule is out of its range; [`Rule::check`] says beforehand.
    pub fn inject(&self, rule: impl Into<Rule>) {
        self.shared.with(|server, _| server.inject(rule));
    }

    /// Nothing goes wrong any more with the requests to come.
    pub fn clear_rules(&self) {
        self.shared.with(|server, _| server.clear_rules());
    }

    /// Sends a bookmark to every watch that allows them.
    pub fn send_bookmarks(&self) {
        self.shared.with(|server, _| server.send_bookmarks());
    }

    /// The server crashes and comes back, so many revisions later: everything under way is cut off, and a watch from
    /// before is told 410.
    pub fn restart(&self, gap: u64) {
        self.shared.with(|server, _| server.restart(gap));
    }

    /// The store is restored from a backup of that version, and the server restarted: versions go back.
    pub fn restore(&self, version: u64) {
        self.shared.with(|server, _| server.restore(version));
    }

    /// Says how fast the controllers are, from now on.
    pub fn set_controllers(&self, controllers: Controllers) {
        self.shared.with(|server, now| server.set_controllers(now, controllers));
    }

    /// One pass over the namespaces that are to go: what is in them is deleted, and those that are empty end. Returns
    /// whether there is more to do now.
    pub fn end_namespaces(&self) -> bool {
        self.shared.with(ApiServer::end_namespaces)
    }

    /// One pass of the garbage collector: what has lost its owners is deleted, and owners that are to go let their
    /// dependents go, or wait for them. Returns whether there is more to do now.
    pub fn collect_garbage(&self) -> bool {
        self.shared.with(ApiServer::collect_garbage)
    }

    /// Anything else that the model can do. Meanwhile the server waits, so what is called must not use it again.
    pub fn with<T>(&self, act: impl FnOnce(&mut ApiServer, Duration) -> T) -> T {
        self.shared.with(act)
    }

    /// Every request so far, oldest first.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.shared.with(|server, _| server.requests().to_vec())
    }

    /// Forgets the requests so far, so that only what comes from now on is in [`Self::requests`].
    pub fn clear_requests(&self) {
        self.shared.with(|server, _| server.clear_requests());
    }

    /// How many watches are open.
    pub fn open_watches(&self) -> usize {
        self.shared.with(|server, _| server.open_watches())
    }

    /// Waits until something holds, 30 s at most: for example that the client under test watches,
    /// `server.until("the client watches", |server| server.open_watches() == 1).await`. Look only at what is handed in:
    /// the server itself waits meanwhile.
    ///
    /// # Panics
    /// If that doesn't come about in time; says `what` was waited for, and where.
    #[track_caller]
    pub fn until<'a>(
        &'a self,
        what: &'a str,
        holds: impl FnMut(&ApiServer) -> bool + 'a,
    ) -> impl Future<Output = ()> + 'a {
        self.until_within(PATIENCE, what, holds)
    }

    /// As [`until`](Self::until), but waits for `limit` at most. The time is the server's: real for a [`TestServer`], also
    /// where a test has paused tokio's; tokio's for an `InProcessServer`.
    ///
    /// # Panics
    /// As `until`.
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

    /// The time since the start, as the server sees it.
    pub fn now(&self) -> Duration {
        self.shared.now()
    }

    /// Puts the server's clock forward: bookmarks and timeouts become due without waiting for them. It goes no further than
    /// seven thousand years.
    pub fn advance(&self, by: Duration) {
        self.shared.advance(by);
    }
}

impl fmt::Display for TestServer {
    /// The transcript: every request with what came of it, and the rules that can still apply.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "watch-test at {}, {}", self.url(), self.handle)
    }
}

impl fmt::Display for Handle {
    /// The transcript: every request with what came of it, and the rules that can still apply.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.with(|server, now| {
            writeln!(f, "{:.3}s, version {}", now.as_secs_f64(), server.resource_version())?;
            for request in server.requests() {
                writeln!(f, "{request}")?;
            }
            for rule in server.rules() {
                writeln!(f, "    still to come: {rule}")?;
            }
            Ok(())
        })
    }
}

impl Deref for TestServer {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprint!("{self}");
        }
        self.stop.send_if_modified(|stop| core::mem::replace(stop, Stop::Now) == Stop::No);
    }
}
