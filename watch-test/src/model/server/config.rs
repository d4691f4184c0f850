//! How the server is set up.

use core::time::Duration;

use super::bookmark_times::BOOKMARK_INTERVAL;
use super::start::MIN_REQUEST_TIMEOUT;
use crate::model::cluster::{Controllers, Setup};
use crate::model::endpoints::access::Access;
use crate::model::endpoints::list_options::WatchList;
use crate::model::storage::cache::Window;

/// The settings of an [`ApiServer`](crate::model::ApiServer). The default is what kube-apiserver does.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Decides uids, generated names and the spread of watch timeouts.
    pub seed: u64,
    /// What time it is when `now` is zero, since 1970.
    pub epoch: Duration,
    /// The revision before the first write, 1 at least. Kubernetes has made some hundred writes before anybody asks.
    pub first_revision: u64,
    /// How many events back a watch may begin.
    pub window: Window,
    /// How often a watch gets a bookmark; `None`: never.
    pub bookmark_interval: Option<Duration>,
    /// How often caches of idle resources hear how far the others have got; `None`: never. etcd's own default is ten
    /// minutes, kubeadm sets five seconds (`--watch-progress-notify-interval`).
    pub progress_interval: Option<Duration>,
    /// Whether streaming lists are served.
    pub watch_list: WatchList,
    /// How many events may wait to be sent on one watch before the server ends it; `None`: any number. kube-apiserver has
    /// room for 10 to 1000 and some patience (`cacheWatcher`); 100,000, the default, is for who doesn't read at all.
    pub backlog_limit: Option<usize>,
    /// How long a read waits for the cache to get to the version it asks for (`blockTimeout` of storage/cacher).
    pub freshness_timeout: Duration,
    /// How long a watch lasts that doesn't say: this, and up to as long again.
    pub min_request_timeout: Duration,
    /// How many revisions stay readable, for pages and exact lists. Compaction keeps between this and twice as many.
    pub history: u64,
    /// Who may ask.
    pub access: Access,
    /// After how long a new CustomResourceDefinition is served; for as long again it answers 429.
    pub establishing: Duration,
    /// How fast namespaces end, and garbage is collected.
    pub controllers: Controllers,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 0,
            // 2026-01-01T00:00:00Z
            epoch: Duration::from_secs(1_767_225_600),
            first_revision: 200,
            window: Window::default(),
            bookmark_interval: Some(BOOKMARK_INTERVAL),
            progress_interval: Some(Duration::from_secs(5)),
            watch_list: WatchList::default(),
            backlog_limit: Some(100_000),
            freshness_timeout: Duration::from_secs(3),
            min_request_timeout: MIN_REQUEST_TIMEOUT,
            history: 10_000,
            access: Access::default(),
            establishing: Duration::from_millis(20),
            controllers: Controllers::default(),
        }
    }
}

/// What of it concerns requests.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) access: Access,
    pub(super) watch_list: WatchList,
    pub(super) bookmark_interval: Option<Duration>,
    pub(super) progress_interval: Option<Duration>,
    pub(super) backlog_limit: Option<usize>,
    pub(super) freshness_timeout: Duration,
    pub(super) min_request_timeout: Duration,
}

impl Config {
    /// What concerns the cluster, and what concerns requests.
    pub(super) fn split(self) -> (Setup, Settings) {
        let Self { seed, epoch, first_revision, window, history, establishing, controllers, .. } = self;
        let Self { access, watch_list, bookmark_interval, progress_interval, backlog_limit, .. } = self;
        let Self { freshness_timeout, min_request_timeout, .. } = self;
        let setup = Setup { seed, epoch, first_revision, window, history, establishing, controllers };
        let settings = Settings {
            access,
            watch_list,
            bookmark_interval,
            progress_interval,
            backlog_limit,
            freshness_timeout,
            min_request_timeout,
        };
        (setup, settings)
    }
}
