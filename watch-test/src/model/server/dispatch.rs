//! The verb of a request to an object, by its method and its path.

use super::objects::ObjectRequest;
use crate::model::admission::dry_run;
use crate::model::endpoints::reply::{ErrorReply, Reply, nothing};
use crate::model::endpoints::subresource::{EVICTION, SCALE, check_subresource, part};
use crate::model::validation::errors::{bad_request, not_allowed};

/// Executes the request.
pub(super) fn dispatch(mut object: ObjectRequest<'_>) -> Result<Reply, ErrorReply> {
    let ObjectRequest { target, request, .. } = object;
    if let Some(name) = &target.name {
        check_subresource(request.method, target, name)?;
    }
    object.cluster.is_dry_run = dry_run::of(request.method, request.query)?;
    let part = part(target).map(|part| part.name);
    match (request.method.as_str(), &target.name) {
        ("GET", Some(name)) if part == Some(SCALE) => object.get_scale(name),
        ("PUT", Some(name)) if part == Some(SCALE) => object.put_scale(name),
        ("PATCH", Some(name)) if part == Some(SCALE) => object.patch_scale(name),
        ("POST", Some(name)) if part == Some(EVICTION) => object.evict(name),
        ("GET", Some(name)) => object.get(name),
        // Custom resources are looked up, not routed.
        ("POST" | "DELETE", None)
            if target.resource.custom && target.resource.namespaced && target.namespace.is_none() =>
        {
            Ok(nothing())
        }
        ("PUT" | "PATCH", None) if target.resource.custom => Err(bad_request("name must be provided").into()),
        ("POST", None) => object.create(),
        ("PUT", Some(name)) => object.put(name),
        ("PATCH", Some(name)) => object.patch(name),
        ("DELETE", Some(name)) => object.delete(name),
        // One namespace at a time.
        ("DELETE", None)
            if target.resource.has_deletecollection() && target.resource.namespaced == target.namespace.is_some() =>
        {
            object.delete_collection()
        }
        _ => Err(not_allowed().into()),
    }
}
