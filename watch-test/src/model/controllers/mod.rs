//! The controllers of kube-controller-manager that deletions depend on: the namespace controller, which empties and
//! removes namespaces, and the garbage collector.
//!
//! Both work in passes. A pass does what is possible at once; the consequences are left to the next pass. So a test can
//! observe each state in between, for the time between two passes, or until it requests the next one.

mod garbage;
mod namespaces;

use core::time::Duration;

use crate::model::cluster::{ClusterState, Turn};

/// When the next pass is due.
pub(crate) fn next_pass(cluster: &ClusterState) -> Option<Duration> {
    [cluster.work.namespaces.at, cluster.work.garbage.at].into_iter().flatten().min()
}

/// Makes the passes that are due.
pub(crate) fn run(cluster: &mut ClusterState, now: Duration) {
    while let Some(at) = next_pass(cluster).filter(|at| *at <= now) {
        let time = if at.is_zero() { now } else { at };
        if cluster.work.namespaces.at == Some(at) {
            end_namespaces(cluster, time);
        }
        if cluster.work.garbage.at == Some(at) {
            collect_garbage(cluster, time);
        }
    }
}

/// Makes one pass over the Terminating namespaces. Returns whether there is more to do.
pub(crate) fn end_namespaces(cluster: &mut ClusterState, now: Duration) -> bool {
    cluster.work.namespaces = Turn::default();
    for name in cluster.work.terminating.clone() {
        namespaces::end(cluster, now, &name);
    }
    if cluster.work.terminating.is_empty() {
        cluster.work.namespaces = Turn::default();
    }
    cluster.work.namespaces.has_work
}

/// Makes one pass of the garbage collector. Returns whether there is more to do.
pub(crate) fn collect_garbage(cluster: &mut ClusterState, now: Duration) -> bool {
    cluster.work.garbage = Turn::default();
    garbage::collect(cluster, now);
    if cluster.work.owned.is_empty() && cluster.work.leaving.is_empty() {
        cluster.work.garbage = Turn::default();
    }
    cluster.work.garbage.has_work
}
