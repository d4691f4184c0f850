//! The objects of a store at one moment.

use core::borrow::Borrow;
use core::fmt;
use core::ops::{Bound, RangeBounds};
use std::sync::Arc;

use watch_core::{LabelMatcher, Object, ObjectMetadata, ResourceVersion};

use super::index::{Index, Indexes};
use super::key::{Key, Named, Parts};
use super::objects::{Objects, Step};

/// The objects of a [`Store`](super::Store) at one moment, by namespace and name, with its indexes.
///
/// It never changes. [`Store::snapshot`](super::Store::snapshot) returns the current one.
pub struct Set<T = Object> {
    pub(super) objects: Objects<T>,
    pub(super) indexes: Indexes<T>,
    pub(super) resource_version: Option<ResourceVersion>,
    /// The number of changes of the store so far. A list counts as one.
    pub(super) at: u64,
}

impl<T> Set<T> {
    pub(super) fn new(indexes: Indexes<T>) -> Self {
        Self { objects: Objects::new(), indexes, resource_version: None, at: 0 }
    }

    /// Returns the object of this name. Allocates nothing.
    pub fn get(&self, namespace: Option<&str>, name: &str) -> Option<&Arc<T>> {
        let named = Named { namespace: namespace.unwrap_or_default(), name };
        self.objects.get(&named as &dyn Parts).map(|held| &held.object)
    }

    /// Returns all objects, ordered by namespace and name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<T>> {
        Counted { left: self.len(), iter: self.objects.into_iter().map(|(_, held)| &held.object) }
    }

    /// Returns the objects of this namespace, ordered by name. Other namespaces don't make it slower, since all objects
    /// are ordered by namespace. Allocates nothing.
    pub fn in_namespace<'a>(&'a self, namespace: &'a str) -> impl Iterator<Item = &'a Arc<T>> {
        let objects = self.objects.range::<dyn Parts + 'a, _>(Namespace(Named { namespace, name: "" }));
        objects.take_while(move |(key, _)| key.parts().0 == namespace).map(|(_, held)| &held.object)
    }

    /// Returns the objects that have this key in the index, ordered by namespace and name. Allocates nothing.
    ///
    /// # Panics
    /// Panics if the index is of another store.
    pub fn by_index<'a, K, Q>(
        &'a self,
        index: &Index<T, K>,
        key: &'a Q,
    ) -> impl Iterator<Item = &'a Arc<T>> + use<'a, T, K, Q>
    where
        T: Send + Sync + 'static,
        K: Borrow<Q> + Ord + Send + Sync + 'static,
        Q: Ord + ?Sized,
    {
        index.get(&self.indexes, key)
    }

    /// Returns the objects that the label selector matches, ordered by namespace and name. It reads the labels of all
    /// objects; [`StoreBuilder::index_by_label`](super::StoreBuilder::index_by_label) makes an index of one label.
    pub fn select<'a>(&'a self, selector: &'a LabelMatcher) -> impl Iterator<Item = &'a Arc<T>>
    where
        T: ObjectMetadata,
    {
        self.iter().filter(|object| selector.matches_object(&***object))
    }

    /// Returns the number of objects.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Returns whether there are no objects.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns whether the first list is complete (client-go: `HasSynced`). Before that, there are no objects.
    #[doc(alias = "HasSynced")]
    pub const fn is_synced(&self) -> bool {
        self.resource_version.is_some()
    }

    /// Returns the resourceVersion of the objects; `None` before the first list is complete.
    pub const fn resource_version(&self) -> Option<&ResourceVersion> {
        self.resource_version.as_ref()
    }

    /// Has no effect before the first list is complete: a watch from a given version has events but no list.
    pub(super) fn advance(&mut self, to: &ResourceVersion) {
        if let Some(version) = self.resource_version.as_mut().filter(|version| !to.is_before(version)) {
            version.clone_from(to);
        }
    }

    pub(super) fn apply(&mut self, step: &Step<T>)
    where
        T: 'static,
    {
        step.apply(&mut self.objects);
        self.indexes.apply(core::slice::from_ref(step));
        self.at += 1;
    }

    /// Returns the first object after this key; without a key, the first of all objects.
    pub(super) fn next_after(&self, after: Option<&Key>) -> Option<(&Key, &Arc<T>)> {
        let from = after.map_or(Bound::Unbounded, |key| Bound::Excluded(key.clone()));
        self.objects.range::<Key, _>((from, Bound::Unbounded)).next().map(|(key, held)| (key, &held.object))
    }
}

/// The names from the first one of a namespace on.
struct Namespace<'a>(Named<'a>);

impl<'a> RangeBounds<dyn Parts + 'a> for Namespace<'a> {
    fn start_bound(&self) -> Bound<&(dyn Parts + 'a)> {
        Bound::Included(&self.0)
    }

    fn end_bound(&self) -> Bound<&(dyn Parts + 'a)> {
        Bound::Unbounded
    }
}

/// An iterator of a known length.
struct Counted<I> {
    left: usize,
    iter: I,
}

impl<I: Iterator> Iterator for Counted<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        let next = self.iter.next();
        self.left -= usize::from(next.is_some());
        next
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<I: Iterator> ExactSizeIterator for Counted<I> {}

/// Shares all objects and indexes.
impl<T> Clone for Set<T> {
    fn clone(&self) -> Self {
        Self {
            objects: self.objects.clone(),
            indexes: self.indexes.clone(),
            resource_version: self.resource_version.clone(),
            at: self.at,
        }
    }
}

impl<T> fmt::Debug for Set<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Set({} objects, version {:?})", self.len(), self.resource_version)
    }
}
