//! The state of the cluster, and every write to it: the store, the resources, the caches of each replica, and the
//! timers of definitions and controllers.
//!
//! Requests and exchanges aren't known here. The news for open watches are kept as [`News`] until it is
//! [taken](ClusterState::take_news).

mod by_name;
mod delete;
mod establishing;
mod gone;
mod history;
mod lifecycle;
mod news;
mod publish;
mod replicas;
mod setup;
mod termination;
mod work;
mod write;

use core::time::Duration;
use std::sync::Arc;

use watch_core::wire::Status;

use self::establishing::Establishing;
pub(crate) use self::news::News;
use self::replicas::Replica;
pub(crate) use self::setup::Setup;
pub use self::work::{Controllers, Pace};
pub(crate) use self::work::{Place, Turn, Work};
use crate::model::storage::resource::Resource;
use crate::model::storage::resources::Resources;
use crate::model::storage::store::{LAST_VERSION, Store};
use crate::model::validation::errors::no_such_resource;
use crate::rng::Rng;

/// 9999-12-31T23:59:59Z
const LAST_DATE: Duration = Duration::from_secs(253_402_300_799);

#[derive(Debug)]
pub(crate) struct ClusterState {
    pub(crate) store: Store,
    pub(crate) resources: Resources,
    pub(crate) rng: Rng,
    pub(crate) work: Work,
    /// Whether writes are dry runs: they are checked and answered, and nothing is stored.
    pub(crate) is_dry_run: bool,
    setup: Setup,
    replicas: Vec<Replica>,
    establishing: Vec<Establishing>,
    news: Vec<News>,
}

impl ClusterState {
    /// A cluster without objects, with one replica.
    pub(crate) fn new(setup: Setup) -> Self {
        let resources = Resources::built_in(setup.release);
        let store = Store::new(setup.first_revision.clamp(1, LAST_VERSION));
        let replica = Replica::new(&resources, setup.window, store.revision());
        Self {
            rng: Rng::new(setup.seed),
            work: Work::default(),
            is_dry_run: false,
            replicas: vec![replica],
            establishing: Vec::new(),
            news: Vec::new(),
            setup,
            store,
            resources,
        }
    }

    /// Returns the news for open watches since the last call.
    pub(crate) fn take_news(&mut self) -> Vec<News> {
        core::mem::take(&mut self.news)
    }

    /// Finds a resource by any of its names.
    pub(crate) fn resource(&self, name: &str) -> Result<Arc<Resource>, Status> {
        self.resources.find(name).cloned().ok_or_else(no_such_resource)
    }

    /// Returns the time since 1970.
    pub(crate) fn clock(&self, now: Duration) -> Duration {
        self.setup.epoch + now
    }

    /// Returns the time as a text for objects.
    pub(crate) fn timestamp(&self, now: Duration) -> String {
        // There are no later dates.
        let since = self.setup.epoch.saturating_add(now).min(LAST_DATE);
        let at = std::time::UNIX_EPOCH + since;
        humantime::format_rfc3339_seconds(at).to_string()
    }
}
