//! The API server as a value: requests, writes and time go in; replies come out.
//!
//! There is no clock, no IO, no thread and no entropy in here. The same calls with the same times give the same
//! bytes, on every platform.

mod access;
mod adopt;
mod body;
mod bookmark;
mod cache;
mod collection;
mod config;
mod continue_token;
mod crd;
mod discovery;
mod exchange;
mod faults;
mod field_selector;
mod go;
mod json;
mod label_selector;
mod list;
mod log;
mod meta;
mod names;
mod negotiate;
mod object;
mod poll;
mod protobuf;
mod replica;
mod reply;
mod representation;
mod resource;
mod rng;
mod route;
mod selection;
mod serve;
mod start;
mod store;
mod table;
mod trouble;
mod validate;
mod verbs;
mod watch;
mod write;

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;
use watch_core::wire::Status;

pub use self::access::{Access, Anonymous, CertificateName};
pub use self::body::LONGEST_BODY;
pub use self::bookmark::BOOKMARK_INTERVAL;
pub use self::cache::Window;
pub use self::config::Config;
pub use self::exchange::{End, ExchangeId, ResponseHead, Step};
pub use self::log::{LONGEST_LOG, LoggedRequest};
pub use self::resource::Resource;
pub use self::start::MIN_REQUEST_TIMEOUT;
pub use self::store::LAST_VERSION;
pub use self::trouble::MOST_REPLICAS;
pub use self::validate::WatchList;

use self::crd::Establishing;
use self::exchange::Exchange;
use self::log::Log;
use self::object::{Change, Version};
use self::replica::Replica;
use self::reply::no_such_resource;
use self::resource::Resources;
use self::rng::Rng;
use self::store::Store;
use self::write::Preconditions;
use crate::fault::Rule;

/// A model of kube-apiserver.
///
/// [`Self::request`] begins an exchange; [`Self::poll`] says what to send on it, until it says
/// [`End`](Step::End). Each call takes the time since an origin of the caller's choice, which must not go back.
///
/// Whoever drives it polls each exchange until it says [`Wait`](Step::Wait), and again when that time comes or when
/// [`Self::take_woken`] names the exchange, which can be after any other call. [`Self::tick`] is to be called by the time
/// that [`Self::next_tick`] says.
///
/// ```
/// use core::time::Duration;
/// use watch_test::model::{ApiServer, Config, Step};
///
/// let mut server = ApiServer::new(Config::default());
/// let mut now = Duration::ZERO;
/// let request = http::Request::get("/api/v1/configmaps?watch=1&allowWatchBookmarks=1&timeoutSeconds=600");
/// let watch = server.request(now, &request.body(bytes::Bytes::new())?);
/// server.skip_revisions(1);                                  // without news there are no bookmarks
/// let mut bookmarks = 0;
/// loop {
///     match server.poll(now, watch) {
///         Step::Head(head) => assert_eq!(head.status, 200),
///         Step::Body(bytes) => bookmarks += bytes.iter().filter(|byte| **byte == b'\n').count(),
///         Step::Wait(Some(until)) => now = until,          // nothing else happens here: time flies
///         Step::Wait(None) | Step::End(_) => break,
///     }
/// }
/// assert_eq!((bookmarks, now), (12, Duration::from_secs(600)));
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Debug)]
pub struct ApiServer {
    config: Config,
    store: Store,
    resources: Resources,
    replicas: Vec<Replica>,
    exchanges: BTreeMap<ExchangeId, Exchange>,
    woken: BTreeSet<ExchangeId>,
    rules: Vec<Rule>,
    log: Log,
    rng: Rng,
    next_exchange: u64,
    next_progress: Option<Duration>,
    establishing: Vec<Establishing>,
}

impl ApiServer {
    /// A server with no objects in it but the namespaces that every cluster has.
    pub fn new(config: Config) -> Self {
        let resources = Resources::built_in();
        let store = Store::new(config.first_revision.clamp(1, LAST_VERSION));
        let replica = Replica::new(&resources, config.window, store.revision());
        let mut server = Self {
            rng: Rng::new(config.seed),
            next_progress: config.progress_interval,
            config,
            store,
            resources,
            replicas: vec![replica],
            exchanges: BTreeMap::new(),
            woken: BTreeSet::new(),
            rules: Vec::new(),
            log: Log::default(),
            next_exchange: 1,
            establishing: Vec::new(),
        };
        for namespace in ["default", "kube-system"] {
            let value = serde_json::json!({
                "metadata": {"name": namespace, "labels": {"kubernetes.io/metadata.name": namespace}},
                "spec": {"finalizers": ["kubernetes"]},
                "status": {"phase": "Active"},
            });
            // Nothing about these two can be wrong.
            drop(server.create(Duration::ZERO, "namespaces", None, value));
        }
        server
    }

    /// Creates an object. `resource` is a plural, with the group where there is one: `pods`, `deployments.apps`. In a
    /// namespaced resource, `None` takes the namespace from the object, or `default`.
    ///
    /// # Errors
    /// What kube-apiserver would answer: 404 for an unknown resource, 409 if there is one of that name, 422 without a
    /// name.
    pub fn create(
        &mut self,
        now: Duration,
        resource: &str,
        namespace: Option<&str>,
        value: Value,
    ) -> Result<Value, Status> {
        self.tick(now);
        let resource = self.resource(resource)?;
        let namespace = namespace_for(&resource, namespace, &value);
        self.create_object(now, &resource, namespace.as_deref(), value).map(|version| version.value.clone())
    }

    /// Replaces an object. Where `metadata.resourceVersion` is given, it must be the present one.
    ///
    /// # Errors
    /// 404 if there is none, 409 if it has changed.
    pub fn update(
        &mut self,
        now: Duration,
        resource: &str,
        namespace: Option<&str>,
        value: Value,
    ) -> Result<Value, Status> {
        self.tick(now);
        let resource = self.resource(resource)?;
        let namespace = namespace_for(&resource, namespace, &value);
        self.update_object(now, &resource, namespace.as_deref(), value).map(|version| version.value.clone())
    }

    /// Changes an object by a JSON merge patch (RFC 7386).
    ///
    /// # Errors
    /// 404 if there is none.
    pub fn patch(
        &mut self,
        now: Duration,
        resource: &str,
        namespace: Option<&str>,
        name: &str,
        patch: &Value,
    ) -> Result<Value, Status> {
        self.tick(now);
        let resource = self.resource(resource)?;
        let namespace = namespace_for(&resource, namespace, &Value::Null);
        let merge = |present: &Value| {
            let mut value = present.clone();
            json_patch::merge(&mut value, patch);
            Ok(value)
        };
        self.replace(now, &resource, namespace.as_deref(), name, merge).map(|version| version.value.clone())
    }

    /// Deletes an object, or marks it as to be deleted if it has finalizers. Returns it as it was last.
    ///
    /// # Errors
    /// 404 if there is none.
    pub fn delete(
        &mut self,
        now: Duration,
        resource: &str,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Value, Status> {
        self.tick(now);
        let resource = self.resource(resource)?;
        let namespace = namespace_for(&resource, namespace, &Value::Null);
        let preconditions = Preconditions::default();
        self.delete_object(now, &resource, namespace.as_deref(), name, &preconditions)
            .map(|version| version.value.clone())
    }

    /// All objects of a resource as they are now, by namespace and name. None if the resource isn't known.
    pub fn objects(&self, resource: &str) -> Vec<Value> {
        let Some(resource) = self.resources.find(resource) else {
            return Vec::new();
        };
        let objects = self.store.at(&resource.name(), "", None, self.store.revision());
        objects.map(|(_, object)| object.value.clone()).collect()
    }

    /// The revision of the last write.
    pub const fn resource_version(&self) -> u64 {
        self.store.revision()
    }

    /// Lets revisions pass, as writes to resources that nobody here knows do; up to [`LAST_VERSION`].
    pub fn skip_revisions(&mut self, revisions: u64) {
        self.store.skip(revisions);
    }

    /// Makes a custom resource known, at once.
    pub fn register(&mut self, resource: Resource) {
        self.add_resource(Arc::new(resource));
    }

    /// Forgets everything up to now: a watch from an older version is told 410, and so is a list that goes on.
    pub fn expire(&mut self) {
        self.expire_before(self.store.revision());
    }

    /// Forgets what was before a version: a watch from an older one is told 410, and so is a list that goes on.
    pub fn expire_before(&mut self, version: u64) {
        let version = version.min(self.store.revision());
        for replica in &mut self.replicas {
            replica.expire_before(version);
        }
        self.compact(version);
    }

    /// Every request so far, oldest first; of very many, the last [`LONGEST_LOG`] at least.
    pub const fn requests(&self) -> &[LoggedRequest] {
        self.log.requests()
    }

    /// How many watches are open.
    pub fn open_watches(&self) -> usize {
        self.exchanges.values().filter(|exchange| exchange.is_watch()).count()
    }

    fn resource(&self, name: &str) -> Result<Arc<Resource>, Status> {
        self.resources.find(name).cloned().ok_or_else(no_such_resource)
    }

    /// Shows a change to the caches and the watches.
    fn publish(&mut self, now: Duration, resource: &Arc<Resource>, change: &Arc<Change>) {
        for replica in &mut self.replicas {
            replica.receive(resource, change);
        }
        self.deliver(now);
        if self.store.revision() > self.store.compacted().saturating_add(2 * self.config.history) {
            self.compact(self.store.revision() - self.config.history);
        }
    }

    /// Forgets what was before a revision, as far as no replica is still to read it.
    fn compact(&mut self, revision: u64) {
        let needed = self.replicas.iter().map(Replica::needs).min().unwrap_or(u64::MAX);
        self.store.compact(revision.min(needed));
        for held in self.replicas.iter_mut().filter_map(|replica| replica.held.as_mut()) {
            held.compact(revision.min(needed));
        }
    }

    /// What follows from an object having been created.
    fn created(&mut self, now: Duration, version: &Arc<Version>) {
        if version.resource.name() == crd::RESOURCE {
            self.define(now, version);
        }
    }

    /// What goes with an object that is about to be deleted.
    fn before_removal(&mut self, now: Duration, version: &Arc<Version>) {
        match version.resource.name().as_str() {
            crd::RESOURCE => self.undefine(now, version),
            "namespaces" => self.empty_namespace(now, version.text("/metadata/name")),
            _ => {}
        }
    }

    fn empty_namespace(&mut self, now: Duration, namespace: &str) {
        let resources: Vec<_> = self.resources.iter().filter(|resource| resource.namespaced).cloned().collect();
        for resource in resources {
            self.delete_all(now, &resource, Some(namespace));
        }
    }

    /// Deletes all objects of a resource, or those in a namespace.
    fn delete_all(&mut self, now: Duration, resource: &Arc<Resource>, namespace: Option<&str>) {
        let prefix = object::Key::prefix(namespace);
        let objects: Vec<_> =
            self.store.at(&resource.name(), &prefix, None, self.store.revision()).map(|(_, o)| o.clone()).collect();
        for object in objects {
            let namespace = Some(object.text("/metadata/namespace")).filter(|namespace| !namespace.is_empty());
            let name = object.text("/metadata/name");
            // What is there can be deleted.
            drop(self.delete_object(now, resource, namespace, name, &Preconditions::default()));
        }
    }
}

fn namespace_for(resource: &Resource, namespace: Option<&str>, value: &Value) -> Option<String> {
    let own = || value.pointer("/metadata/namespace").and_then(Value::as_str).filter(|own| !own.is_empty());
    resource.namespaced.then(|| namespace.or_else(own).unwrap_or("default").to_owned())
}
