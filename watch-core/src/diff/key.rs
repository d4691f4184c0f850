//! The name of an object, as a key of the index.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::borrow::Borrow;
use core::cmp::Ordering;
use core::fmt;

/// Namespace and name, in one allocation. The length of the namespace comes first, because no separator is known to be
/// absent from both.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key(Box<[u8]>);

/// A first byte that means that the length of the namespace is in the next four. A real namespace has at most 63 bytes.
const LONG: u8 = u8::MAX;

impl Key {
    pub(crate) fn new(named: &Named<'_>) -> Self {
        let mut bytes = Vec::with_capacity(1 + named.namespace.len() + named.name.len());
        match u8::try_from(named.namespace.len()) {
            Ok(length) if length != LONG => bytes.push(length),
            _ => {
                bytes.reserve_exact(4 + named.namespace.len() + named.name.len());
                // An object has at most 1 GiB (`Limits::object`).
                let length = u32::try_from(named.namespace.len()).unwrap_or(u32::MAX);
                bytes.push(LONG);
                bytes.extend_from_slice(&length.to_le_bytes());
            }
        }
        bytes.extend_from_slice(named.namespace.as_bytes());
        bytes.extend_from_slice(named.name.as_bytes());
        Self(bytes.into())
    }

    /// Returns the namespace; empty if there is none.
    pub(crate) fn namespace(&self) -> &str {
        text(self.parts().0)
    }

    pub(crate) fn name(&self) -> &str {
        text(self.parts().1)
    }
}

/// Both parts were texts.
fn text(bytes: &[u8]) -> &str {
    core::str::from_utf8(bytes).unwrap_or_default()
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.namespace(), self.name()).fmt(f)
    }
}

/// Namespace and name of an object, to look it up without a [`Key`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named<'a> {
    /// Empty if there is none.
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
}

/// Something that has the namespace and the name of an object.
pub(crate) trait Parts {
    fn parts(&self) -> (&[u8], &[u8]);
}

impl Parts for Key {
    fn parts(&self) -> (&[u8], &[u8]) {
        let split = match self.0.split_first() {
            Some((&LONG, rest)) => rest.split_first_chunk::<4>().and_then(|(length, rest)| {
                let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
                rest.split_at_checked(length)
            }),
            Some((&length, rest)) => rest.split_at_checked(length.into()),
            None => None,
        };
        split.unwrap_or_default()
    }
}

impl Parts for Named<'_> {
    fn parts(&self) -> (&[u8], &[u8]) {
        (self.namespace.as_bytes(), self.name.as_bytes())
    }
}

impl<'a> Borrow<dyn Parts + 'a> for Key {
    fn borrow(&self) -> &(dyn Parts + 'a) {
        self
    }
}

impl Ord for dyn Parts + '_ {
    /// By the texts one after the other, then by where the first ends.
    fn cmp(&self, other: &Self) -> Ordering {
        let ((namespace, name), (other_namespace, other_name)) = (self.parts(), other.parts());
        if namespace.len() == other_namespace.len() {
            return namespace.cmp(other_namespace).then_with(|| name.cmp(other_name));
        }
        let texts = namespace.iter().chain(name).cmp(other_namespace.iter().chain(other_name));
        texts.then(namespace.len().cmp(&other_namespace.len()))
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
        (self as &dyn Parts).cmp(other)
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
