//! The API server as a value: requests, writes and time go in; replies come out.
//!
//! There is no clock, no IO, no thread and no entropy in here. The same calls with the same times give the same
//! bytes, on every platform.

mod admission;
mod cluster;
mod controllers;
mod crd;
mod discovery;
mod encode;
mod endpoints;
mod patch;
mod rendering;
mod selector;
mod server;
mod storage;
mod validation;

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

pub use self::controllers::{Controllers, Pace};
pub use self::endpoints::access::{Access, Anonymous, CertificateName};
pub use self::endpoints::body::LONGEST_BODY;
pub use self::endpoints::list_options::WatchList;
pub use self::rendering::bookmark::BOOKMARK_INTERVAL;
pub use self::server::config::Config;
pub use self::server::exchange::{End, ExchangeId, ResponseHead, Step};
pub use self::server::log::{LONGEST_LOG, LoggedRequest};
pub use self::server::outage::MOST_REPLICAS;
pub use self::server::start::MIN_REQUEST_TIMEOUT;
pub use self::storage::cache::Window;
pub use self::storage::resource::Resource;
pub use self::storage::store::LAST_VERSION;

use self::cluster::replica::Replica;
use self::controllers::Work;
use self::crd::Establishing;
use self::server::exchange::Exchange;
use self::server::log::Log;
use self::server::rng::Rng;
use self::storage::resources::Resources;
use self::storage::store::Store;
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
    work: Work,
    /// Whether what is being done is only tried: nothing is written.
    is_dry_run: bool,
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
            work: Work::default(),
            is_dry_run: false,
        };
        for namespace in ["default", "kube-system"] {
            let value = serde_json::json!({"metadata": {"name": namespace}});
            // Nothing about these two can be wrong.
            drop(server.create(Duration::ZERO, "namespaces", None, value));
        }
        server
    }
}
