//! Indexes of a store, which are part of each of its states.

use core::any::Any;
use core::borrow::Borrow;
use core::cmp::Ordering;
use core::fmt;
use core::ops::{Bound, RangeBounds};
use std::sync::Arc;

use immutable_chunkmap::map::Map;

use super::key::Key;
use super::objects::{NODE, Step};

/// An index of a store. It orders the objects of a [`Set`](super::Set) by keys that a function computes from each
/// object. [`StoreBuilder::index`](super::StoreBuilder::index) makes one, and [`Set::by_index`](super::Set::by_index)
/// looks the objects up. Clones are the same index.
pub struct Index<T, K> {
    definition: Arc<Definition<T, K>>,
    /// The position among the indexes of the store.
    position: usize,
}

/// The name and the function of an index. Its handle and its states share them.
struct Definition<T, K> {
    name: Box<str>,
    keys_of: KeysOf<T, K>,
}

/// Calls the function with each key of the object.
type KeysOf<T, K> = Box<dyn Fn(&T, &mut dyn FnMut(K)) + Send + Sync>;

/// A state of an index, with any type of keys.
pub(super) trait Maintained<T>: Any + Send + Sync {
    /// Returns the state after these steps.
    fn after(&self, steps: &[Step<T>]) -> Arc<dyn Maintained<T>>;
}

/// A state of an index.
struct State<T, K: Ord> {
    definition: Arc<Definition<T, K>>,
    entries: Map<Entry<K>, Arc<T>, NODE>,
}

/// The states of all indexes of a store.
pub(super) struct Indexes<T>(Arc<[Arc<dyn Maintained<T>>]>);

impl<T> Indexes<T> {
    pub(super) fn new(indexes: Vec<Arc<dyn Maintained<T>>>) -> Self {
        Self(indexes.into())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn apply(&mut self, steps: &[Step<T>])
    where
        T: 'static,
    {
        if !self.0.is_empty() {
            Arc::make_mut(&mut self.0).iter_mut().for_each(|index| *index = index.after(steps));
        }
    }
}

impl<T> Clone for Indexes<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Send + Sync + 'static, K: Ord + Send + Sync + 'static> Index<T, K> {
    /// Returns an index, and its state before the first list.
    pub(super) fn new(name: &str, position: usize, keys_of: KeysOf<T, K>) -> (Self, Arc<dyn Maintained<T>>) {
        let definition = Arc::new(Definition { name: name.into(), keys_of });
        let state = State { definition: Arc::clone(&definition), entries: Map::new() };
        (Self { definition, position }, Arc::new(state))
    }

    /// Returns the objects that have this key, by namespace and name.
    pub(super) fn get<'a, Q>(
        &self,
        indexes: &'a Indexes<T>,
        key: &'a Q,
    ) -> impl Iterator<Item = &'a Arc<T>> + use<'a, T, K, Q>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let found = indexes.0.get(self.position).and_then(|state| {
            let state: &dyn Any = &**state;
            state.downcast_ref::<State<T, K>>().filter(|state| Arc::ptr_eq(&state.definition, &self.definition))
        });
        let Some(state) = found else { panic!("the index {:?} belongs to another store", self.definition.name) };
        let entries = state.entries.range::<dyn Keyed<Q> + 'a, _>(From(key));
        entries.take_while(move |(entry, _)| entry.key().borrow() == key).map(|(_, object)| object)
    }
}

impl<T: Send + Sync + 'static, K: Ord + Send + Sync + 'static> Maintained<T> for State<T, K> {
    fn after(&self, steps: &[Step<T>]) -> Arc<dyn Maintained<T>> {
        let mut entries = self.entries.clone();
        let keys_of = &self.definition.keys_of;
        for step in steps {
            // An entry that the object has before and after the step is replaced below. Only the other entries are
            // removed.
            let (mut before, mut after) = (Vec::new(), Vec::new());
            if let Some(object) = step.object_before() {
                keys_of(object, &mut |key| before.push(Entry::new(key, &step.key)));
            }
            if let Some(object) = step.object_after() {
                keys_of(object, &mut |key| after.push((Entry::new(key, &step.key), Arc::clone(object))));
            }
            for entry in before.iter().filter(|entry| after.iter().all(|(after, _)| after != *entry)) {
                entries.remove_cow(entry);
            }
            for (entry, object) in after {
                entries.insert_cow(entry, object);
            }
        }
        Arc::new(Self { definition: Arc::clone(&self.definition), entries })
    }
}

/// A key of the index, and the name of one of its objects. Clones share both.
struct Entry<K>(Arc<(K, Key)>);

impl<K> Entry<K> {
    fn new(key: K, object: &Key) -> Self {
        Self(Arc::new((key, object.clone())))
    }

    fn key(&self) -> &K {
        &self.0.0
    }
}

/// An entry, or the place before all entries of a key.
trait Keyed<Q: ?Sized> {
    fn keyed(&self) -> (&Q, Option<&Key>);
}

impl<K: Borrow<Q>, Q: ?Sized> Keyed<Q> for Entry<K> {
    fn keyed(&self) -> (&Q, Option<&Key>) {
        (self.key().borrow(), Some(&self.0.1))
    }
}

/// The entries from this key on.
struct From<'a, Q: ?Sized>(&'a Q);

impl<Q: ?Sized> Keyed<Q> for From<'_, Q> {
    fn keyed(&self) -> (&Q, Option<&Key>) {
        (self.0, None)
    }
}

impl<'a, Q: ?Sized> RangeBounds<dyn Keyed<Q> + 'a> for From<'a, Q> {
    fn start_bound(&self) -> Bound<&(dyn Keyed<Q> + 'a)> {
        Bound::Included(self)
    }

    fn end_bound(&self) -> Bound<&(dyn Keyed<Q> + 'a)> {
        Bound::Unbounded
    }
}

impl<'a, K: Borrow<Q> + 'a, Q: ?Sized> Borrow<dyn Keyed<Q> + 'a> for Entry<K> {
    fn borrow(&self) -> &(dyn Keyed<Q> + 'a) {
        self
    }
}

impl<Q: Ord + ?Sized> Ord for dyn Keyed<Q> + '_ {
    fn cmp(&self, other: &Self) -> Ordering {
        self.keyed().cmp(&other.keyed())
    }
}

impl<Q: Ord + ?Sized> PartialOrd for dyn Keyed<Q> + '_ {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<Q: Ord + ?Sized> PartialEq for dyn Keyed<Q> + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<Q: Ord + ?Sized> Eq for dyn Keyed<Q> + '_ {}

impl<K: Ord> Ord for Entry<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl<K: Ord> PartialOrd for Entry<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K: Ord> PartialEq for Entry<K> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<K: Ord> Eq for Entry<K> {}

impl<K> Clone for Entry<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T, K> Clone for Index<T, K> {
    fn clone(&self) -> Self {
        Self { definition: Arc::clone(&self.definition), position: self.position }
    }
}

impl<T, K> fmt::Debug for Index<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Index({:?})", self.definition.name)
    }
}
