//! Predicates: which changes of an object matter to a consumer.

pub mod predicates;

use core::hash::{Hash, Hasher};

use crate::wire::object::Object;

/// A property of objects. A [`PredicateFilter`](crate::PredicateFilter) drops a change if the property stays the same.
///
/// Each function `Fn(&Object) -> Option<H>` with any `H: Hash` is a predicate. The ready-made ones are in the module
/// [`predicates`]. A property is read from the JSON of the object before the object is decoded.
///
/// ```
/// use watch_core::{Predicate, predicates};
///
/// // A change of the spec if the resource has generations, otherwise any change.
/// let changed = predicates::generation.fallback(predicates::resource_version);
/// // A change of the labels or of the annotations.
/// let changed = predicates::labels.or(predicates::annotations);
/// # fn takes(_: impl Predicate) {}
/// # takes(changed);
/// ```
pub trait Predicate {
    /// Hashes the property. Returns false, and hashes nothing, if the object doesn't have the property. A change of such
    /// an object is never dropped.
    fn hash_property(&self, object: &Object, hasher: &mut dyn Hasher) -> bool;

    /// Returns a predicate whose property changes if this property or the other one changes. An object has the property
    /// if it has at least one of the two.
    #[doc(alias = "combine")]
    fn or<P: Predicate>(self, other: P) -> Or<Self, P>
    where
        Self: Sized,
    {
        Or(self, other)
    }

    /// Returns the predicate that uses the other property for an object that doesn't have this one.
    fn fallback<P: Predicate>(self, other: P) -> Fallback<Self, P>
    where
        Self: Sized,
    {
        Fallback(self, other)
    }
}

impl<H: Hash, F: Fn(&Object) -> Option<H>> Predicate for F {
    fn hash_property(&self, object: &Object, mut hasher: &mut dyn Hasher) -> bool {
        self(object).map(|property| property.hash(&mut hasher)).is_some()
    }
}

/// A property that changes if one of two properties changes: see [`Predicate::or`].
#[derive(Clone, Copy, Debug)]
pub struct Or<A, B>(A, B);

impl<A: Predicate, B: Predicate> Predicate for Or<A, B> {
    fn hash_property(&self, object: &Object, hasher: &mut dyn Hasher) -> bool {
        let (first, second) = (self.0.hash_property(object, hasher), self.1.hash_property(object, hasher));
        let has_one = first || second;
        if has_one {
            // An object may lose one property and get the other with the same value. This is a change.
            hasher.write_u8(u8::from(first));
            hasher.write_u8(u8::from(second));
        }
        has_one
    }
}

/// A property, or another one for an object that doesn't have it: see [`Predicate::fallback`].
#[derive(Clone, Copy, Debug)]
pub struct Fallback<A, B>(A, B);

impl<A: Predicate, B: Predicate> Predicate for Fallback<A, B> {
    fn hash_property(&self, object: &Object, hasher: &mut dyn Hasher) -> bool {
        self.0.hash_property(object, hasher) || self.1.hash_property(object, hasher)
    }
}
