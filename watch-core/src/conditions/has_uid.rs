//! Types that know the uid of their object.

use crate::wire::object::Object;

/// A type that knows the uid of its object, for [`is_deleted`](super::is_deleted).
///
/// [`Object`] implements it. With the feature `k8s-openapi`, all types of k8s-openapi with `metadata` implement it too.
pub trait HasUid {
    /// Returns `metadata.uid`.
    fn uid(&self) -> Option<&str>;
}

impl HasUid for Object {
    fn uid(&self) -> Option<&str> {
        self.uid()
    }
}

#[cfg(feature = "k8s-openapi")]
impl<T> HasUid for T
where
    T: k8s_openapi::Metadata<Ty = k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta>,
{
    fn uid(&self) -> Option<&str> {
        self.metadata().uid.as_deref()
    }
}
