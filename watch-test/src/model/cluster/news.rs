//! What the cluster leaves for open watches.

use std::sync::Arc;

use crate::model::storage::object::Change;
use crate::model::storage::resource::Resource;

/// Something that concerns open watches. It is read in the order in which it happened.
#[derive(Debug)]
pub(crate) enum News {
    /// A replica took in a change of a resource, which is given as its objects are stored.
    Changed { replica: usize, stored: Arc<Resource>, change: Arc<Change> },
    /// Caches may have got further: reads that wait for a version can look again.
    Delivered,
    /// The definition of a resource is gone, in these versions: their watches end.
    TornDown(Vec<Arc<Resource>>),
}
