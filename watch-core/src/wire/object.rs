//! An object from the wire, with the fields that identify it.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;
use serde::Deserialize;

use super::list_meta::TypeMeta;
use super::meta::{ObjectHead, missing};
use super::printable::Printable;
use super::version::ResourceVersion;
use super::wire_error::Malformed;

/// An object of the API: its JSON, and the metadata fields that a watch needs.
///
/// It isn't decoded. [`Self::decode`] does that on request, into a type of your choice. Cloning is cheap.
///
/// The JSON is a slice of the buffer that the driver handed in, and keeps all of that buffer alive. To keep an object
/// for a long time, use [`Self::detach`].
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
    raw: Bytes,
    name: Field,
    namespace: Field,
    uid: Field,
    api_version: Field,
    kind: Field,
    resource_version: ResourceVersion,
    /// It is a Secret, or may be one, so errors show none of its values.
    is_secret: bool,
    /// The JSON has a member `kind` or `apiVersion`, whatever its value.
    has_type: bool,
}

/// The position of a field in the raw bytes. A field with escapes is stored separately.
#[derive(Clone)]
enum Field {
    Absent,
    Span { start: u32, len: u32 },
    Escaped(Box<str>),
}

impl Object {
    /// Parses the fields that identify an object: `metadata` with a name and a resourceVersion; `namespace`, `uid`,
    /// `kind` and `apiVersion` if they are present. All of the JSON is checked.
    ///
    /// # Errors
    /// Fails if the bytes aren't a JSON object in UTF-8, if one of those fields is duplicated, if one of the metadata
    /// isn't a string, or if a required one is missing.
    pub fn parse(raw: Bytes) -> Result<Self, Malformed> {
        Self::parse_as("object", raw)
    }

    pub(crate) fn parse_as(what: &'static str, raw: Bytes) -> Result<Self, Malformed> {
        let text = core::str::from_utf8(&raw).map_err(|error| Malformed::not_utf8(what, &error))?;
        let head: ObjectHead<'_> = serde_json::from_str(text).map_err(|error| Malformed::json(what, &raw, &error))?;
        let meta = head.metadata.ok_or_else(|| Malformed::new(what, missing("metadata")))?;
        if meta.name.as_deref().is_none_or(str::is_empty) {
            return Err(Malformed::new(what, missing("metadata.name")));
        }
        let version = meta.resource_version.ok_or_else(|| Malformed::new(what, missing("metadata.resourceVersion")))?;
        let resource_version = ResourceVersion::new(&version).map_err(|error| Malformed::version(what, error))?;
        // The metadata of any object may be that of a Secret, and its annotations may hold the complete Secret
        // (`last-applied-configuration`).
        let is_secret = matches!(head.kind.as_deref(), Some("Secret" | "PartialObjectMetadata"));
        let (field, has_type) = (|text| Field::of(text, &raw), head.has_type);
        Ok(Self {
            is_secret,
            has_type,
            name: field(meta.name),
            namespace: field(meta.namespace.filter(|ns| !ns.is_empty())),
            uid: field(meta.uid.filter(|uid| !uid.is_empty())),
            api_version: field(head.api_version.filter(|text| !text.is_empty())),
            kind: field(head.kind.filter(|text| !text.is_empty())),
            resource_version,
            raw,
        })
    }

    /// Records whether Secrets are watched. If they are, the object is one, whatever its `kind`.
    pub(crate) fn watched_as_secret(&mut self, is_secret: bool) {
        self.is_secret = is_secret || self.kind() == Some("Secret");
    }

    /// Adds the `kind` and `apiVersion` of its list to an object without them, as items of built-in types need. If it
    /// has one of these members with an unusable value, its JSON stays as it is, because no document may have a member
    /// twice.
    #[must_use]
    pub(crate) fn filled(mut self, type_meta: &TypeMeta) -> Self {
        if !matches!((&self.kind, &self.api_version), (Field::Absent, Field::Absent)) {
            return self;
        }
        if self.has_type {
            self.kind = Field::Escaped(type_meta.kind.clone());
            self.api_version = Field::Escaped(type_meta.api_version.clone());
            return self;
        }
        let Some(rest) = self.raw.iter().position(|b| *b == b'{').and_then(|brace| self.raw.get(brace..)) else {
            return self;
        };
        let before = self.raw.len() - rest.len();
        let mut raw = Vec::with_capacity(self.raw.len() + type_meta.kind.len() + type_meta.api_version.len() + 32);
        raw.extend_from_slice(b"{\"kind\":");
        let kind = write_string(&mut raw, &type_meta.kind);
        raw.extend_from_slice(b",\"apiVersion\":");
        let api_version = write_string(&mut raw, &type_meta.api_version);
        raw.push(b',');
        let added = raw.len() - 1;
        raw.extend_from_slice(rest.get(1..).unwrap_or_default());
        for field in [&mut self.name, &mut self.namespace, &mut self.uid] {
            if let Field::Span { start, .. } = field {
                *start = *start + added as u32 - before as u32;
            }
        }
        self.kind = kind;
        self.api_version = api_version;
        self.raw = raw.into();
        self
    }

    /// Returns the JSON, byte for byte as it arrived. (Items of a list of built-in objects arrive without `kind` and
    /// `apiVersion`; those are added at the front.)
    pub const fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// Returns `metadata.name`; not empty.
    pub fn name(&self) -> &str {
        self.name.get(&self.raw).unwrap_or_default()
    }

    /// Returns `metadata.namespace`; `None` if the object is cluster-scoped.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.get(&self.raw)
    }

    /// Returns `metadata.uid`. Every object of kube-apiserver has one; those of some aggregated servers don't.
    pub fn uid(&self) -> Option<&str> {
        self.uid.get(&self.raw)
    }

    /// Returns `metadata.resourceVersion`: the version of the last write. On a deleted object it is the version of the
    /// deletion, or on some servers the one that the object had before.
    pub const fn resource_version(&self) -> &ResourceVersion {
        &self.resource_version
    }

    /// Returns `kind`, if known.
    pub fn kind(&self) -> Option<&str> {
        self.kind.get(&self.raw)
    }

    /// Returns `apiVersion`, if known.
    pub fn api_version(&self) -> Option<&str> {
        self.api_version.get(&self.raw)
    }

    /// Decodes the object.
    ///
    /// # Errors
    /// Fails if the object doesn't fit the type. The error concerns this object alone: the watch continues after it.
    /// The error may show values of the object, but never those of a Secret, nor of its metadata. (An object from
    /// [`Self::parse`] may be a Secret's metadata, so none of it is shown.)
    pub fn decode<'de, T: Deserialize<'de>>(&'de self) -> Result<T, DecodeError> {
        // Once for all strings: `from_slice` would check each of them apart, which takes longer.
        core::str::from_utf8(&self.raw)
            .map_or_else(|_| serde_json::from_slice(&self.raw), serde_json::from_str)
            .map_err(|error| DecodeError { object: Box::new(self.clone()), message: self.complaint(&error).into() })
    }

    /// Returns serde's message, which quotes the value. In a Secret that may be the password.
    fn complaint(&self, error: &serde_json::Error) -> String {
        if !self.is_secret {
            return error.to_string();
        }
        let (line, column) = (error.line(), error.column());
        alloc::format!("doesn't fit the type at line {line} column {column} (details not shown for a Secret)")
    }

    /// Returns the same object in a buffer of its own size, so that it doesn't keep the original buffer alive.
    #[must_use]
    pub fn detach(mut self) -> Self {
        self.raw = Bytes::copy_from_slice(&self.raw);
        self
    }

    /// Returns a hash of a change (`kind`) of the object, the same on every platform: FNV-1a over namespace, name, uid
    /// and version.
    pub(crate) fn fingerprint(&self, kind: u8) -> u64 {
        // The length marks the end of a text, because no separator is known to be absent from all of them.
        let texts = [self.namespace().unwrap_or_default(), self.name(), self.uid().unwrap_or_default()];
        let texts =
            texts.into_iter().flat_map(|text| (text.len() as u64).to_le_bytes().into_iter().chain(text.bytes()));
        crate::fingerprint::fnv1a([kind].into_iter().chain(texts).chain(self.resource_version.bytes()))
    }
}

fn write_string(out: &mut Vec<u8>, text: &str) -> Field {
    let quoted = serde_json::Value::from(text).to_string();
    let start = out.len() as u32 + 1;
    out.extend_from_slice(quoted.as_bytes());
    if quoted.len() == text.len() + 2 {
        Field::Span { start, len: text.len() as u32 }
    } else {
        Field::Escaped(text.into())
    }
}

impl Field {
    fn of(text: Option<Cow<'_, str>>, raw: &Bytes) -> Self {
        match text {
            None => Self::Absent,
            // A borrowed text lies within `raw`, so the difference of their addresses is an offset.
            Some(Cow::Borrowed(text)) => {
                let start = text.as_ptr().addr() - raw.as_ptr().addr();
                match (u32::try_from(start), u32::try_from(text.len())) {
                    (Ok(start), Ok(len)) => Self::Span { start, len },
                    _ => Self::Escaped(text.into()),
                }
            }
            Some(Cow::Owned(text)) => Self::Escaped(text.into()),
        }
    }

    fn get<'a>(&'a self, raw: &'a [u8]) -> Option<&'a str> {
        match self {
            Self::Absent => None,
            Self::Span { start, len } => {
                let start = *start as usize;
                core::str::from_utf8(raw.get(start..start + *len as usize)?).ok()
            }
            Self::Escaped(text) => Some(text),
        }
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
        write!(f, "{}@{}", Printable(self.name()), self.resource_version)
    }
}

/// The error of decoding an object into a type that it doesn't fit.
///
/// The watch isn't affected: it passed the object when it emitted it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    object: Box<Object>,
    message: Box<str>,
}

impl DecodeError {
    /// The object, with its raw bytes.
    pub fn object(&self) -> &Object {
        &self.object
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "can't decode {}: {}; the watch continues", self.object, Printable(&self.message))
    }
}

impl core::error::Error for DecodeError {}
