//! The parts of objects that have a path of their own, as discovery lists them.

use super::resource::Resource;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subresource {
    /// `scale`
    pub(crate) name: &'static str,
    /// Group, version and kind of what is sent and received, where it isn't the object itself.
    pub(crate) kind: Option<(&'static str, &'static str, &'static str)>,
    pub(crate) verbs: &'static [&'static str],
}

const CHANGED: &[&str] = &["get", "patch", "update"];
const EVICTION: Subresource =
    Subresource { name: "eviction", kind: Some(("policy", "v1", "Eviction")), verbs: &["create"] };
const FINALIZE: Subresource = Subresource { name: "finalize", kind: None, verbs: &["update"] };
const SCALE: Subresource = Subresource { name: "scale", kind: Some(("autoscaling", "v1", "Scale")), verbs: CHANGED };
const STATUS: Subresource = Subresource { name: "status", kind: None, verbs: CHANGED };

/// The subresources of a resource that are served, in the order of discovery.
pub(crate) fn subresources(resource: &Resource) -> impl Iterator<Item = Subresource> + use<> {
    let name = resource.name();
    let known = [
        (EVICTION, name == "pods"),
        (FINALIZE, name == "namespaces"),
        (SCALE, resource.has_scale),
        (STATUS, resource.has_status),
    ];
    known.into_iter().filter_map(|(subresource, is_served)| is_served.then_some(subresource))
}
