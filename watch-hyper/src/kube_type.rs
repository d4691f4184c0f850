//! Watches of kube's types.

use kube_client::core::Resource as KubeResource;
use watch_core::{Config, ConfigBuilder, ConfigError, FromObject, Representation, Resource};

use crate::stream::Watch;
use crate::transport::Transport;

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
    let builder = Config::builder(resource::<K>());
    if K::metadata_api() { builder.representation(Representation::Metadata) } else { builder }
}

/// Returns a watch of the objects of a type that implements `kube::Resource`, after [`check_type`].
///
/// # Errors
/// Fails if the configuration has another resource than the type.
///
/// ```
/// # use k8s_openapi::api::apps::v1::Deployment;
/// # use k8s_openapi::api::core::v1::Pod;
/// # use kube_client::core::PartialObjectMeta;
/// # use watch_hyper::{Transport, config_for, watch_for};
/// # fn example(transport: Transport) -> Result<(), watch_hyper::watch_core::ConfigError> {
/// let pods = config_for::<PartialObjectMeta<Pod>>().build()?;
/// let watch = watch_for::<PartialObjectMeta<Pod>>(transport.clone(), pods.clone())?;
/// assert!(watch_for::<PartialObjectMeta<Deployment>>(transport, pods).is_err());
/// # Ok(())
/// # }
/// ```
pub fn watch_for<K>(transport: impl Into<Transport>, config: Config) -> Result<Watch<K>, ConfigError>
where
    K: KubeResource<DynamicType = ()> + FromObject,
{
    check_type::<K>(&config)?;
    Ok(Watch::new(transport, config))
}

/// Checks that the configuration has the resource of a type that implements `kube::Resource`: group, version and plural.
///
/// [`Watch::new`] and [`wait_for`](crate::wait_for()) check the types of k8s-openapi themselves. They can't check a type
/// with kube's `derive(CustomResource)` or a `PartialObjectMeta<K>`, because such a type can be decoded from objects of
/// other resources.
///
/// # Errors
/// Fails with [`ConfigError::WrongType`], which names both.
///
/// ```
/// # use k8s_openapi::api::apps::v1::Deployment;
/// # use kube_client::core::PartialObjectMeta;
/// # use watch_hyper::watch_core::{Config, Resource};
/// let pods = Config::builder(Resource::core("v1", "pods")).build()?;
/// let error = watch_hyper::check_type::<PartialObjectMeta<Deployment>>(&pods).unwrap_err().to_string();
/// assert!(error.starts_with("resource: the configuration has pods (v1), but the type of the objects is Deployment (apps/v1, deployments)"));
/// # Ok::<(), watch_hyper::watch_core::ConfigError>(())
/// ```
pub fn check_type<K: KubeResource<DynamicType = ()>>(config: &Config) -> Result<(), ConfigError> {
    let (configured, of_type) = (config.resource(), resource::<K>());
    if *configured == of_type {
        return Ok(());
    }
    Err(ConfigError::WrongType {
        configured: format!("{} ({})", configured.plural(), configured.api_version()).into(),
        found: format!("{} ({}, {})", K::kind(&()), of_type.api_version(), of_type.plural()).into(),
    })
}

fn resource<K: KubeResource<DynamicType = ()>>() -> Resource {
    Resource::new(&K::group(&()), &K::version(&()), &K::plural(&()))
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
