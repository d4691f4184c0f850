//! The names of the objects of a store.

use core::borrow::Borrow;
use core::cmp::Ordering;
use std::sync::Arc;

use watch_core::Object;

/// Namespace (empty for an object that has none) and name. Clones share the text.
#[derive(Clone)]
pub(super) struct Key {
    /// The namespace, and then the name.
    text: Arc<str>,
    /// Where the name begins, in bytes. An object has at most 1 GiB (`Limits::object`).
    name_at: u32,
}

/// A borrowed [`Key`], to look an object up.
#[derive(Clone, Copy)]
pub(super) struct Named<'a> {
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
}

impl<'a> Named<'a> {
    pub(super) fn of(object: &'a Object) -> Self {
        Self { namespace: object.namespace().unwrap_or_default(), name: object.name() }
    }

    pub(super) fn to_key(self) -> Key {
        let name_at = u32::try_from(self.namespace.len()).unwrap_or(u32::MAX);
        Key { text: [self.namespace, self.name].concat().into(), name_at }
    }
}

/// Something that has the namespace and the name of an object.
pub(super) trait Parts {
    fn parts(&self) -> (&str, &str);
}

impl Parts for Key {
    fn parts(&self) -> (&str, &str) {
        let name_at = usize::try_from(self.name_at).unwrap_or(usize::MAX);
        self.text.split_at_checked(name_at).unwrap_or_default()
    }
}

impl Parts for Named<'_> {
    fn parts(&self) -> (&str, &str) {
        (self.namespace, self.name)
    }
}

impl<'a> Borrow<dyn Parts + 'a> for Key {
    fn borrow(&self) -> &(dyn Parts + 'a) {
        self
    }
}

impl Ord for dyn Parts + '_ {
    fn cmp(&self, other: &Self) -> Ordering {
        self.parts().cmp(&other.parts())
    }
}

impl PartialOrd for dyn Parts + '_ {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for dyn Parts + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for dyn Parts + '_ {}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        self.parts().cmp(&other.parts())
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for Key {}
