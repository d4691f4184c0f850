//! The configuration of kube's watcher as one of this crate.

use core::time::Duration;

use kube_client::core::Resource as KubeResource;
use kube_runtime::watcher::{Config as KubeConfig, InitialListStrategy, ListSemantic};
use watch_core::{
    Config, ConfigBuilder, ConfigError, InitialList, ListSemantics, Representation, Resource, Start, Timing,
};

/// Returns the configuration for the URL of an `Api`: `/api/v1/namespaces/default/pods`.
pub(super) fn config_of<K: KubeResource>(url: &str, config: KubeConfig) -> Result<Config, ConfigError> {
    let list = match config.initial_list_strategy {
        InitialListStrategy::ListWatch => InitialList::List,
        InitialListStrategy::StreamingList => InitialList::Auto,
    };
    let semantics = match config.list_semantic {
        ListSemantic::MostRecent => ListSemantics::Consistent,
        ListSemantic::Any => ListSemantics::Any,
    };
    let mut timing = Timing::default();
    if let Some(seconds) = config.timeout.filter(|seconds| *seconds > 0) {
        timing.watch = Duration::from_secs(seconds.into());
    }
    let mut builder = target(url)
        .start(Start::InitialList(list))
        .list_semantics(semantics)
        .page_size(config.page_size)
        .bookmarks(config.bookmarks)
        .timing(timing);
    if K::metadata_api() {
        builder = builder.representation(Representation::Metadata);
    }
    if let Some(labels) = config.label_selector {
        builder = builder.labels(labels.as_str());
    }
    if let Some(fields) = config.field_selector {
        builder = builder.fields(fields.as_str());
    }
    builder.build()
}

/// Returns a builder for what a URL of kube stands for. kube makes them by `Resource::url_path`:
/// `/api/VERSION/…` or `/apis/GROUP/VERSION/…`, then `namespaces/NAMESPACE/` if there is one, then the plural.
fn target(url: &str) -> ConfigBuilder {
    let mut parts = url.trim_start_matches('/').split('/');
    let mut next = || parts.next().unwrap_or_default();
    let group = if next() == "apis" { next() } else { "" };
    let version = next();
    match (next(), next(), next()) {
        ("namespaces", namespace, plural) if !plural.is_empty() => {
            Config::builder(Resource::new(group, version, plural)).namespace(namespace)
        }
        (plural, ..) => Config::builder(Resource::new(group, version, plural)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_of_kube_names_the_resource_and_the_namespace() {
        for (url, expected) in [
            ("/api/v1/pods", "pods"),
            ("/api/v1/namespaces/default/pods", "pods in default"),
            ("/apis/apps/v1/namespaces/shop/deployments", "deployments.apps in shop"),
            ("/apis/example.com/v1/widgets", "widgets.example.com"),
            ("/api/v1/namespaces", "namespaces"),
        ] {
            assert_eq!(target(url).build().unwrap().target(), expected, "{url}");
        }
    }
}
