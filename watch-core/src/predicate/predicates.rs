//! Ready-made predicates, with kube's names.
//!
//! Each function returns a property of an object and is a [`Predicate`](crate::Predicate). The properties are JSON,
//! byte for byte as the server sent it. Nothing is normalised: if the server writes the labels in another order, they
//! count as changed. kube-apiserver sorts them.
//!
//! Whatever the predicate, a [`PredicateFilter`](crate::PredicateFilter) passes each new object, each deletion, and the
//! change that sets `metadata.deletionTimestamp`. (In kube and in controller-runtime, a predicate drops a deletion if its
//! property hasn't changed.)
//!
//! | predicate | passes | drops |
//! |---|---|---|
//! | [`generation`] | changes of the desired state, where the resource has generations | changes of status and metadata |
//! | [`resource_version`] | every change | repeats (a [`Diff`](crate::Diff) returns none) |
//! | [`labels`], [`annotations`], [`finalizers`] | changes of that field | other changes |

use bytes::Bytes;

use crate::wire::metadata_member;
use crate::wire::object::Object;
use crate::wire::version::ResourceVersion;

/// Returns `metadata.generation`; `None` if the resource has none, like ConfigMaps and Secrets.
pub fn generation(object: &Object) -> Option<Bytes> {
    member(object, b"generation")
}

/// Returns `metadata.resourceVersion`.
pub fn resource_version(object: &Object) -> Option<ResourceVersion> {
    Some(object.resource_version().clone())
}

/// Returns `metadata.labels`; empty if there are none.
pub fn labels(object: &Object) -> Option<Bytes> {
    Some(member(object, b"labels").unwrap_or_default())
}

/// Returns `metadata.annotations`; empty if there are none.
pub fn annotations(object: &Object) -> Option<Bytes> {
    Some(member(object, b"annotations").unwrap_or_default())
}

/// Returns `metadata.finalizers`; empty if there are none.
pub fn finalizers(object: &Object) -> Option<Bytes> {
    Some(member(object, b"finalizers").unwrap_or_default())
}

/// Returns `metadata.deletionTimestamp`, which is set when the deletion begins.
pub(crate) fn deletion_timestamp(object: &Object) -> Option<Bytes> {
    member(object, b"deletionTimestamp")
}

fn member(object: &Object, name: &[u8]) -> Option<Bytes> {
    metadata_member(object.raw(), name).map(|value| object.raw().slice(value))
}
