//! The subresources of objects, as discovery lists them.

use http::Method;
use watch_core::wire::Status;

use super::route::Target;
use crate::model::storage::resource::Resource;
use crate::model::validation::errors::{no_such_resource, not_allowed, not_found, not_supported};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Subresource {
    /// `scale`
    pub(crate) name: &'static str,
    /// Group, version and kind of its objects, if they differ from the object's.
    pub(crate) kind: Option<(&'static str, &'static str, &'static str)>,
    pub(crate) verbs: &'static [&'static str],
}

pub(crate) const EVICTION: &str = "eviction";
pub(crate) const SCALE: &str = "scale";

const CHANGED: &[&str] = &["get", "patch", "update"];
const OF_PODS: Subresource =
    Subresource { name: EVICTION, kind: Some(("policy", "v1", "Eviction")), verbs: &["create"] };
const OF_NAMESPACES: Subresource = Subresource { name: "finalize", kind: None, verbs: &["update"] };
const OF_THE_SCALABLE: Subresource =
    Subresource { name: SCALE, kind: Some(("autoscaling", "v1", "Scale")), verbs: CHANGED };
const STATUS: Subresource = Subresource { name: "status", kind: None, verbs: CHANGED };

/// Returns the subresources of a resource that are served, in the order of discovery.
pub(crate) fn subresources(resource: &Resource) -> impl Iterator<Item = Subresource> + use<> {
    let name = resource.name();
    let known = [
        (OF_PODS, name == "pods"),
        (OF_NAMESPACES, name == "namespaces"),
        (OF_THE_SCALABLE, resource.has_scale),
        (STATUS, resource.has_status),
    ];
    known.into_iter().filter_map(|(subresource, is_served)| is_served.then_some(subresource))
}

/// Returns the subresource of a request, if it is one that is served.
pub(crate) fn part(target: &Target) -> Option<Subresource> {
    let name = target.subresource.as_deref()?;
    subresources(&target.resource).find(|part| part.name == name)
}

/// Checks that the subresource exists, and supports this verb.
pub(crate) fn check_subresource(method: &Method, target: &Target, name: &str) -> Result<(), Status> {
    if target.subresource.is_none() {
        return Ok(());
    }
    let resource = &target.resource;
    let verb = match method.as_str() {
        "GET" => "get",
        "PUT" => "update",
        "PATCH" => "patch",
        "POST" => "create",
        _ => "delete",
    };
    match part(target) {
        Some(part) if part.verbs.contains(&verb) => Ok(()),
        // `crdHandler.serveStatus` of apiextensions-apiserver
        Some(_) if resource.custom => Err(not_supported(resource, verb)),
        Some(_) => Err(not_allowed()),
        // `crdHandler.ServeHTTP` looks for the part once it has the resource.
        None if resource.custom => Err(not_found(resource, name)),
        None => Err(no_such_resource()),
    }
}
