//! Drops a change if a property stays the same.

use alloc::collections::BTreeMap;
use core::hash::{BuildHasher, Hash, Hasher};

use super::change::Change;
use super::index::named;
use super::key::{Key, Parts};
use crate::predicate::Predicate;
use crate::predicate::predicates::deletion_timestamp;
use crate::wire::object::Object;

/// Drops a change of an object if a property of the object stays the same: see [`Predicate`].
///
/// No predicate can make it drop a deletion. With any predicate, the following pass:
///
/// - an object that is new;
/// - the change that sets `metadata.deletionTimestamp`, so that a controller removes its finalizer;
/// - a deletion, also one that a relist found ([`Change::Vanished`]). It makes the filter forget the object, so a new
///   object of the same name passes;
/// - [`Change::Synced`];
/// - a change of an object that doesn't have the property.
///
/// It remembers a hash of 64 bits for each object that exists. If the old and the new value have the same hash, the
/// change is dropped. The caller chooses the hash function. With `std::hash::RandomState`, a client that writes the
/// objects can't find two such values.
///
/// ```
/// use std::hash::RandomState;
///
/// use watch_core::{Change, Object, PredicateFilter, predicates};
///
/// let deployment = |json: &'static str| Object::parse(json.into()).unwrap();
/// let mut filter = PredicateFilter::new(predicates::generation, RandomState::new());
/// let old = r#"{"metadata":{"name":"web","resourceVersion":"5","generation":1}}"#;
/// let scaled = r#"{"metadata":{"name":"web","resourceVersion":"6","generation":2}}"#;
/// let ready = r#"{"metadata":{"name":"web","resourceVersion":"7","generation":2},"status":{"readyReplicas":1}}"#;
///
/// assert!(filter.passes(&Change::Added(deployment(old))));
/// assert!(filter.passes(&Change::Modified(deployment(scaled))));
/// assert!(!filter.passes(&Change::Modified(deployment(ready))));
/// assert!(filter.passes(&Change::Deleted(deployment(ready))));
/// ```
#[derive(Clone, Debug)]
pub struct PredicateFilter<P, S> {
    predicate: P,
    hash_builder: S,
    /// The hash of each object that exists and has the property.
    seen: BTreeMap<Key, u64>,
}

impl<P: Predicate, S: BuildHasher> PredicateFilter<P, S> {
    /// Creates a filter that has seen no object.
    pub const fn new(predicate: P, hash_builder: S) -> Self {
        Self { predicate, hash_builder, seen: BTreeMap::new() }
    }

    /// Returns whether the change passes. The caller hands in each change once, in order.
    pub fn passes(&mut self, change: &Change) -> bool {
        match change {
            Change::Added(object) => {
                self.has_changed(object);
                true
            }
            Change::Modified(object) => self.has_changed(object),
            Change::Deleted(object) => {
                self.seen.remove(&named(object) as &dyn Parts);
                true
            }
            Change::Vanished(vanished) => {
                self.seen.remove(&vanished.key);
                true
            }
            Change::Synced { .. } => true,
        }
    }

    /// Stores the hash of the object. Returns whether it differs from the last one, or can't be compared with it.
    fn has_changed(&mut self, object: &Object) -> bool {
        let named = named(object);
        let Some(hash) = self.hash(object) else {
            self.seen.remove(&named as &dyn Parts);
            return true;
        };
        match self.seen.get_mut(&named as &dyn Parts) {
            Some(last) => core::mem::replace(last, hash) != hash,
            None => {
                self.seen.insert(Key::new(&named), hash);
                true
            }
        }
    }

    /// Returns the hash of the property, the uid and the deletion timestamp; `None` if the object doesn't have the
    /// property.
    fn hash(&self, object: &Object) -> Option<u64> {
        let mut hasher = self.hash_builder.build_hasher();
        self.predicate.hash_property(object, &mut hasher).then_some(())?;
        object.uid().hash(&mut hasher);
        deletion_timestamp(object).hash(&mut hasher);
        Some(hasher.finish())
    }
}
