//! Access to the metadata by which objects are selected and indexed.

/// A type that has the labels and the owners of its object. A [`LabelMatcher`](crate::LabelMatcher), the ready-made
/// indexes of a store and the filters of its subscribers need it.
///
/// [`Object`](crate::Object) and [`PartialObjectMetadata`](crate::PartialObjectMetadata) implement it, and with the
/// feature `k8s-openapi` each type of k8s-openapi that has metadata. `Object` reads its JSON at each call. For a type of
/// your own:
///
/// ```
/// use std::collections::BTreeMap;
///
/// use watch_core::{LabelMatcher, ObjectMetadata};
///
/// struct Widget {
///     labels: BTreeMap<String, String>,
/// }
///
/// impl ObjectMetadata for Widget {
///     fn for_each_label(&self, visit: &mut dyn FnMut(&str, &str)) {
///         self.labels.iter().for_each(|(key, value)| visit(key, value));
///     }
///
///     fn for_each_owner_uid(&self, _: &mut dyn FnMut(&str)) {} // Widgets have no owners.
///
///     fn is_being_deleted(&self) -> bool {
///         false // Widgets have no finalizers.
///     }
/// }
///
/// let widget = Widget { labels: BTreeMap::from([("app".into(), "web".into())]) };
/// assert!("app in (web,db)".parse::<LabelMatcher>()?.matches_object(&widget));
/// # Ok::<(), watch_core::ConfigError>(())
/// ```
pub trait ObjectMetadata {
    /// Calls `visit` with the key and the value of each label (`metadata.labels`).
    fn for_each_label(&self, visit: &mut dyn FnMut(&str, &str));

    /// Calls `visit` with the uid of each owner (`metadata.ownerReferences`).
    fn for_each_owner_uid(&self, visit: &mut dyn FnMut(&str));

    /// Returns whether the deletion of the object has begun (`metadata.deletionTimestamp`): the object exists until its
    /// finalizers are removed. A filter of a store's subscriber never drops the change that begins the deletion.
    fn is_being_deleted(&self) -> bool;
}

#[cfg(feature = "k8s-openapi")]
impl<T> ObjectMetadata for T
where
    T: k8s_openapi::Metadata<Ty = k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta>,
{
    fn for_each_label(&self, visit: &mut dyn FnMut(&str, &str)) {
        self.metadata().labels.iter().flatten().for_each(|(key, value)| visit(key, value));
    }

    fn for_each_owner_uid(&self, visit: &mut dyn FnMut(&str)) {
        self.metadata().owner_references.iter().flatten().for_each(|owner| visit(&owner.uid));
    }

    fn is_being_deleted(&self) -> bool {
        self.metadata().deletion_timestamp.is_some()
    }
}
