//! What a [`Diff`](super::Diff) remembers of an object, beside its name.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::ToString;

use super::uid::Uid;
use crate::wire::object::Object;
use crate::wire::version::ResourceVersion;

/// An object whose uid is a UUID or unknown, and whose version is a number below 2^64: nearly every one. Bytes, so that
/// nothing is lost to alignment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usual {
    uid: [u8; 16],
    has_uid: bool,
    version: [u8; 8],
    /// The last list that the object was in.
    round: u8,
}

/// There is one for each object.
const _: () = assert!(size_of::<Usual>() == 26);

/// Any other object.
#[derive(Clone, Debug)]
pub(super) struct Odd {
    uid: Option<Box<str>>,
    version: ResourceVersion,
    round: u8,
}

/// The number of a version, if it is one below 2^64.
fn number(version: &ResourceVersion) -> Option<u64> {
    // A text has the number 0, which no version is.
    Some(version.parts().0).filter(|number| *number > 0)
}

impl Usual {
    pub(super) fn new(uid: Option<&str>, version: &ResourceVersion, round: u8) -> Option<Self> {
        let version = number(version)?.to_le_bytes();
        match Uid::of(uid) {
            Uid::Unknown => Some(Self { uid: [0; 16], has_uid: false, version, round }),
            Uid::Uuid(uid) => Some(Self { uid, has_uid: true, version, round }),
            Uid::Text(_) => None,
        }
    }

    pub(super) const fn keep(&mut self, round: u8) {
        self.round = round;
    }
}

impl Odd {
    pub(super) fn new(uid: Option<&str>, version: &ResourceVersion, round: u8) -> Self {
        Self { uid: uid.map(Box::from), version: version.clone(), round }
    }

    pub(super) const fn keep(&mut self, round: u8) {
        self.round = round;
    }
}

/// What is known of an object.
#[derive(Clone, Copy, Debug)]
pub(super) enum Known<'a> {
    Usual(&'a Usual),
    Odd(&'a Odd),
}

impl<'a> Known<'a> {
    /// Returns whether it was in this list.
    pub(super) const fn is_of(self, round: u8) -> bool {
        match self {
            Self::Usual(entry) => entry.round == round,
            Self::Odd(entry) => entry.round == round,
        }
    }

    pub(super) fn uid(self) -> Uid<'a> {
        match self {
            Self::Usual(entry) if entry.has_uid => Uid::Uuid(entry.uid),
            Self::Usual(_) => Uid::Unknown,
            Self::Odd(entry) => Uid::of(entry.uid.as_deref()),
        }
    }

    /// Returns the text of the version.
    pub(super) fn version(self) -> Cow<'a, str> {
        match self {
            Self::Usual(entry) => Cow::Owned(u64::from_le_bytes(entry.version).to_string()),
            Self::Odd(entry) => entry.version.text(),
        }
    }

    /// Returns the number of the version, if it has one.
    pub(super) fn number(self) -> Option<u64> {
        match self {
            Self::Usual(entry) => Some(u64::from_le_bytes(entry.version)),
            Self::Odd(entry) => number(&entry.version),
        }
    }

    /// Returns whether this is the version of the object.
    pub(super) fn has_version(self, version: &ResourceVersion) -> bool {
        match self {
            Self::Usual(entry) => number(version) == Some(u64::from_le_bytes(entry.version)),
            Self::Odd(entry) => entry.version == *version,
        }
    }

    /// Returns whether both versions can be compared, and the other one is older.
    pub(super) fn is_newer_than(self, version: &ResourceVersion) -> bool {
        match (self, number(version)) {
            (Self::Usual(entry), Some(number)) => number < u64::from_le_bytes(entry.version),
            // A number that doesn't fit in 64 bits is greater than one that does; other texts can't be compared with
            // it.
            (Self::Usual(_), None) => false,
            (Self::Odd(entry), _) => version.is_before(&entry.version),
        }
    }

    /// Returns whether this may be the same object. Without uids, equal names are enough.
    pub(super) fn is_same_object(self, object: &Object) -> bool {
        match (self.uid(), Uid::of(object.uid())) {
            (Uid::Unknown, _) | (_, Uid::Unknown) => true,
            (known, uid) => known == uid,
        }
    }

    /// Returns whether this is the same object by its uid.
    pub(super) fn is_certainly(self, object: &Object) -> bool {
        let known = self.uid();
        known != Uid::Unknown && known == Uid::of(object.uid())
    }

    /// Returns the uid and the version on their own.
    pub(super) fn to_last(self) -> Option<Last> {
        let uid = match self.uid() {
            Uid::Unknown => None,
            uid => Some(uid.to_string().into()),
        };
        // It was a version.
        Some(Last { uid, version: ResourceVersion::new(&self.version()).ok()? })
    }
}

/// What was known of an object that is no longer in the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Last {
    pub(super) uid: Option<Box<str>>,
    pub(super) version: ResourceVersion,
}
