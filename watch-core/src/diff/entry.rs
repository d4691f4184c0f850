//! What a [`Diff`](super::Diff) remembers of an object.

use alloc::boxed::Box;
use alloc::string::ToString;
use core::fmt;

use crate::wire::object::Object;
use crate::wire::version::ResourceVersion;

/// Namespace and name, in one allocation. The length of the namespace is stored, because no separator is known to be
/// absent from both.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    text: Box<str>,
    namespace: u32,
}

impl Key {
    pub(super) fn of(object: &Object) -> Self {
        Self::new(object.namespace().unwrap_or_default(), object.name())
    }

    pub(super) fn new(namespace: &str, name: &str) -> Self {
        // An object has at most 1 GiB (`Limits::object`).
        let length = u32::try_from(namespace.len()).unwrap_or(u32::MAX);
        Self { text: [namespace, name].concat().into(), namespace: length }
    }

    fn parts(&self) -> (&str, &str) {
        self.text.split_at_checked(self.namespace as usize).unwrap_or(("", &self.text))
    }

    /// Returns the namespace; empty if there is none.
    pub(super) fn namespace(&self) -> &str {
        self.parts().0
    }

    pub(super) fn name(&self) -> &str {
        self.parts().1
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.parts(), f)
    }
}

#[derive(Clone, Debug)]
pub(super) struct IndexEntry {
    uid: Uid,
    version: ResourceVersion,
    round: u32,
}

impl IndexEntry {
    pub(super) fn new(object: &Object, round: u32) -> Self {
        Self { uid: object.uid().map_or(Uid::Unknown, Uid::new), version: object.resource_version().clone(), round }
    }

    pub(super) fn restored(uid: Option<&str>, version: ResourceVersion) -> Self {
        Self { uid: uid.map_or(Uid::Unknown, Uid::new), version, round: 0 }
    }

    pub(super) fn uid(&self) -> Option<Box<str>> {
        match &self.uid {
            Uid::Unknown => None,
            Uid::Uuid(_) | Uid::Text(_) => Some(self.uid.to_string().into()),
        }
    }

    pub(super) const fn version(&self) -> &ResourceVersion {
        &self.version
    }

    /// Returns whether this may be the same object. Without uids, equal names are enough.
    pub(super) fn is_same_object(&self, object: &Object) -> bool {
        match (&self.uid, object.uid()) {
            (Uid::Unknown, _) | (_, None) => true,
            (known, Some(uid)) => *known == Uid::new(uid),
        }
    }

    /// Returns whether this is the same object by its uid.
    pub(super) fn is_certainly(&self, object: &Object) -> bool {
        object.uid().is_some_and(|uid| self.uid != Uid::Unknown && self.uid == Uid::new(uid))
    }

    /// Compares uid and version. Which list the object was in is no property of it.
    pub(super) fn is_equal(&self, other: &Self) -> bool {
        self.uid == other.uid && self.version == other.version
    }

    /// Marks the object as part of the current list.
    pub(super) const fn keep(&mut self, round: u32) {
        self.round = round;
    }

    pub(super) const fn is_of(&self, round: u32) -> bool {
        self.round == round
    }
}

/// A uid. Kubernetes' uids are UUIDs: 16 bytes instead of 36 and an allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Uid {
    Unknown,
    Uuid([u8; 16]),
    Text(Box<str>),
}

impl Uid {
    fn new(text: &str) -> Self {
        let uuid = Self::Uuid(uuid(text).unwrap_or_default());
        // Store a UUID as a number only if it formats to the same text.
        if uuid.to_string() == text { uuid } else { Self::Text(text.into()) }
    }
}

fn uuid(text: &str) -> Option<[u8; 16]> {
    let digits = text.chars().filter(|c| *c != '-');
    let number = digits.map(|digit| digit.to_digit(16)).try_fold((0_u128, 0), |(number, count), digit| {
        (count < 32).then_some(((number << 4) | u128::from(digit?), count + 1))
    });
    number.filter(|(_, count)| *count == 32).map(|(number, _)| number.to_be_bytes())
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => Ok(()),
            Self::Uuid(bytes) => {
                for (index, byte) in bytes.iter().enumerate() {
                    let dash = if matches!(index, 4 | 6 | 8 | 10) { "-" } else { "" };
                    write!(f, "{dash}{byte:02x}")?;
                }
                Ok(())
            }
            Self::Text(text) => f.write_str(text),
        }
    }
}
