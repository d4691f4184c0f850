//! Types that objects can become.

use core::convert::Infallible;
use core::error::Error;

use serde::de::DeserializeOwned;

use crate::wire::object::{DecodeError, Object};

/// A type that an object of a watch can become: the `T` of [`Event<T>`](crate::Event) and [`Change<T>`](crate::Change).
///
/// Every type that serde deserializes implements it: the object is decoded, and one that doesn't fit the type is a
/// [`DecodeError`]. [`Object`] implements it too: it is passed on as it came, without a copy. That can't fail, so its
/// error is [`Infallible`], and `let Ok(object) = result;` is enough to get it.
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

    /// Returns the same value in memory of its own, to be kept for long: see [`Object::detach`]. A type that borrows
    /// nothing from the object's buffer, as those that serde deserializes, is returned as it is.
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
