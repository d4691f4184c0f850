//! An object as it came over the wire, with what identifies it.

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

/// An object of the API: its JSON, and the fields of its metadata that a watch needs.
///
/// It isn't decoded: [`Self::decode`] does that, into a type of your choice, when you want it. Cloning is cheap.
///
/// The JSON is a slice of the buffer that the driver handed in, and keeps all of that buffer alive.
/// Whoever stores objects for long may want [`Self::detach`].
#[derive(Clone)]
pub struct Object {
    raw: Bytes,
    name: Field,
    namespace: Field,
    uid: Field,
    api_version: Field,
    kind: Field,
    resource_version: ResourceVersion,
    /// It is a Secret, or may be one: errors show none of its values.
    is_secret: bool,
}

/// Where in the raw bytes a field stands. Only one that is written with escapes is held apart.
#[derive(Clone)]
enum Field {
    Absent,
    Span { start: u32, len: u32 },
    Escaped(Box<str>),
}

impl Object {
    /// Reads what identifies an object: `metadata` with a name and a resourceVersion; `namespace`, `uid`, `kind` and
    /// `apiVersion` if they are there. All of the JSON is checked.
    ///
    /// # Errors
    /// If it isn't a JSON object in UTF-8, or one of those fields is given twice, or one of the metadata's is not a string,
    /// or one that must be there is missing.
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
        // Metadata of anything may be a Secret's, and that has annotations with the whole of it (`last-applied-configuration`).
        let is_secret = matches!(head.kind.as_deref(), Some("Secret" | "PartialObjectMetadata"));
        let field = |text| Field::of(text, &raw);
        Ok(Self {
            is_secret,
            name: field(meta.name),
            namespace: field(meta.namespace.filter(|ns| !ns.is_empty())),
            uid: field(meta.uid.filter(|uid| !uid.is_empty())),
            api_version: field(head.api_version.filter(|text| !text.is_empty())),
            kind: field(head.kind.filter(|text| !text.is_empty())),
            resource_version,
            raw,
        })
    }

    /// Says whether Secrets are watched: then it is one, whatever it says of itself.
    pub(crate) fn watched_as_secret(&mut self, is_secret: bool) {
        self.is_secret = is_secret || self.kind() == Some("Secret");
    }

    /// Gives an object without `kind` and `apiVersion` those of its list, as items of built-in types need.
    #[must_use]
    pub(crate) fn filled(mut self, type_meta: &TypeMeta) -> Self {
        if !matches!((&self.kind, &self.api_version), (Field::Absent, Field::Absent)) {
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

    /// Its JSON, byte for byte as it came. (Items of a list of built-in objects come without `kind` and `apiVersion`;
    /// those are put in front.)
    pub const fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// `metadata.name`; not empty.
    pub fn name(&self) -> &str {
        self.name.get(&self.raw).unwrap_or_default()
    }

    /// `metadata.namespace`; `None` for what is cluster-scoped.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.get(&self.raw)
    }

    /// `metadata.uid`. Every object of kube-apiserver has one; some aggregated servers' have none.
    pub fn uid(&self) -> Option<&str> {
        self.uid.get(&self.raw)
    }

    /// `metadata.resourceVersion`: that of the write which made it so; on a deleted object, that of the deletion, or on some
    /// servers that which it had before.
    pub const fn resource_version(&self) -> &ResourceVersion {
        &self.resource_version
    }

    /// `kind`, if known.
    pub fn kind(&self) -> Option<&str> {
        self.kind.get(&self.raw)
    }

    /// `apiVersion`, if known.
    pub fn api_version(&self) -> Option<&str> {
        self.api_version.get(&self.raw)
    }

    /// Decodes the object.
    ///
    /// # Errors
    /// If it doesn't fit the type. That is about this object alone: the watch has gone past it and goes on. What the
    /// error says may show values of the object, but never those of a Secret, nor of its metadata. (What was parsed by
    /// [`Self::parse`] doesn't say whose metadata it is: none of it is shown.)
    pub fn decode<'de, T: Deserialize<'de>>(&'de self) -> Result<T, DecodeError> {
        serde_json::from_slice(&self.raw)
            .map_err(|error| DecodeError { object: Box::new(self.clone()), message: self.complaint(&error).into() })
    }

    /// serde's message, which shows what it found. Of a Secret it may be the password.
    fn complaint(&self, error: &serde_json::Error) -> String {
        if !self.is_secret {
            return error.to_string();
        }
        let (line, column) = (error.line(), error.column());
        alloc::format!("it doesn't fit the type, at line {line} column {column} (of a Secret, no more is shown)")
    }

    /// The same object in a buffer of its own size, so that keeping it doesn't keep what came in with it.
    #[must_use]
    pub fn detach(mut self) -> Self {
        self.raw = Bytes::copy_from_slice(&self.raw);
        self
    }

    /// A number that tells apart what happened to objects (`kind`), the same on every platform: FNV-1a over namespace,
    /// name, uid and version.
    pub(crate) fn fingerprint(&self, kind: u8) -> u64 {
        // The length of a text tells where it ends: no character is known to be in none of them.
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
            // A borrowed text lies within `raw`, so the distance of their addresses is an offset.
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
    /// Equal if they are the same bytes.
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
    /// `Pod default/web@228`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", Printable(self.kind().unwrap_or("object")))?;
        if let Some(namespace) = self.namespace() {
            write!(f, "{}/", Printable(namespace))?;
        }
        write!(f, "{}@{}", Printable(self.name()), self.resource_version)
    }
}

/// An object that doesn't fit the type it was to be decoded into.
///
/// The watch isn't affected: it went past the object when it handed it out.
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
        write!(f, "can't decode {}: {}; the watch goes on behind it", self.object, Printable(&self.message))
    }
}

impl core::error::Error for DecodeError {}
