//! The members of a list other than its items: `kind`, `apiVersion` and `metadata`, in any order.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use core::fmt;

use bytes::Bytes;

use super::list_meta::{ListMeta, META, TypeMeta, parse};
use super::meta::{Text, missing};
use super::version::InvalidResourceVersion;
use super::wire_error::{Malformed, WireError};

/// See the module.
#[derive(Clone, Default)]
pub(super) struct ListHead {
    kind: Option<Box<str>>,
    api_version: Option<Box<str>>,
    /// Unusable metadata is reported only when the items begin, or at the end: until then it isn't certain that the
    /// document is a list.
    metadata: Option<Result<ListMeta, Malformed>>,
    has_items: bool,
}

impl fmt::Debug for ListHead {
    /// Shows which members were read, not their content: the error about unusable metadata may quote a Secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListHead")
            .field("has_kind", &self.kind.is_some())
            .field("has_api_version", &self.api_version.is_some())
            .field("has_metadata", &self.metadata.as_ref().map(Result::is_ok))
            .field("has_items", &self.has_items)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Member {
    Kind,
    ApiVersion,
    Metadata,
    Items,
    Other,
}

impl Member {
    pub(super) fn named(name: &str) -> Self {
        match name {
            "kind" => Self::Kind,
            "apiVersion" => Self::ApiVersion,
            "metadata" => Self::Metadata,
            "items" => Self::Items,
            _ => Self::Other,
        }
    }
}

impl ListHead {
    /// Returns the metadata, from when it was read until [`end`](Self::end) returns it.
    pub(super) fn meta(&self) -> Option<&ListMeta> {
        self.metadata.as_ref()?.as_ref().ok()
    }

    /// Takes the value of a member.
    ///
    /// # Errors
    /// Fails if the member is a duplicate, or if its value has another type.
    pub(super) fn take(&mut self, member: Member, value: &Bytes) -> Result<(), WireError> {
        match member {
            Member::Kind => set("kind", &mut self.kind, text("list kind", value)?)?,
            Member::ApiVersion => set("apiVersion", &mut self.api_version, text("list apiVersion", value)?)?,
            Member::Metadata => set("metadata", &mut self.metadata, ListMeta::parse(value))?,
            // Old and aggregated servers write `null` if there are no items.
            Member::Items if value == "null" && self.has_items => return Err(duplicate("items")),
            Member::Items if value == "null" => self.has_items = true,
            Member::Items => return Err(Malformed::new("list", "items is no array").into()),
            Member::Other => {}
        }
        Ok(())
    }

    /// The items begin. Returns the type for items that have none.
    ///
    /// # Errors
    /// Fails if there were items before, or if the metadata came first and is unusable.
    pub(super) fn begin_items(&mut self) -> Result<Option<TypeMeta>, WireError> {
        if core::mem::replace(&mut self.has_items, true) {
            return Err(duplicate("items"));
        }
        if let Some(Err(error)) = &self.metadata {
            return Err(error.clone().into());
        }
        Ok(self.item_type())
    }

    /// Returns the type of the list, without the suffix `List` of its kind.
    fn item_type(&self) -> Option<TypeMeta> {
        let kind = self.kind.as_deref()?.strip_suffix("List").filter(|kind| !kind.is_empty())?;
        let api_version = self.api_version.as_deref().filter(|text| !text.is_empty())?;
        Some(TypeMeta::new(api_version, kind))
    }

    /// Returns the metadata when the document is complete.
    ///
    /// # Errors
    /// Fails if the document isn't a list, or has no usable metadata.
    pub(super) fn end(&mut self) -> Result<ListMeta, WireError> {
        // An empty list means that all objects are gone. So a document without `items` must have a kind that ends in
        // `List`. A document with `items` may have any kind, because `listKind` of a CustomResourceDefinition is free.
        match self.kind.as_deref().unwrap_or_default() {
            _ if self.has_items => {}
            "" => return Err(Malformed::new("list", "it has neither kind nor items").into()),
            kind if kind.ends_with("List") => {}
            kind => {
                let kind: Box<str> = kind.chars().take(64).collect();
                return Err(Malformed::new("list", alloc::format!("it is a {kind} and has no items")).into());
            }
        }
        match self.metadata.take() {
            Some(meta) => Ok(meta?),
            None => {
                let version = Some(InvalidResourceVersion::Empty);
                Err(Malformed { version, ..Malformed::new(META, missing("metadata.resourceVersion")) }.into())
            }
        }
    }
}

/// The most bytes of `kind` and of `apiVersion`. Both are written into every item, so a long one would multiply the
/// bytes that a server sends. In Kubernetes, they have at most 63 (kind) and 253 + 1 + 63 (group/version) bytes.
const LONGEST_TYPE: usize = 320;

fn text(what: &'static str, json: &Bytes) -> Result<Box<str>, Malformed> {
    let text: Option<Text<'_>> = parse(what, json)?;
    if text.as_ref().is_some_and(|Text(text)| text.len() > LONGEST_TYPE) {
        return Err(Malformed::new(what, alloc::format!("it is longer than {LONGEST_TYPE} bytes")));
    }
    Ok(text.map(|Text(text)| text.into_owned()).unwrap_or_default().into())
}

fn set<T>(name: &'static str, field: &mut Option<T>, value: T) -> Result<(), WireError> {
    match field.replace(value) {
        None => Ok(()),
        Some(_) => Err(duplicate(name)),
    }
}

fn duplicate(name: &str) -> WireError {
    Malformed::new("list", "duplicate field ".to_owned() + name).into()
}
