//! What is remembered of an object.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::ToString;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::object::Object;
use crate::version::ResourceVersion;

/// Namespace and name, in one allocation: `namespace/name`, or `/name` without a namespace. No namespace has a slash.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Key(Box<str>);

impl Key {
    pub(super) fn of(object: &Object) -> Self {
        Self(format!("{}/{}", object.namespace().unwrap_or_default(), object.name()).into())
    }

    fn parts(&self) -> (&str, &str) {
        self.0.split_once('/').unwrap_or(("", &self.0))
    }

    pub(super) fn namespace(&self) -> Option<&str> {
        Some(self.parts().0).filter(|namespace| !namespace.is_empty())
    }

    pub(super) fn name(&self) -> &str {
        self.parts().1
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    uid: Uid,
    version: ResourceVersion,
    round: u32,
}

impl Entry {
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

    /// Not known to be another one: where there are no uids, names must do.
    pub(super) fn is_same_object(&self, object: &Object) -> bool {
        match (&self.uid, object.uid()) {
            (Uid::Unknown, _) | (_, None) => true,
            (known, Some(uid)) => *known == Uid::new(uid),
        }
    }

    /// It is in the set of this round, too.
    pub(super) const fn keep(&mut self, round: u32) {
        self.round = round;
    }

    pub(super) const fn is_of(&self, round: u32) -> bool {
        self.round == round
    }
}

/// Kubernetes' uids are UUIDs: 16 bytes instead of 36 and an allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Uid {
    Unknown,
    Uuid([u8; 16]),
    Text(Box<str>),
}

impl Uid {
    fn new(text: &str) -> Self {
        let uuid = Self::Uuid(uuid(text).unwrap_or_default());
        // Only what comes back as it was can be stored so.
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
