//! The objects that a consumer of the changes holds.

use std::collections::BTreeMap;

use watch_core::{Change, Object, ResourceVersion};

/// Namespace and name.
pub(super) type Key = (String, String);

/// The known facts about an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) uid: Option<String>,
    pub(super) version: ResourceVersion,
}

impl Known {
    pub(super) fn of(object: &Object) -> Self {
        Self { uid: object.uid().map(Into::into), version: object.resource_version().clone() }
    }

    /// Returns whether it may be the same object: "where there are no uids, names must do".
    pub(super) fn may_be(&self, object: &Object) -> bool {
        self.uid.as_deref().zip(object.uid()).is_none_or(|(known, uid)| known == uid)
    }

    pub(super) fn is_certainly(&self, object: &Object) -> bool {
        self.uid.is_some() && self.uid.as_deref() == object.uid()
    }
}

pub(super) fn key(object: &Object) -> Key {
    (object.namespace().unwrap_or_default().into(), object.name().into())
}

/// A copy that is kept by applying changes.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    pub(super) objects: BTreeMap<Key, Known>,
}

impl Held {
    /// Applies a change. Before the first list, a change may concern an object that wasn't reported before.
    pub(super) fn apply(&mut self, change: &Change, has_list: bool) -> Result<(), &'static str> {
        match change {
            Change::Added(object) => match self.objects.insert(key(object), Known::of(object)) {
                None => Ok(()),
                Some(_) => Err("it is held already"),
            },
            Change::Modified(object) => match self.objects.insert(key(object), Known::of(object)) {
                Some(known) if !known.may_be(object) => Err("another object is held"),
                Some(known) if known.version == *object.resource_version() => Err("it is held at this version"),
                Some(_) => Ok(()),
                None if has_list => Err("it isn't held"),
                None => Ok(()),
            },
            Change::Deleted(object) => match self.objects.remove(&key(object)) {
                Some(known) if !known.may_be(object) => Err("another object is held"),
                Some(_) => Ok(()),
                None if has_list => Err("it isn't held"),
                None => Ok(()),
            },
            Change::Vanished(gone) => {
                let key = (gone.namespace().unwrap_or_default().to_owned(), gone.name().to_owned());
                let last = Known { uid: gone.uid().map(Into::into), version: gone.last().clone() };
                match self.objects.remove(&key) {
                    None => Err("it isn't held"),
                    Some(known) if known != last => Err("its uid or last version isn't what was held"),
                    Some(_) => Ok(()),
                }
            }
            Change::Synced { .. } => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::draw::object;
    use super::*;

    #[test]
    fn a_change_that_can_not_be_is_found() {
        let (a, other) = (object(("", "a"), Some("1"), "5"), object(("", "a"), Some("2"), "6"));
        let mut held = Held::default();
        assert!(held.apply(&Change::Deleted(a.clone()), true).is_err());
        assert!(held.apply(&Change::Modified(a.clone()), true).is_err());
        let mut held = Held::default();
        assert_eq!(held.apply(&Change::Added(a.clone()), true), Ok(()));
        assert!(held.clone().apply(&Change::Added(a.clone()), true).is_err());
        assert!(held.clone().apply(&Change::Modified(a.clone()), true).is_err());
        assert!(held.clone().apply(&Change::Modified(other.clone()), true).is_err());
        assert!(held.clone().apply(&Change::Deleted(other), true).is_err());
        assert_eq!(held.apply(&Change::Deleted(a), true), Ok(()));
    }
}
