//! `resourceVersion`.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::ToString;
use core::cmp::Ordering;
use core::fmt;

use serde::{Deserialize, Serialize};

/// A version in the history of a resource, as the server sent it: opaque, never empty, never `"0"`.
///
/// In a *request*, `""` and `"0"` mean "most recent" and "any". Other types express these meanings, because neither is
/// a version to resume from.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Box<str>", into = "Box<str>")]
pub struct ResourceVersion(Repr);

/// Nearly all versions are numbers below 2^64, which need no allocation.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Repr {
    Number(u64),
    Text(Box<str>),
}

/// The most bytes that a resourceVersion may have. A longer one is rejected.
///
/// Kubernetes defines them as decimal numbers of any length (KEP-5504); etcd's are below 2^63. A server that joins
/// several clusters encodes the versions of all of them in one: base64 of a map, about 31 bytes per cluster (Karmada's
/// search proxy, `multiClusterResourceVersion`). The limit is enough for 130 clusters. The version is part of the URI
/// of every watch, and many proxies accept 8 KiB of URI (nginx: `large_client_header_buffers`).
pub const LONGEST_RESOURCE_VERSION: usize = 4 << 10;

impl ResourceVersion {
    /// Creates a version from the server's text.
    ///
    /// # Errors
    /// Fails if the text is empty, `"0"`, or longer than [`LONGEST_RESOURCE_VERSION`].
    pub fn new(text: &str) -> Result<Self, InvalidResourceVersion> {
        match text {
            "" => Err(InvalidResourceVersion::Empty),
            "0" => Err(InvalidResourceVersion::Zero),
            _ if text.len() > LONGEST_RESOURCE_VERSION => Err(InvalidResourceVersion::TooLong { bytes: text.len() }),
            _ => Ok(Self(match text.parse() {
                Ok(number) if is_canonical(text) => Repr::Number(number),
                _ => Repr::Text(text.into()),
            })),
        }
    }

    /// Returns the version that these digits are; `None` if they aren't one, or if only [`new`](Self::new) can tell.
    pub(crate) fn number(digits: &[u8]) -> Option<Self> {
        // Every number with 19 digits fits in 64 bits.
        if digits.len() > 19 || matches!(digits, [] | [b'0', ..]) {
            return None;
        }
        let mut number = 0;
        for digit in digits {
            if !digit.is_ascii_digit() {
                return None;
            }
            number = number * 10 + u64::from(digit - b'0');
        }
        Some(Self(Repr::Number(number)))
    }

    /// Compares two versions. `None` if they can't be compared: some aggregated servers have versions that aren't
    /// numbers.
    ///
    /// The rule is that of `resourceversion.CompareResourceVersion` of apimachinery (KEP-5504): a number has decimal
    /// digits without a leading zero, of any length. The result is valid only within one resource of one cluster.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (&self.0, &other.0) {
            (Repr::Number(a), Repr::Number(b)) => Some(a.cmp(b)),
            (Repr::Text(a), Repr::Text(b)) if a == b => Some(Ordering::Equal),
            (Repr::Text(a), Repr::Text(b)) if is_canonical(a) && is_canonical(b) => {
                Some(a.len().cmp(&b.len()).then_with(|| a.cmp(b)))
            }
            // A canonical number that doesn't fit in 64 bits is greater than any that does.
            (Repr::Text(a), Repr::Number(_)) if is_canonical(a) => Some(Ordering::Greater),
            (Repr::Number(_), Repr::Text(b)) if is_canonical(b) => Some(Ordering::Less),
            _ => None,
        }
    }

    /// Returns whether it can be compared with others.
    pub(crate) fn is_ordered(&self) -> bool {
        match &self.0 {
            Repr::Number(_) => true,
            Repr::Text(text) => is_canonical(text),
        }
    }

    /// Returns the text, exactly as the server sent it.
    pub fn text(&self) -> Cow<'_, str> {
        match &self.0 {
            Repr::Number(number) => Cow::Owned(number.to_string()),
            Repr::Text(text) => Cow::Borrowed(text),
        }
    }

    /// Returns a number and a text, which no other version has both.
    pub(crate) fn parts(&self) -> (u64, &str) {
        match &self.0 {
            Repr::Number(number) => (*number, ""),
            Repr::Text(text) => (0, text),
        }
    }

    /// Returns whether both can be compared and this one is older.
    pub fn is_before(&self, other: &Self) -> bool {
        self.compare(other) == Some(Ordering::Less)
    }
}

fn is_canonical(text: &str) -> bool {
    !text.starts_with('0') && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

impl fmt::Display for ResourceVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Number(number) => number.fmt(f),
            // It is data from the wire: escape what isn't printable.
            Repr::Text(text) if text.chars().any(char::is_control) => text.escape_debug().fmt(f),
            Repr::Text(text) => f.write_str(text),
        }
    }
}

impl fmt::Debug for ResourceVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResourceVersion({self})")
    }
}

impl core::str::FromStr for ResourceVersion {
    type Err = InvalidResourceVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

impl TryFrom<Box<str>> for ResourceVersion {
    type Error = InvalidResourceVersion;

    fn try_from(text: Box<str>) -> Result<Self, Self::Error> {
        Self::new(&text)
    }
}

impl From<ResourceVersion> for Box<str> {
    fn from(version: ResourceVersion) -> Self {
        match version.0 {
            Repr::Number(number) => number.to_string().into(),
            Repr::Text(text) => text,
        }
    }
}

/// Why a text isn't a [`ResourceVersion`].
#[cfg_attr(feature = "trace", derive(Serialize))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidResourceVersion {
    /// It is empty.
    Empty,
    /// It is `"0"`, which in requests means any version.
    Zero,
    /// It is longer than [`LONGEST_RESOURCE_VERSION`].
    TooLong {
        /// Its length.
        bytes: usize,
    },
}

impl fmt::Display for InvalidResourceVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a resourceVersion: ")?;
        match self {
            Self::Empty => f.write_str("it is empty"),
            Self::Zero => f.write_str("\"0\" isn't the version of an object"),
            Self::TooLong { bytes } => {
                write!(f, "it has {bytes} bytes, but at most {LONGEST_RESOURCE_VERSION} are accepted")
            }
        }
    }
}

impl core::error::Error for InvalidResourceVersion {}
