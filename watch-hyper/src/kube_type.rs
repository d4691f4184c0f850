//! Watches of kube's types.

use kube_client::core::Resource as KubeResource;
use watch_core::{Config, ConfigBuilder, Resource};

/// Returns a builder for the resource of a type that implements `kube::Resource`: a type with kube's
/// `derive(CustomResource)`, or one of k8s-openapi (which `Config::for_type` takes too).
///
/// Group, version and plural are those of the type. Types whose resource is known only at run time (`kube`'s
/// `DynamicObject`) aren't accepted; pass their resource to [`Resource::new`].
///
/// ```
/// # use k8s_openapi::api::apps::v1::Deployment;
/// let config = watch_hyper::config_for::<Deployment>().namespace("default").build()?;
/// assert_eq!(config.target(), "deployments.apps in default");
/// # Ok::<(), watch_hyper::watch_core::ConfigError>(())
/// ```
pub fn config_for<K: KubeResource<DynamicType = ()>>() -> ConfigBuilder {
    Config::builder(Resource::new(&K::group(&()), &K::version(&()), &K::plural(&())))
}
