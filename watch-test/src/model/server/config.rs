//! The settings of the server.

use core::time::Duration;

use super::bookmark_times::BOOKMARK_INTERVAL;
use super::start::MIN_REQUEST_TIMEOUT;
use crate::model::cluster::{Controllers, Setup};
use crate::model::endpoints::access::Access;
use crate::model::endpoints::list_options::WatchList;
use crate::model::storage::cache::Window;
use crate::model::storage::release::Release;

/// The settings of an [`ApiServer`](crate::model::ApiServer). The defaults are those of kube-apiserver.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The release of Kubernetes whose answers the server gives, where releases differ.
    pub release: Release,
    /// The seed of uids, generated names and the spread of watch timeouts.
    pub seed: u64,
    /// The time since 1970 when `now` is zero.
    pub epoch: Duration,
    /// The revision before the first write, at least 1. The default is 200, since a new cluster has made some writes
    /// before the first request of a user.
    pub first_revision: u64,
    /// The namespaces that exist from the start, in addition to `default` and `kube-system`. They are created up to
    /// [`first_revision`](Self::first_revision), so their number doesn't change later versions (unless there are fewer
    /// revisions). The default is those of a new cluster: `kube-node-lease` and `kube-public`.
    pub namespaces: Vec<String>,
    /// How many events back a watch may start.
    pub window: Window,
    /// The interval of bookmarks; `None` means never.
    pub bookmark_interval: Option<Duration>,
    /// The interval of progress notifications to the caches of idle resources; `None` means never. etcd's own default
    /// is ten minutes, kubeadm sets five seconds (`--watch-progress-notify-interval`).
    pub progress_interval: Option<Duration>,
    /// The support of streaming lists.
    pub watch_list: WatchList,
    /// The most events in the queue of a watch before the server ends the watch; `None` means no limit. kube-apiserver
    /// has room for 10 to 1000 events and some patience (`cacheWatcher`). The default of 100,000 ends only watches of
    /// clients that don't read.
    pub backlog_limit: Option<usize>,
    /// How long a read waits for the cache to reach the requested version (`blockTimeout` of storage/cacher).
    pub freshness_timeout: Duration,
    /// The shortest duration of a watch without `timeoutSeconds`; the longest is twice that.
    pub min_request_timeout: Duration,
    /// How many revisions stay readable, for pages and exact lists. Compaction keeps between this number and twice as
    /// many.
    pub history: u64,
    /// Who may send requests.
    pub access: Access,
    /// The time until a new CustomResourceDefinition is served; for the same time after that it answers 429.
    pub establishing: Duration,
    /// The pace of the controllers: the end of namespaces, and garbage collection.
    pub controllers: Controllers,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            release: Release::default(),
            seed: 0,
            // 2026-01-01T00:00:00Z
            epoch: Duration::from_secs(1_767_225_600),
            first_revision: 200,
            namespaces: ["kube-node-lease", "kube-public"].map(str::to_owned).into(),
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

/// The settings that concern requests.
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
    /// Returns the settings that concern the cluster, and those that concern requests.
    pub(super) fn split(self) -> (Setup, Settings) {
        let Self { release, seed, epoch, first_revision, window, history, establishing, controllers, .. } = self;
        let Self { access, watch_list, bookmark_interval, progress_interval, backlog_limit, .. } = self;
        let Self { freshness_timeout, min_request_timeout, .. } = self;
        let setup = Setup { release, seed, epoch, first_revision, window, history, establishing, controllers };
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
