//! The owners of an object.

use core::fmt;
use core::iter::FusedIterator;

use super::places::{Place, Places};
use crate::wire::read::Cursor;

/// An owner of an object (`meta/v1.OwnerReference`). A text that the server didn't write is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnerReference<'a> {
    /// Group and version of the owner: `apps/v1`.
    pub api_version: &'a str,
    /// The kind of the owner: `ReplicaSet`.
    pub kind: &'a str,
    /// The name of the owner.
    pub name: &'a str,
    /// The uid of the owner.
    pub uid: &'a str,
    /// Whether the owner is the managing controller. An object has at most one.
    pub controller: bool,
    /// Whether the owner can't be deleted in the foreground before this reference is removed.
    pub block_owner_deletion: bool,
}

/// The owners of an object: see
/// [`PartialObjectMetadata::owner_references`](super::PartialObjectMetadata::owner_references).
#[derive(Clone)]
pub struct OwnerReferences<'a> {
    /// Stands at the next owner, or at the comma before it.
    cursor: Option<Cursor<'a>>,
    places: &'a Places,
}

impl<'a> OwnerReferences<'a> {
    pub(super) fn new(raw: &'a [u8], places: &'a Places, place: Place) -> Self {
        let cursor = Places::cursor(raw, place).and_then(|mut cursor| cursor.take(b'[').map(|()| cursor));
        Self { cursor, places }
    }
}

impl<'a> Iterator for OwnerReferences<'a> {
    type Item = OwnerReference<'a>;

    fn next(&mut self) -> Option<OwnerReference<'a>> {
        let (cursor, places) = (self.cursor.as_mut()?, self.places);
        cursor.next_item(b']')?;
        let mut owner = OwnerReference::default();
        cursor.members(|cursor, name| {
            let text = match name {
                b"apiVersion" => &mut owner.api_version,
                b"kind" => &mut owner.kind,
                b"name" => &mut owner.name,
                b"uid" => &mut owner.uid,
                b"controller" | b"blockOwnerDeletion" => {
                    let flag =
                        if name == b"controller" { &mut owner.controller } else { &mut owner.block_owner_deletion };
                    cursor.peek()?;
                    *flag = cursor.scalar()? == b"true";
                    return Some(());
                }
                _ => return cursor.skip(),
            };
            *text = match cursor.peek()? {
                b'"' => places.take(cursor)?,
                _ => cursor.null().map(|()| "")?,
            };
            Some(())
        })?;
        Some(owner)
    }
}

impl FusedIterator for OwnerReferences<'_> {}

impl fmt::Debug for OwnerReferences<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
