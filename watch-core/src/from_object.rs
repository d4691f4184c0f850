//! Types that objects can become.

use core::convert::Infallible;
use core::error::Error;

use serde::de::DeserializeOwned;

use crate::config::{Config, ConfigError};
use crate::type_probe;
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

    /// Checks that objects of the resource of this configuration can become this type. A driver calls it before the first
    /// request. The default accepts every configuration.
    ///
    /// For a type that serde deserializes, it fails if the type is known to belong to another resource. It is known for
    /// the types of k8s-openapi, whose `apiVersion` and `kind` are fixed.
    ///
    /// # Errors
    /// Fails with [`ConfigError::WrongType`], which names both.
    ///
    /// ```
    /// # #[cfg(feature = "k8s-openapi")]
    /// # {
    /// use k8s_openapi::api::apps::v1::Deployment;
    /// use watch_core::{Config, FromObject, Resource};
    ///
    /// let pods = Config::builder(Resource::core("v1", "pods")).build()?;
    /// let error = Deployment::check_config(&pods).unwrap_err().to_string();
    /// assert!(error.starts_with("resource: the configuration has pods (v1), but the type of the objects is Deployment (apps/v1, deployments)"));
    /// # }
    /// # Ok::<(), watch_core::ConfigError>(())
    /// ```
    fn check_config(config: &Config) -> Result<(), ConfigError> {
        let _ = config;
        Ok(())
    }

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

    fn check_config(config: &Config) -> Result<(), ConfigError> {
        type_probe::check::<T>(config)
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
