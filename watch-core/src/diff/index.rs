//! The objects that a [`Diff`](super::Diff) knows, in the order of their names.

use alloc::collections::BTreeMap;
use core::iter;
use core::ops::Bound;

use super::entry::{Known, Last, Odd, Usual};
use super::key::{Key, Named, Parts};
use crate::wire::object::Object;
use crate::wire::version::ResourceVersion;

/// The number of an object that is in no list, or in one of before the numbers began again.
pub(super) const NO_LIST: u8 = 0;

/// An object is in one of the maps.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    usual: BTreeMap<Key, Usual>,
    odd: BTreeMap<Key, Odd>,
}

/// A place of the index.
#[derive(Debug)]
pub(super) enum Slot<'a> {
    Usual(&'a mut Usual),
    Odd(&'a mut Odd),
}

impl Slot<'_> {
    pub(super) const fn known(&self) -> Known<'_> {
        match self {
            Self::Usual(entry) => Known::Usual(entry),
            Self::Odd(entry) => Known::Odd(entry),
        }
    }

    /// Marks the object as part of the current list.
    pub(super) const fn keep(&mut self, round: u8) {
        match self {
            Self::Usual(entry) => entry.keep(round),
            Self::Odd(entry) => entry.keep(round),
        }
    }

    /// Replaces what is known. Returns false, and changes nothing, if the object belongs into the other map.
    fn replace(&mut self, object: &Object, round: u8) -> bool {
        let (uid, version) = (object.uid(), object.resource_version());
        match (self, Usual::new(uid, version, round)) {
            (Self::Usual(entry), Some(usual)) => **entry = usual,
            (Self::Odd(entry), None) => **entry = Odd::new(uid, version, round),
            (Self::Usual(_), None) | (Self::Odd(_), Some(_)) => return false,
        }
        true
    }
}

pub(super) fn named(object: &Object) -> Named<'_> {
    Named { namespace: object.namespace().unwrap_or_default(), name: object.name() }
}

impl Index {
    pub(super) fn len(&self) -> usize {
        self.usual.len() + self.odd.len()
    }

    /// Returns what is known of the object of this name.
    pub(super) fn get(&self, object: &Object) -> Option<Known<'_>> {
        let named = named(object);
        match self.usual.get(&named as &dyn Parts) {
            Some(entry) => Some(Known::Usual(entry)),
            None => self.odd.get(&named as &dyn Parts).map(Known::Odd),
        }
    }

    pub(super) fn get_mut(&mut self, object: &Object) -> Option<Slot<'_>> {
        let named = named(object);
        match self.usual.get_mut(&named as &dyn Parts) {
            Some(entry) => Some(Slot::Usual(entry)),
            None => self.odd.get_mut(&named as &dyn Parts).map(Slot::Odd),
        }
    }

    /// Adds an object, or replaces the one of its name.
    pub(super) fn insert(&mut self, named: &Named<'_>, uid: Option<&str>, version: &ResourceVersion, round: u8) {
        if let Some(usual) = Usual::new(uid, version, round) {
            self.odd.remove(named as &dyn Parts);
            self.usual.insert(Key::new(named), usual);
        } else {
            self.usual.remove(named as &dyn Parts);
            self.odd.insert(Key::new(named), Odd::new(uid, version, round));
        }
    }

    /// Replaces what is known of an object.
    pub(super) fn replace(&mut self, object: &Object, round: u8) {
        let is_replaced = self.get_mut(object).is_some_and(|mut slot| slot.replace(object, round));
        if !is_replaced {
            self.insert(&named(object), object.uid(), object.resource_version(), round);
        }
    }

    /// Removes the object of this name, and returns what was known of it.
    pub(super) fn remove(&mut self, named: &Named<'_>) -> Option<(Key, Last)> {
        let named = named as &dyn Parts;
        if let Some((key, entry)) = self.usual.remove_entry(named) {
            return Some((key, Known::Usual(&entry).to_last()?));
        }
        let (key, entry) = self.odd.remove_entry(named)?;
        Some((key, Known::Odd(&entry).to_last()?))
    }

    /// Removes the first object after this one that isn't in the list.
    pub(super) fn remove_missing(&mut self, after: Option<&Key>, round: u8) -> Option<(Key, Last)> {
        let (key, _) = self.iter_after(after).find(|(_, known)| !known.is_of(round))?;
        let key = key.clone();
        self.remove(&Named { namespace: key.namespace(), name: key.name() })
    }

    /// Returns the objects after this one, or all.
    pub(super) fn iter_after(&self, after: Option<&Key>) -> impl Iterator<Item = (&Key, Known<'_>)> {
        let from = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let mut usual = self.usual.range::<Key, _>(from).map(|(key, entry)| (key, Known::Usual(entry))).peekable();
        let mut odd = self.odd.range::<Key, _>(from).map(|(key, entry)| (key, Known::Odd(entry))).peekable();
        iter::from_fn(move || match (usual.peek(), odd.peek()) {
            (Some((key, _)), Some((other, _))) if other < key => odd.next(),
            (None, _) => odd.next(),
            _ => usual.next(),
        })
    }

    /// Returns the number of the next list. No object is in it yet.
    pub(super) fn next_round(&mut self, round: u8) -> u8 {
        round.checked_add(1).unwrap_or_else(|| {
            // Numbers are used again.
            self.forget_rounds();
            NO_LIST + 1
        })
    }

    /// From now on the objects are in no list.
    pub(super) fn forget_rounds(&mut self) {
        self.usual.values_mut().for_each(|entry| entry.keep(NO_LIST));
        self.odd.values_mut().for_each(|entry| entry.keep(NO_LIST));
    }
}
