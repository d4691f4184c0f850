//! The metadata of an object, with its fields as slices of the object's bytes.

mod entries;
mod finalizers;
mod owners;
mod places;
mod reader;

use core::fmt;

use bytes::Bytes;

pub use self::entries::Entries;
pub use self::finalizers::Finalizers;
pub use self::owners::{OwnerReference, OwnerReferences};
use self::places::Places;
use crate::from_object::FromObject;
use crate::object_metadata::ObjectMetadata;
use crate::wire::Malformed;
use crate::wire::object::{DecodeError, Object};
use crate::wire::version::ResourceVersion;

/// The metadata of an object. It is the `T` of a watch that needs only labels, annotations, owners or finalizers.
///
/// This is what client-go calls `PartialObjectMetadata`, and kube-rs `PartialObjectMeta`. The fields aren't copied: each
/// is a slice of the bytes of the object, and the type has no lifetime. Only a text that is written with escapes is
/// stored separately. An object whose metadata has no escapes needs no allocation.
///
/// Any object can be read as this type. With [`Representation::Metadata`](crate::Representation::Metadata) the server
/// sends only the metadata.
///
/// The fields that this type returns are checked strictly. For example, a label that isn't a string is an error. All
/// other members of the metadata, and the rest of the object, are skipped. [`Self::object`] returns the complete
/// object.
///
/// ```
/// use watch_core::PartialObjectMetadata;
///
/// let json = r#"{"metadata":{"name":"web","resourceVersion":"5","generation":2,"labels":{"app":"web"},
///     "ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web-1","uid":"u-1","controller":true}]}}"#;
/// let web = PartialObjectMetadata::parse(json.into())?;
/// assert_eq!((web.name(), web.generation()), ("web", Some(2)));
/// assert_eq!(web.labels().get("app"), Some("web"));
/// let controller = web.owner_references().find(|owner| owner.controller);
/// assert_eq!(controller.map(|owner| owner.name), Some("web-1"));
///
/// // A text to keep, without a copy.
/// let app: bytes::Bytes = web.share(web.labels().get("app").unwrap_or_default());
/// assert_eq!(app, "web");
/// # Ok::<(), watch_core::Malformed>(())
/// ```
#[doc(alias("ObjectMeta", "PartialObjectMeta", "metadata_watcher"))]
#[derive(Clone)]
pub struct PartialObjectMetadata {
    object: Object,
    places: Places,
}

impl PartialObjectMetadata {
    /// Parses an object, and reads its metadata. All of the JSON is checked.
    ///
    /// # Errors
    /// Fails if [`Object::parse`] does, if one of the fields has the wrong type, or if one of them is duplicated.
    pub fn parse(raw: Bytes) -> Result<Self, Malformed> {
        let object = Object::parse(raw)?;
        match reader::read(object.raw()) {
            Ok(places) => Ok(Self { object, places }),
            Err(wrong) => Err(Malformed { offset: Some(wrong.at), ..Malformed::new("object", wrong.message()) }),
        }
    }

    /// Returns the object, with all of its bytes.
    pub const fn object(&self) -> &Object {
        &self.object
    }

    /// Returns the object, with all of its bytes.
    pub fn into_object(self) -> Object {
        self.object
    }

    /// Returns `name`, which is never empty.
    pub fn name(&self) -> &str {
        self.object.name()
    }

    /// Returns `namespace`; `None` if the object is cluster-scoped.
    pub fn namespace(&self) -> Option<&str> {
        self.object.namespace()
    }

    /// Returns `uid`; `None` if the object has none: see [`Object::uid`].
    pub fn uid(&self) -> Option<&str> {
        self.object.uid()
    }

    /// Returns `resourceVersion`: see [`Object::resource_version`].
    pub const fn resource_version(&self) -> &ResourceVersion {
        self.object.resource_version()
    }

    /// Returns `generation`, which the server increments with each change of the desired state; `None` if the resource
    /// has none.
    pub const fn generation(&self) -> Option<i64> {
        self.places.generation
    }

    /// Returns `creationTimestamp`, in the format of RFC 3339 as the server wrote it.
    pub fn creation_timestamp(&self) -> Option<&str> {
        self.places.text(self.object.raw(), self.places.creation_timestamp)
    }

    /// Returns `deletionTimestamp`, in the format of RFC 3339 as the server wrote it. It is present from the
    /// request of the deletion until the object is gone.
    pub fn deletion_timestamp(&self) -> Option<&str> {
        self.places.text(self.object.raw(), self.places.deletion_timestamp)
    }

    /// Returns `labels`, in the order in which the server wrote them.
    pub fn labels(&self) -> Entries<'_> {
        Entries::new(self.object.raw(), &self.places, self.places.labels)
    }

    /// Returns `annotations`, in the order in which the server wrote them.
    pub fn annotations(&self) -> Entries<'_> {
        Entries::new(self.object.raw(), &self.places, self.places.annotations)
    }

    /// Returns `ownerReferences`.
    pub fn owner_references(&self) -> OwnerReferences<'_> {
        OwnerReferences::new(self.object.raw(), &self.places, self.places.owner_references)
    }

    /// Returns `finalizers`.
    pub fn finalizers(&self) -> Finalizers<'_> {
        Finalizers::new(self.object.raw(), &self.places, self.places.finalizers)
    }

    /// Returns a text of this object, such as the value of a label, as `Bytes` that share the memory of the object. A
    /// text from elsewhere is copied.
    pub fn share(&self, text: &str) -> Bytes {
        self.places.share(self.object.raw(), text)
    }
}

impl ObjectMetadata for PartialObjectMetadata {
    fn for_each_label(&self, visit: &mut dyn FnMut(&str, &str)) {
        self.labels().for_each(|(key, value)| visit(key, value));
    }

    fn for_each_owner_uid(&self, visit: &mut dyn FnMut(&str)) {
        self.owner_references().for_each(|owner| visit(owner.uid));
    }

    fn is_being_deleted(&self) -> bool {
        self.deletion_timestamp().is_some()
    }
}

impl FromObject for PartialObjectMetadata {
    type Error = DecodeError;

    fn from_object(object: Object) -> Result<Self, DecodeError> {
        match reader::read(object.raw()) {
            Ok(places) => Ok(Self { object, places }),
            Err(wrong) => {
                // The message has no value of the object, so it may also be shown for a Secret.
                let message = alloc::format!("{} at byte {}", wrong.message(), wrong.at);
                Err(DecodeError::new(object, message))
            }
        }
    }

    /// Copies the bytes of the object: see [`Object::detach`].
    fn detach(self) -> Self {
        Self { object: self.object.detach(), ..self }
    }
}

impl PartialEq for PartialObjectMetadata {
    /// Compares the bytes of the objects.
    fn eq(&self, other: &Self) -> bool {
        self.object == other.object
    }
}

impl Eq for PartialObjectMetadata {}

impl fmt::Debug for PartialObjectMetadata {
    /// Shows no labels or annotations, because the annotations of a Secret may hold its values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "metadata of {}", self.object)
    }
}

impl fmt::Display for PartialObjectMetadata {
    /// Formats as `Pod default/web@228`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.object.fmt(f)
    }
}
