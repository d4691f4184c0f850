//! Conditions, and how they are joined.

/// A condition on an object, or on its absence (`None`). Each `Fn(Option<&T>) -> bool` is a condition. This trait joins
/// conditions.
///
/// The module [`conditions`](crate::conditions) has ready-made ones.
///
/// ```
/// use watch_core::{Condition, Object, conditions};
///
/// let is_old = |object: Option<&Object>| object.is_some_and(|object| object.resource_version().to_string() == "5");
/// let condition = conditions::is_created.and(is_old.not()).or(conditions::is_deleted("0f1e"));
/// assert!(condition(None));
/// ```
pub trait Condition<T>: Fn(Option<&T>) -> bool + Sized {
    /// Returns the condition that holds if this one doesn't.
    fn not(self) -> impl Fn(Option<&T>) -> bool {
        move |object| !self(object)
    }

    /// Returns the condition that holds if both do.
    fn and(self, other: impl Fn(Option<&T>) -> bool) -> impl Fn(Option<&T>) -> bool {
        move |object| self(object) && other(object)
    }

    /// Returns the condition that holds if at least one of the two does.
    fn or(self, other: impl Fn(Option<&T>) -> bool) -> impl Fn(Option<&T>) -> bool {
        move |object| self(object) || other(object)
    }
}

impl<T, C: Fn(Option<&T>) -> bool> Condition<T> for C {}
