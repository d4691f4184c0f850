//! Makes a store with more than the default.

use core::fmt;
use std::sync::Arc;

use watch_core::{FromObject, Object, ObjectMetadata};

use super::index::{Index, Indexes, Maintained};
use super::published::Publisher;
use super::reader::Store;
use super::reflector::{Reflector, Transform};
use super::set::Set;
use crate::stream::{Handle, Watch};

/// The default number of changes that a store keeps for slow subscribers.
const CAPACITY: usize = 1024;

/// Makes a [`Store`] with indexes, or a store of transformed objects. [`Watch::store`] makes a store with neither.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/server.rs"));
/// use std::collections::BTreeMap;
///
/// use serde::Deserialize;
/// use watch_hyper::watch_core::{Config, Resource};
/// use watch_hyper::{StoreBuilder, Watch};
///
/// #[derive(Deserialize)]
/// struct Pod {
///     metadata: Metadata,
///     spec: Option<Spec>,
/// }
///
/// #[derive(Deserialize)]
/// struct Metadata {
///     name: String,
///     annotations: Option<BTreeMap<String, String>>,
/// }
///
/// #[derive(Deserialize)]
/// #[serde(rename_all = "camelCase")]
/// struct Spec {
///     node_name: Option<String>,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn core::error::Error>> {
/// # let client = watch_hyper::Client::builder(&serve()).build()?;
/// let config = Config::builder(Resource::core("v1", "pods")).build()?;
/// let watch = Watch::<Pod>::new(client, config);
/// // A transform: in place, as here, or to another type.
/// let mut builder = StoreBuilder::transformed(watch, |mut pod: Pod| {
///     pod.metadata.annotations = None;
///     pod
/// });
/// let by_node = builder.index("node", |pod: &Pod| pod.spec.as_ref().and_then(|spec| spec.node_name.clone()));
/// let by_initial = builder.index("initial", |pod: &Pod| pod.metadata.name.chars().next());
/// let (reflector, store) = builder.build();
/// tokio::spawn(reflector.drive());
///
/// store.ready().await?;
/// assert_eq!(store.by_index(&by_node, "node-1").len(), 0);
/// assert_eq!(store.by_index(&by_initial, &'w').len(), 1);
/// # Ok(())
/// # }
/// ```
#[must_use = "call `build` to get a store"]
pub struct StoreBuilder<T = Object, S = T> {
    handle: Handle,
    transform: Transform<T, S>,
    capacity: usize,
    indexes: Vec<Arc<dyn Maintained<S>>>,
}

impl<T: FromObject + 'static> StoreBuilder<T> {
    /// Returns a builder for a store of the decoded objects.
    pub fn new(watch: Watch<T>) -> Self {
        Self::transformed(watch, |object| object)
    }
}

impl<T: FromObject + Clone + 'static> StoreBuilder<T> {
    /// Returns a builder for a store of clones of the decoded objects. A clone needs less memory: the vectors and strings
    /// of a decoded object have spare capacity, and those of a clone don't. The clones of pods are 7 % smaller. Each
    /// object that is new or changed costs more CPU time.
    ///
    /// Use it for a type whose `Clone` copies everything, such as the types of k8s-openapi.
    #[expect(clippy::redundant_clone, reason = "the clone has no spare capacity")]
    pub fn compact(watch: Watch<T>) -> Self {
        Self::transformed(watch, |object| object.clone())
    }
}

impl<T: FromObject, S: 'static> StoreBuilder<T, S> {
    /// Returns a builder for a store of transformed objects (client-go: `SetTransform`). `transform` takes a decoded
    /// object and returns what is stored: the same object without what isn't needed, or another type. The reflector
    /// calls it for each object that is new or changed.
    #[doc(alias = "SetTransform")]
    pub fn transformed(watch: Watch<T>, transform: impl FnMut(T) -> S + Send + 'static) -> Self {
        Self { handle: watch.into_handle(), transform: Box::new(transform), capacity: CAPACITY, indexes: Vec::new() }
    }

    /// Sets the number of changes that the store keeps for slow subscribers. The number is at least 1, and is rounded
    /// up to a power of two. Default: 1,024. All subscribers share these changes. Without a subscriber, the store keeps
    /// none.
    pub const fn capacity(mut self, changes: usize) -> Self {
        self.capacity = changes;
        self
    }

    /// Adds an index of the objects by their keys. `keys_of` returns the keys of an object: none or one (an `Option`),
    /// or several. The store updates the index with each change, and the index is part of each snapshot. The name is
    /// for messages.
    ///
    /// `keys_of` must return the same keys for the same object.
    #[doc(alias = "AddIndexers")]
    pub fn index<K, I>(&mut self, name: &str, keys_of: impl Fn(&S) -> I + Send + Sync + 'static) -> Index<S, K>
    where
        S: Send + Sync + 'static,
        K: Ord + Send + Sync + 'static,
        I: IntoIterator<Item = K>,
    {
        self.add(name, move |object, add| keys_of(object).into_iter().for_each(add))
    }

    /// Adds an index by the value of this label.
    pub fn index_by_label(&mut self, label: &str) -> Index<S, Box<str>>
    where
        S: ObjectMetadata + Send + Sync + 'static,
    {
        let label: Box<str> = label.into();
        self.add(&format!("label {label}"), move |object: &S, add| {
            object.for_each_label(&mut |key, value| {
                if *key == *label {
                    add(value.into());
                }
            });
        })
    }

    /// Adds an index by the uids of the owners (`metadata.ownerReferences`).
    pub fn index_by_owner(&mut self) -> Index<S, Box<str>>
    where
        S: ObjectMetadata + Send + Sync + 'static,
    {
        self.add("owner", |object: &S, add| object.for_each_owner_uid(&mut |uid| add(uid.into())))
    }

    fn add<K>(&mut self, name: &str, keys_of: impl Fn(&S, &mut dyn FnMut(K)) + Send + Sync + 'static) -> Index<S, K>
    where
        S: Send + Sync + 'static,
        K: Ord + Send + Sync + 'static,
    {
        let (index, state) = Index::new(name, self.indexes.len(), Box::new(keys_of));
        self.indexes.push(state);
        index
    }

    /// Returns the stream that updates the store, which has to be polled, and the store.
    pub fn build(self) -> (Reflector<T, S>, Store<S>) {
        let set = Set::new(Indexes::new(self.indexes));
        // The channel requires at least one, and no more than this.
        let capacity = self.capacity.clamp(1, 1 << 24);
        let (publisher, published, changed) = Publisher::new(set.clone(), capacity);
        (Reflector::new(self.handle, self.transform, set, publisher), Store::new(published, changed))
    }
}

impl<T, S> fmt::Debug for StoreBuilder<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreBuilder")
            .field("handle", &self.handle)
            .field("capacity", &self.capacity)
            .field("indexes", &self.indexes.len())
            .finish_non_exhaustive()
    }
}
