//! A type of kube's, as what is watched.

use kube_client::core::Resource as KubeResource;
use watch_core::{Config, ConfigBuilder, Resource};

/// Begins a configuration with the resource of a type that implements `kube::Resource`: one by kube's
/// `derive(CustomResource)`, or one of k8s-openapi (which `Config::for_type` takes too).
///
/// Group, version and plural are the type's. Types whose resource is known at run time only (`kube`'s `DynamicObject`)
/// have no such; give theirs to [`Resource::new`].
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
