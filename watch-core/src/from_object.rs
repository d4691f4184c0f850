//! Types that objects can become.

use core::convert::Infallible;
use core::error::Error;

use serde::de::DeserializeOwned;

use crate::wire::object::{DecodeError, Object};

/// A type that an object of a watch can become: the `T` of [`Event<T>`](crate::Event) and [`Change<T>`](crate::Change).
///
/// Every type that serde deserializes implements this trait: the object is decoded, and decoding fails with a
/// [`DecodeError`] if the object doesn't fit the type. [`Object`] implements the trait too: the object is passed on
/// unchanged, without a copy. That can't fail, so the error is [`Infallible`], and `let Ok(object) = result;` is enough
/// to get the object.
///
/// Implement it for a type that needs less than decoding:
///
/// ```
/// use core::convert::Infallible;
/// use watch_core::{FromObject, Object};
///
/// struct Name(String);
///
/// impl FromObject for Name {
///     type Error = Infallible;
///
///     fn from_object(object: Object) -> Result<Self, Infallible> {
///         Ok(Self(object.name().to_owned()))
///     }
/// }
///
/// let Ok(name) = Name::from_object(Object::parse(r#"{"metadata":{"name":"web","resourceVersion":"5"}}"#.into())?);
/// assert_eq!(name.0, "web");
/// # Ok::<(), watch_core::Malformed>(())
/// ```
pub trait FromObject: Sized {
    /// The reason why an object can't become this type.
    type Error: Error + Send + Sync + 'static;

    /// Creates a value from an object.
    ///
    /// # Errors
    /// Fails if the object doesn't fit the type.
    fn from_object(object: Object) -> Result<Self, Self::Error>;

    /// Returns the same value in memory of its own, so that it can be kept for a long time: see [`Object::detach`]. The
    /// default returns the value unchanged. That is right for a type that borrows nothing from the object's buffer,
    /// such as every type that serde deserializes.
    #[must_use]
    fn detach(self) -> Self {
        self
    }
}

impl<T: DeserializeOwned> FromObject for T {
    type Error = DecodeError;

    fn from_object(object: Object) -> Result<Self, DecodeError> {
        object.decode()
    }
}

impl FromObject for Object {
    type Error = Infallible;

    fn from_object(object: Object) -> Result<Self, Infallible> {
        Ok(object)
    }

    fn detach(self) -> Self {
        self.detach()
    }
}
