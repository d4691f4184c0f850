//! The fields that identify an object.

use core::ops::Range;

use super::field::Field;
use super::meta::{Found, ObjectHead, missing};
use super::version::ResourceVersion;
use super::wire_error::Malformed;

/// What a watch needs of an object, in addition to its bytes.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub(super) name: Field,
    pub(super) namespace: Field,
    pub(super) uid: Field,
    pub(super) api_version: Field,
    pub(super) kind: Field,
    pub(super) resource_version: ResourceVersion,
    /// It is a Secret, or may be one, so errors show none of its values.
    pub(super) is_secret: bool,
    /// The JSON has a member `kind` or `apiVersion`, whatever its value.
    pub(super) has_type: bool,
    /// The object has a buffer of its own, which has no other bytes.
    pub(super) is_detached: bool,
}

impl Identity {
    /// Takes the fields from what was found in the raw bytes.
    ///
    /// # Errors
    /// Fails if a required field is missing or invalid. The error names the kind of the document, `what`.
    pub(super) fn of(what: &'static str, raw: &[u8], head: ObjectHead<'_>) -> Result<Self, Malformed> {
        let meta = head.metadata.ok_or_else(|| Malformed::new(what, missing("metadata")))?;
        let name = Field::of(meta.name, raw);
        if name.is_absent() {
            return Err(Malformed::new(what, missing("metadata.name")));
        }
        let version = meta.resource_version.ok_or_else(|| Malformed::new(what, missing("metadata.resourceVersion")))?;
        let resource_version = match ResourceVersion::number(version.bytes()) {
            Some(version) => version,
            None => {
                let text = core::str::from_utf8(version.bytes()).map_err(|error| Malformed::not_utf8(what, &error))?;
                ResourceVersion::new(text).map_err(|error| Malformed::version(what, error))?
            }
        };
        // The metadata of any object may be that of a Secret, and its annotations may hold the complete Secret
        // (`last-applied-configuration`).
        let kind = head.kind.as_ref().map(Found::bytes);
        let is_secret = matches!(kind, Some(b"Secret" | b"PartialObjectMetadata"));
        let field = |text| Field::of(text, raw);
        Ok(Self {
            is_secret,
            has_type: head.has_type,
            is_detached: false,
            name,
            namespace: field(meta.namespace),
            uid: field(meta.uid),
            api_version: field(head.api_version),
            kind: field(head.kind),
            resource_version,
        })
    }

    /// Updates the positions of the fields, after a range of bytes was removed.
    pub(super) fn cut(&mut self, removed: &Range<usize>) {
        for field in [&mut self.name, &mut self.namespace, &mut self.uid, &mut self.api_version, &mut self.kind] {
            field.cut(removed);
        }
    }
}
