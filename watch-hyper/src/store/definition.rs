//! What a shared store contains.

use watch_core::FromObject;

use super::builder::StoreBuilder;

/// The definition of a store that several parts of a program share: a transform, and indexes.
/// [`StoreFactory::defined`](super::StoreFactory::defined) returns the store.
///
/// The type that implements it is the name of the definition. Parts that name the same definition get the same store and
/// the same indexes. Each definition has stores of its own, so a part never gets objects that another part transformed.
///
/// If two parts of a program need different indexes, they share a watch if one definition has both indexes.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/server.rs"));
/// use watch_hyper::watch_core::{Config, PartialObjectMetadata, Resource};
/// use watch_hyper::{Index, StoreBuilder, StoreDefinition, StoreFactory};
///
/// struct PodNames;
///
/// #[derive(Clone)]
/// struct PodIndexes {
///     initial: Index<String, char>,
///     length: Index<String, usize>,
/// }
///
/// impl StoreDefinition for PodNames {
///     type Object = PartialObjectMetadata;
///     type Stored = String;
///     type Indexes = PodIndexes;
///
///     fn transform(pod: PartialObjectMetadata) -> String {
///         pod.name().to_owned()
///     }
///
///     fn indexes(builder: &mut StoreBuilder<PartialObjectMetadata, String>) -> PodIndexes {
///         PodIndexes {
///             initial: builder.index("initial", |name: &String| name.chars().next()),
///             length: builder.index("length", |name: &String| [name.len()]),
///         }
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn core::error::Error>> {
/// # let client = watch_hyper::Client::builder(&serve()).build()?;
/// let stores = StoreFactory::new(client, |watch| drop(tokio::spawn(watch)));
/// let config = Config::builder(Resource::core("v1", "pods")).build()?;
/// let pods = stores.defined::<PodNames>(config);
/// pods.ready().await?;
/// assert_eq!(pods.by_index(&pods.indexes().initial, &'w').len(), 1);
/// # Ok(())
/// # }
/// ```
pub trait StoreDefinition: 'static {
    /// The type as which the objects are decoded.
    type Object: FromObject + Send + Sync + 'static;
    /// The type that is stored. It may be the same.
    type Stored: Send + Sync + 'static;
    /// The indexes of the store: an [`Index`](super::Index), or a type with several of them. `()` if there are none.
    type Indexes: Send + Sync + 'static;

    /// Returns what is stored of a decoded object.
    fn transform(object: Self::Object) -> Self::Stored;

    /// Adds the indexes, and returns them. It is called once for each watch, before the watch begins.
    fn indexes(builder: &mut StoreBuilder<Self::Object, Self::Stored>) -> Self::Indexes;
}
