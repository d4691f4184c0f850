//! The parts of objects that have a path of their own, as discovery lists them.

use http::Method;

use super::resource::Resource;
use super::route::Target;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subresource {
    /// `scale`
    pub(crate) name: &'static str,
    /// Group, version and kind of what is sent and received, where it isn't the object itself.
    pub(crate) kind: Option<(&'static str, &'static str, &'static str)>,
    pub(crate) verbs: &'static [&'static str],
}

pub(super) const EVICTION: &str = "eviction";
pub(super) const SCALE: &str = "scale";

const CHANGED: &[&str] = &["get", "patch", "update"];
const OF_PODS: Subresource =
    Subresource { name: EVICTION, kind: Some(("policy", "v1", "Eviction")), verbs: &["create"] };
const OF_NAMESPACES: Subresource = Subresource { name: "finalize", kind: None, verbs: &["update"] };
const OF_THE_SCALABLE: Subresource =
    Subresource { name: SCALE, kind: Some(("autoscaling", "v1", "Scale")), verbs: CHANGED };
const STATUS: Subresource = Subresource { name: "status", kind: None, verbs: CHANGED };

/// The subresources of a resource that are served, in the order of discovery.
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

/// The part of an object that a request is about, if it is one that is served.
pub(super) fn part(target: &Target) -> Option<Subresource> {
    let name = target.subresource.as_deref()?;
    subresources(&target.resource).find(|part| part.name == name)
}

/// Whether a method can be used on an object, or on a part of one. What isn't a part that is served isn't found instead.
pub(super) fn is_allowed(target: &Target, method: &Method) -> bool {
    let verb = match method.as_str() {
        "GET" => "get",
        "PUT" => "update",
        "PATCH" => "patch",
        "POST" => "create",
        _ => "",
    };
    match part(target) {
        Some(part) => part.verbs.contains(&verb),
        None => target.subresource.is_some() || method != Method::POST,
    }
}
