//! News of the cluster for open watches.

use std::sync::Arc;

use crate::model::storage::object::Change;
use crate::model::storage::resource::Resource;

/// A change that concerns open watches, in the order of the changes.
#[derive(Debug)]
pub(crate) enum News {
    /// A replica processed a change of a resource, which is given as its objects are stored.
    Changed { replica: usize, stored: Arc<Resource>, change: Arc<Change> },
    /// Caches may have a newer version: reads that wait for a version can check again.
    Delivered,
    /// The definition of a resource is gone, in these versions: their watches end.
    TornDown(Vec<Arc<Resource>>),
}
