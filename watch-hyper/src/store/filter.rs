//! Drops the changes that leave a property of an object the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use watch_core::ObjectMetadata;

use super::change::{Keyed, StoreChange};
use super::key::Key;

/// Returns whether the property of two states is the same.
type IsSame<T> = dyn Fn(&T, &T) -> bool + Send + Sync;

/// A filter of the changes of one subscriber. It can drop nothing but an update.
pub(super) struct Filter<T> {
    is_same: Box<IsSame<T>>,
    /// The last state that passed, of each object whose later changes were dropped.
    passed: BTreeMap<Key, Arc<T>>,
}

impl<T: ObjectMetadata> Filter<T> {
    pub(super) fn new<P: PartialEq>(property: impl Fn(&T) -> Option<P> + Send + Sync + 'static) -> Self {
        let is_same = move |old: &T, new: &T| {
            let has_same = property(old).is_some_and(|old| property(new).is_some_and(|new| old == new));
            has_same && old.is_being_deleted() == new.is_being_deleted()
        };
        Self { is_same: Box::new(is_same), passed: BTreeMap::new() }
    }
}

impl<T> Filter<T> {
    /// Returns the change if it passes. The old object of an update is then the last one that passed.
    pub(super) fn pass(&mut self, Keyed { key, change }: Keyed<T>) -> Option<Keyed<T>> {
        let Some(key) = key else { return Some(Keyed::marker(change)) };
        let passed = self.passed.remove(&key);
        let change = match change {
            StoreChange::Modified { old, new } => {
                let old = passed.unwrap_or(old);
                if (self.is_same)(&old, &new) {
                    self.passed.insert(key, old);
                    return None;
                }
                StoreChange::Modified { old, new }
            }
            change => change,
        };
        Some(Keyed { key: Some(key), change })
    }
}
