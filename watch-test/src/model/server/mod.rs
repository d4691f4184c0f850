//! Requests, and the exchanges with clients that they open.

mod active_faults;
mod bookmark_times;
mod collection;
mod config;
mod direct;
mod dispatch;
mod eviction;
mod exchange;
mod list;
mod log;
mod objects;
mod outage;
mod poll;
mod refused;
mod requests;
mod rules;
mod scale;
mod start;
mod tick;
mod watch;

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

pub use self::bookmark_times::BOOKMARK_INTERVAL;
pub use self::config::Config;
pub use self::exchange::{ExchangeId, ResponseHead, Step};
pub use self::log::{LONGEST_LOG, LoggedRequest};
pub use self::start::MIN_REQUEST_TIMEOUT;

use self::config::Settings;
use self::exchange::Exchange;
use self::log::Log;
use self::rules::Rules;
use crate::model::cluster::ClusterState;

/// A model of kube-apiserver.
///
/// [`Self::request`] begins an exchange. [`Self::poll`] returns what to send on it, until it returns
/// [`End`](Step::End). Each call takes the time since an origin of the caller's choice, which must not go back.
///
/// The caller polls each exchange until `poll` returns [`Wait`](Step::Wait). It polls again at that time, or when
/// [`Self::take_woken`] returns the exchange, which can be after any other call. It calls [`Self::tick`] at the time
/// that [`Self::next_tick`] returns.
///
/// ```
/// use core::time::Duration;
/// use watch_test::model::{ApiServer, Config, Step};
///
/// let mut server = ApiServer::new(Config::default());
/// let mut now = Duration::ZERO;
/// let request = http::Request::get("/api/v1/configmaps?watch=1&allowWatchBookmarks=1&timeoutSeconds=600");
/// let watch = server.request(now, &request.body(bytes::Bytes::new())?);
/// server.skip_revisions(1);                                  // without changes there are no bookmarks
/// let mut bookmarks = 0;
/// loop {
///     match server.poll(now, watch) {
///         Step::Head(head) => assert_eq!(head.status, 200),
///         Step::Body(bytes) => bookmarks += bytes.iter().filter(|byte| **byte == b'\n').count(),
///         Step::Wait(Some(until)) => now = until,          // nothing else happens: advance the time
///         Step::Wait(None) | Step::End(_) => break,
///     }
/// }
/// assert_eq!((bookmarks, now), (12, Duration::from_secs(600)));
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Debug)]
pub struct ApiServer {
    cluster: ClusterState,
    settings: Settings,
    exchanges: BTreeMap<ExchangeId, Exchange>,
    /// The exchanges that may have something to send.
    woken: BTreeSet<ExchangeId>,
    rules: Rules,
    log: Log,
    next_exchange: u64,
    /// When the caches of idle resources get the next progress notification.
    next_progress: Option<Duration>,
}

impl ApiServer {
    /// Creates a server without objects other than the namespaces of every cluster.
    pub fn new(mut config: Config) -> Self {
        let mut namespaces = core::mem::take(&mut config.namespaces);
        let earlier = u64::try_from(namespaces.len()).unwrap_or(u64::MAX);
        config.first_revision = config.first_revision.saturating_sub(earlier).max(1);
        namespaces.extend(["default", "kube-system"].map(str::to_owned));
        let (setup, settings) = config.split();
        let mut server = Self {
            cluster: ClusterState::new(setup),
            next_progress: settings.progress_interval,
            settings,
            exchanges: BTreeMap::new(),
            woken: BTreeSet::new(),
            rules: Rules::default(),
            log: Log::default(),
            next_exchange: 1,
        };
        for namespace in namespaces {
            let value = serde_json::json!({"metadata": {"name": namespace}});
            // One that is given twice, or whose name is invalid, isn't created.
            drop(server.create(Duration::ZERO, "namespaces", None, value));
        }
        server
    }
}
