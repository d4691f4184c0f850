//! The settings of a cluster.

use core::time::Duration;

use super::work::Controllers;
use crate::model::storage::cache::Window;
use crate::model::storage::release::Release;

/// The settings of [`Config`](crate::model::Config) that concern the cluster; they are documented there.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) release: Release,
    pub(crate) seed: u64,
    pub(crate) epoch: Duration,
    pub(crate) first_revision: u64,
    pub(crate) window: Window,
    pub(crate) history: u64,
    pub(crate) establishing: Duration,
    pub(crate) controllers: Controllers,
}
