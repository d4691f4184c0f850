//! Watches of kube's types.

use kube_client::core::Resource as KubeResource;
use watch_core::{Config, ConfigBuilder, Representation, Resource};

/// Returns a builder for the resource of a type that implements `kube::Resource`: a type with kube's
/// `derive(CustomResource)`, or one of k8s-openapi (which `Config::for_type` takes too).
///
/// Group, version and plural are those of the type. For `PartialObjectMeta<K>`, they are those of `K`, and the builder
/// requests the metadata only, as an `Api<PartialObjectMeta<K>>` of kube does. Types whose resource is known only at
/// runtime (`kube`'s `DynamicObject`) aren't accepted; pass their resource to [`Resource::new`].
///
/// ```
/// # use k8s_openapi::api::apps::v1::Deployment;
/// let config = watch_hyper::config_for::<Deployment>().namespace("default").build()?;
/// assert_eq!(config.target(), "deployments.apps in default");
/// # Ok::<(), watch_hyper::watch_core::ConfigError>(())
/// ```
///
/// # The metadata only
///
/// Two types hold only the metadata. `Watch::<PartialObjectMeta<K>>` yields kube's type, which kube's other functions
/// take. The managed fields take most of its decoding time;
/// [`strip_managed_fields`](ConfigBuilder::strip_managed_fields) removes them first.
/// [`PartialObjectMetadata`](watch_core::PartialObjectMetadata) decodes nothing, and is faster.
///
/// ```
/// # use k8s_openapi::api::core::v1::Pod;
/// # use kube_client::core::PartialObjectMeta;
/// # use watch_hyper::{Transport, Watch, config_for};
/// # use watch_hyper::watch_core::{PartialObjectMetadata, Representation};
/// # fn example(transport: Transport) -> Result<(), watch_hyper::watch_core::ConfigError> {
/// let config = config_for::<PartialObjectMeta<Pod>>().strip_managed_fields(true).build()?;
/// assert_eq!(config.representation(), Representation::Metadata);
/// let of_kube = Watch::<PartialObjectMeta<Pod>>::new(transport.clone(), config.clone());
/// let fastest = Watch::<PartialObjectMetadata>::new(transport, config);
/// # drop((of_kube, fastest));
/// # Ok(())
/// # }
/// ```
pub fn config_for<K: KubeResource<DynamicType = ()>>() -> ConfigBuilder {
    let builder = Config::builder(Resource::new(&K::group(&()), &K::version(&()), &K::plural(&())));
    if K::metadata_api() { builder.representation(Representation::Metadata) } else { builder }
}

/// Returns the condition that the object with this uid doesn't exist, for any type that implements `kube::Resource`. It
/// is [`conditions::is_deleted`](watch_core::conditions::is_deleted) for the types of kube's `derive(CustomResource)`,
/// which don't implement the trait [`HasUid`](watch_core::conditions::HasUid).
///
/// ```no_run
/// # use k8s_openapi::api::apps::v1::Deployment as Widget;
/// # use watch_hyper::Transport;
/// # async fn example(transport: Transport, uid: &str) -> Result<(), Box<dyn core::error::Error>> {
/// let minute = core::time::Duration::from_secs(60);
/// let config = watch_hyper::config_for::<Widget>().namespace("default").name("web").deadline(minute).build()?;
/// let outcome = watch_hyper::wait_for::<Widget>(transport, config, watch_hyper::is_deleted(uid)).await?;
/// # Ok(())
/// # }
/// ```
pub fn is_deleted<K: KubeResource>(uid: &str) -> impl Fn(Option<&K>) -> bool + use<'_, K> {
    move |object| object.and_then(|object| object.meta().uid.as_deref()) != Some(uid)
}
