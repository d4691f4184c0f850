//! An object from the wire, with the fields that identify it.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;
use serde::Deserialize;

use super::identity::Identity;
use super::meta::ObjectHead;
use super::printable::Printable;
use super::read::{Cursor, managed_fields, object, path_at};
use super::scan::{DEEPEST, Marks, Scan};
use super::version::ResourceVersion;
use super::wire_error::Malformed;
use crate::config::JsonCheck;
use crate::fingerprint::Words;

/// The level of the members of the metadata.
pub(super) const NOTED: u8 = 3;

/// An object of the API: its JSON, and the metadata fields that a watch needs.
///
/// It isn't decoded. [`Self::decode`] does that on request, into a type of your choice. Cloning is cheap.
///
/// How much of the JSON was checked depends on [`JsonCheck`](crate::JsonCheck). [`Self::parse`] checks all of it.
///
/// The JSON is a slice of the buffer that the driver handed in, and keeps all of that buffer alive. An object that arrived
/// in several pieces is a slice of a buffer in which they were joined. That one has at most 16 KiB, or at most twice the
/// size of the object. To keep an object for a long time, use [`Self::detach`].
///
/// ```
/// # use watch_core::Object;
/// #[derive(serde::Deserialize)]
/// struct Pod {
///     status: Status,
/// }
///
/// #[derive(serde::Deserialize)]
/// struct Status {
///     phase: String,
/// }
///
/// let json = r#"{"metadata":{"name":"web","namespace":"default","resourceVersion":"5"},"status":{"phase":"Running"}}"#;
/// let object = Object::parse(json.into())?;
/// assert_eq!((object.namespace(), object.name()), (Some("default"), "web"));
/// assert_eq!(object.decode::<Pod>()?.status.phase, "Running");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Object {
    pub(super) raw: Bytes,
    pub(super) identity: Identity,
}

impl Object {
    /// Parses the fields that identify an object: `metadata` with a name and a resourceVersion; `namespace`, `uid`,
    /// `kind` and `apiVersion` if they are present. All of the JSON is checked.
    ///
    /// # Errors
    /// Fails if the bytes aren't a JSON object in UTF-8, if one of those fields is duplicated, if one of the metadata
    /// fields isn't a string, or if a required field is missing.
    pub fn parse(raw: Bytes) -> Result<Self, Malformed> {
        let mut scan = Scan::new(DEEPEST, NOTED, JsonCheck::Full);
        match scan.scan(&raw) {
            Ok(Some(end)) if end == raw.len() => Self::read("object", raw, scan.marks()),
            // The bytes aren't exactly one object: there may be white space around it.
            _ => Self::read_fully("object", raw),
        }
    }

    /// Parses an object that was scanned.
    pub(super) fn read(what: &'static str, raw: Bytes, marks: &Marks) -> Result<Self, Malformed> {
        let head = if marks.is_sound(&raw) { object(&mut Cursor::new(&raw, marks)) } else { None };
        match head.and_then(|head| Identity::of(what, &raw, head).ok()) {
            Some(identity) => Ok(Self { raw, identity }),
            None => Self::read_fully(what, raw),
        }
    }

    /// Parses an object with a complete parser.
    pub(super) fn read_fully(what: &'static str, raw: Bytes) -> Result<Self, Malformed> {
        let text = core::str::from_utf8(&raw).map_err(|error| Malformed::not_utf8(what, &error))?;
        let head: ObjectHead<'_> = serde_json::from_str(text).map_err(|error| Malformed::json(what, &raw, &error))?;
        Ok(Self { identity: Identity::of(what, &raw, head)?, raw })
    }

    /// Records whether Secrets are watched. If they are, the object counts as a Secret, whatever its `kind`.
    pub(crate) fn watched_as_secret(&mut self, is_secret: bool) {
        self.identity.is_secret = is_secret || self.kind() == Some("Secret");
    }

    /// Returns the JSON, byte for byte as it arrived. (Items of a list of built-in objects arrive without `kind` and
    /// `apiVersion`; those are added at the front.)
    pub const fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// Returns `metadata.name`; not empty.
    pub fn name(&self) -> &str {
        self.identity.name.get(&self.raw).unwrap_or_default()
    }

    /// Returns `metadata.namespace`; `None` if the object is cluster-scoped.
    pub fn namespace(&self) -> Option<&str> {
        self.identity.namespace.get(&self.raw)
    }

    /// Returns `metadata.uid`. Every object of kube-apiserver has one; those of some aggregated servers don't.
    pub fn uid(&self) -> Option<&str> {
        self.identity.uid.get(&self.raw)
    }

    /// Returns `metadata.resourceVersion`: the version of the last write. On a deleted object it is the version of the
    /// deletion, or on some servers the one that the object had before.
    pub const fn resource_version(&self) -> &ResourceVersion {
        &self.identity.resource_version
    }

    /// Returns `kind`, if known.
    pub fn kind(&self) -> Option<&str> {
        self.identity.kind.get(&self.raw)
    }

    /// Returns `apiVersion`, if known.
    pub fn api_version(&self) -> Option<&str> {
        self.identity.api_version.get(&self.raw)
    }

    /// Decodes the object.
    ///
    /// # Errors
    /// Fails if the object doesn't fit the type. The error names the field (`status.phase`), and concerns this object
    /// alone: the watch continues after it.
    /// The error may show values of the object, but never those of a Secret or of a Secret's metadata.
    /// (`PartialObjectMetadata` from [`Self::parse`] may be a Secret's metadata, so none of its values are shown.)
    pub fn decode<'de, T: Deserialize<'de>>(&'de self) -> Result<T, DecodeError> {
        // Checks UTF-8 once for all strings. `from_slice` would check each string separately, which takes longer.
        core::str::from_utf8(&self.raw)
            .map_or_else(|_| serde_json::from_slice(&self.raw), serde_json::from_str)
            .map_err(|error| DecodeError { object: Box::new(self.clone()), message: self.complaint(&error).into() })
    }

    /// Returns the path of the field and serde's message. The message quotes the value, which may be a password. So for
    /// a Secret, another text takes the place of the message.
    fn complaint(&self, error: &serde_json::Error) -> String {
        let (line, column) = (error.line(), error.column());
        if !self.identity.is_secret {
            let path = path_at(&self.raw, line, column);
            return if path.is_empty() { error.to_string() } else { alloc::format!("{path}: {error}") };
        }
        alloc::format!("doesn't fit the type at line {line} column {column} (details not shown for a Secret)")
    }

    /// Returns the same object in a buffer of its own size, so that it doesn't keep the original buffer alive.
    #[must_use]
    pub fn detach(mut self) -> Self {
        if !self.identity.is_detached {
            self.raw = Bytes::copy_from_slice(&self.raw);
            self.identity.is_detached = true;
        }
        self
    }

    /// Returns the object without its managed fields, in a buffer of its own. An object that has none is returned
    /// unchanged. The object is a part of the document, whose marks are given.
    pub(super) fn without_managed_fields(mut self, document: &[u8], marks: &Marks) -> Self {
        let begin = self.raw.as_ptr().addr() - document.as_ptr().addr();
        let (mut kept, mut copied) = (Vec::new(), 0);
        let mut cursor = Cursor::new(document, marks).moved_to(begin);
        let walked = managed_fields(&mut cursor, |found| {
            if copied == 0 {
                // Almost always there is no other, so this is the size of the result.
                kept.reserve_exact(self.raw.len() - found.len());
            }
            kept.extend_from_slice(self.raw.get(copied..found.start - begin).unwrap_or_default());
            self.identity.cut(&(kept.len()..kept.len() + found.len()));
            copied = found.end - begin;
        });
        if copied == 0 || walked.is_none() {
            return self;
        }
        kept.extend_from_slice(self.raw.get(copied..).unwrap_or_default());
        self.raw = kept.into();
        self.identity.is_detached = true;
        self
    }

    /// Returns a hash of a change (`kind`) of the object, the same on every platform: of namespace, name, uid and
    /// version.
    pub(crate) fn fingerprint(&self, kind: u8) -> u64 {
        let Identity { namespace, name, uid, resource_version, .. } = &self.identity;
        let mut hash = Words::new();
        hash.word(u64::from(kind));
        for field in [namespace, name, uid] {
            hash.text(field.bytes(&self.raw).unwrap_or_default());
        }
        let (number, text) = resource_version.parts();
        hash.word(number);
        hash.text(text.as_bytes());
        hash.value()
    }
}

impl PartialEq for Object {
    /// Compares the bytes.
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

impl Eq for Object {}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Object {
    /// Formats as `Pod default/web@228`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", Printable(self.kind().unwrap_or("object")))?;
        if let Some(namespace) = self.namespace() {
            write!(f, "{}/", Printable(namespace))?;
        }
        write!(f, "{}@{}", Printable(self.name()), self.resource_version())
    }
}

/// The error of decoding an object into a type that it doesn't fit.
///
/// The watch isn't affected: its version passed the object when the object was emitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    object: Box<Object>,
    message: Box<str>,
}

impl DecodeError {
    pub(crate) fn new(object: Object, message: impl Into<Box<str>>) -> Self {
        Self { object: Box::new(object), message: message.into() }
    }

    /// The object, with its raw bytes.
    pub fn object(&self) -> &Object {
        &self.object
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "can't decode {}: {}", self.object, Printable(&self.message))
    }
}

impl core::error::Error for DecodeError {}
