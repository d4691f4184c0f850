//! The names of the objects of a store.

use core::borrow::Borrow;
use core::cmp::Ordering;

use watch_core::Object;

/// Namespace (empty for an object that has none) and name.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    namespace: Box<str>,
    name: Box<str>,
}

/// The same, borrowed, to look an object up.
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
        Key { namespace: self.namespace.into(), name: self.name.into() }
    }
}

/// Something that has the namespace and the name of an object.
pub(super) trait Parts {
    fn parts(&self) -> (&str, &str);
}

impl Parts for Key {
    fn parts(&self) -> (&str, &str) {
        (&self.namespace, &self.name)
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

/// As the derived order of [`Key`].
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
