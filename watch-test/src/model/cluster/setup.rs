//! How a cluster is set up.

use core::time::Duration;

use super::work::Controllers;
use crate::model::storage::cache::Window;

/// The settings of a cluster: those of [`Config`](crate::model::Config) that concern it, described there.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) seed: u64,
    pub(crate) epoch: Duration,
    pub(crate) first_revision: u64,
    pub(crate) window: Window,
    pub(crate) history: u64,
    pub(crate) establishing: Duration,
    pub(crate) controllers: Controllers,
}
