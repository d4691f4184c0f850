//! Types that know the uid of their object.

use crate::metadata::PartialObjectMetadata;
use crate::wire::object::Object;

/// A type that knows the uid of its object, for [`is_deleted`](super::is_deleted).
///
/// [`Object`] and [`PartialObjectMetadata`] implement it. With the feature `k8s-openapi`, all types of k8s-openapi with
/// `metadata` implement it too. For the types of kube's `derive(CustomResource)`, watch-hyper has an `is_deleted` that
/// doesn't need it. For a type of your own:
///
/// ```
/// use watch_core::conditions::{HasUid, is_deleted};
///
/// struct Widget {
///     uid: Option<String>,
/// }
///
/// impl HasUid for Widget {
///     fn uid(&self) -> Option<&str> {
///         self.uid.as_deref()
///     }
/// }
///
/// let widget = Widget { uid: Some("0f1e".into()) };
/// assert!(!is_deleted("0f1e")(Some(&widget)));
/// assert!(is_deleted("9c8b")(Some(&widget)));
/// ```
pub trait HasUid {
    /// Returns `metadata.uid`.
    fn uid(&self) -> Option<&str>;
}

impl HasUid for Object {
    fn uid(&self) -> Option<&str> {
        self.uid()
    }
}

impl HasUid for PartialObjectMetadata {
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
