//! Stores that several parts of a program share.

use core::any::{Any, TypeId};
use core::fmt;
use core::marker::PhantomData;
use core::ops::Deref;
use core::pin::Pin;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use watch_core::{Config, FromObject, Object, Representation, Resource};

use super::builder::StoreBuilder;
use super::definition::StoreDefinition;
use super::reader::Store;
use crate::stream::{Stopper, Watch};
use crate::transport::Transport;

/// Stores that several parts of a program share (client-go: `SharedInformerFactory`). Parts that ask for the same
/// objects get the same store, with one watch. [`store`](Self::store) has the decoded objects. A
/// [`StoreDefinition`] adds a transform and indexes.
///
/// The factory spawns nothing itself. It passes the future of each new watch to the function that [`new`](Self::new)
/// took.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/server.rs"));
/// use watch_hyper::StoreFactory;
/// use watch_hyper::watch_core::{Config, Object, Resource};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn core::error::Error>> {
/// # let client = watch_hyper::Client::builder(&serve()).build()?;
/// let stores = StoreFactory::new(client, |watch| drop(tokio::spawn(watch)));
/// let pods = || Config::builder(Resource::core("v1", "pods")).build();
///
/// let one = stores.store::<Object>(pods()?);
/// let other = stores.store::<Object>(pods()?); // the same store; nothing is requested
/// one.ready().await?;
/// assert_eq!(other.list().len(), 1);
/// // The watch ends when both are dropped.
/// # Ok(())
/// # }
/// ```
///
/// Clones share the stores.
#[doc(alias("SharedInformerFactory", "SharedWatches"))]
#[derive(Clone)]
pub struct StoreFactory(Arc<Inner>);

struct Inner {
    transport: Transport,
    spawn: Box<dyn Fn(Driving) + Send + Sync>,
    /// The store of each query.
    stores: Mutex<HashMap<Query, Box<dyn AnyLease>>>,
}

/// A watch to be driven.
type Driving = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What is asked for.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Query {
    /// The type of the objects, or the definition.
    content: TypeId,
    resource: Resource,
    namespace: Option<Box<str>>,
    label_selector: Option<Box<str>>,
    /// Includes the name.
    field_selector: Option<Box<str>>,
    representation: Representation,
    strips_managed_fields: bool,
}

/// The content of a store with this definition. The definition itself could be a type of objects.
struct Defined<D>(PhantomData<D>);

/// A store of a [`StoreFactory`]. Its watch ends when the last clone is dropped.
///
/// It is used as a [`Store`]. A clone of the `Store` itself doesn't keep the watch open.
pub struct SharedStore<T = Object, I = ()>(Arc<Lease<T, I>>);

/// Keeps a watch open.
struct Lease<T, I> {
    store: Store<T>,
    indexes: I,
    stopper: Stopper,
}

impl StoreFactory {
    /// Returns a factory of stores whose watches use this transport. `spawn` is called with the future of each watch,
    /// which it should run as a task. A store whose future is dropped has [ended](super::Ended).
    pub fn new(transport: impl Into<Transport>, spawn: impl Fn(Driving) + Send + Sync + 'static) -> Self {
        let (transport, spawn) = (transport.into(), Box::new(spawn));
        Self(Arc::new(Inner { transport, spawn, stores: Mutex::default() }))
    }

    /// Returns the store of these objects. If there is none, or its watch has ended, returns a new store with a new
    /// watch.
    ///
    /// Two calls ask for the same objects if their type, resource, namespace, name, selectors, representation and
    /// [`strip_managed_fields`](watch_core::ConfigBuilder::strip_managed_fields) are equal. All other settings are those
    /// of the first call.
    pub fn store<T>(&self, config: Config) -> SharedStore<T>
    where
        T: FromObject + Send + Sync + 'static,
    {
        self.shared(Query::of::<T>(&config), config, |watch: Watch<T>| (StoreBuilder::new(watch), ()))
    }

    /// Returns the store of these objects with the transform and the indexes of a definition. Otherwise, it works as
    /// [`store`](Self::store).
    ///
    /// Two calls get the same store if they also name the same definition. In client-go, parts of a program add indexes
    /// to an informer that they share, which fails if two have the same name, and a transform can be set only before the
    /// informer starts. Here, both are part of the definition, so no order of the calls changes what a part gets.
    #[doc(alias("AddIndexers", "SetTransform", "InformerFor"))]
    pub fn defined<D: StoreDefinition>(&self, config: Config) -> SharedStore<D::Stored, D::Indexes> {
        self.shared(Query::of::<Defined<D>>(&config), config, |watch| {
            let mut builder = StoreBuilder::transformed(watch, D::transform);
            let indexes = D::indexes(&mut builder);
            (builder, indexes)
        })
    }

    fn shared<T, S, I>(
        &self,
        query: Query,
        config: Config,
        build: impl FnOnce(Watch<T>) -> (StoreBuilder<T, S>, I),
    ) -> SharedStore<S, I>
    where
        T: FromObject + Send + Sync + 'static,
        S: Send + Sync + 'static,
        I: Send + Sync + 'static,
    {
        let mut stores = self.0.stores();
        let present = stores.get(&query).and_then(|lease| {
            let lease: &dyn Any = &**lease;
            lease.downcast_ref::<Weak<Lease<S, I>>>()?.upgrade()
        });
        if let Some(lease) = present.filter(|lease| !lease.store.has_ended()) {
            return SharedStore(lease);
        }
        let (builder, indexes) = build(Watch::new(self.0.transport.clone(), config));
        let (reflector, store) = builder.build();
        let lease = Arc::new(Lease { store, indexes, stopper: reflector.handle().stopper() });
        // Forgets the stores that nothing uses any more, so that they don't accumulate.
        stores.retain(|_, lease| lease.is_used());
        stores.insert(query, Box::new(Arc::downgrade(&lease)));
        drop(stores);
        (self.0.spawn)(Box::pin(async { drop(reflector.drive().await) }));
        SharedStore(lease)
    }
}

impl Inner {
    fn stores(&self) -> MutexGuard<'_, HashMap<Query, Box<dyn AnyLease>>> {
        self.stores.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Query {
    fn of<T: 'static>(config: &Config) -> Self {
        Self {
            content: TypeId::of::<T>(),
            resource: config.resource().clone(),
            namespace: config.namespace().map(Box::from),
            label_selector: config.label_selector().map(Box::from),
            field_selector: config.field_selector().map(Box::from),
            representation: config.representation(),
            strips_managed_fields: config.strips_managed_fields(),
        }
    }
}

/// A lease of any type of objects, which doesn't keep its watch open.
trait AnyLease: Any + Send {
    fn is_used(&self) -> bool;
}

impl<T: Send + Sync + 'static, I: Send + Sync + 'static> AnyLease for Weak<Lease<T, I>> {
    fn is_used(&self) -> bool {
        self.strong_count() > 0
    }
}

impl<T, I> Drop for Lease<T, I> {
    fn drop(&mut self) {
        self.stopper.stop();
    }
}

impl<T, I> SharedStore<T, I> {
    /// Returns the indexes of the [definition](StoreDefinition).
    pub fn indexes(&self) -> &I {
        &self.0.indexes
    }
}

impl<T, I> Deref for SharedStore<T, I> {
    type Target = Store<T>;

    fn deref(&self) -> &Store<T> {
        &self.0.store
    }
}

impl<T, I> Clone for SharedStore<T, I> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T, I> fmt::Debug for SharedStore<T, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedStore").field(&self.0.store).finish()
    }
}

impl fmt::Debug for StoreFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreFactory").field("stores", &self.0.stores().len()).finish_non_exhaustive()
    }
}
