//! The errors of a configuration.

use alloc::boxed::Box;
use core::fmt;

/// An invalid configuration: a mistake of the caller, reported when the configuration is built or a text is parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// `name` and `involved_object` were both given. Each is a field selector for a different kind of watch.
    NameAndInvolvedObject,
    /// A [`WaitFor`](crate::WaitFor) waits for one object, but the configuration names none.
    NoName,
    /// A [`WaitFor`](crate::WaitFor) begins with the present state, but the configuration starts without it.
    NoInitialList,
    /// A resource was named without a version, and its group isn't built into Kubernetes, so the version isn't known.
    NoVersion {
        /// The group.
        group: Box<str>,
    },
    /// A required name is empty.
    Empty {
        /// The name of the field.
        field: &'static str,
    },
    /// A name has a character that isn't allowed.
    InvalidCharacter {
        /// The name of the field.
        field: &'static str,
        /// The character.
        found: char,
        /// The position of the character, in bytes.
        offset: usize,
    },
    /// A selector doesn't have the syntax that Kubernetes requires.
    InvalidSelector {
        /// The name of the parameter: `labelSelector` or `fieldSelector`.
        field: &'static str,
        /// The position of the mistake in the text of the selector, in bytes.
        offset: usize,
        /// The character at that position; `None` at the end.
        found: Option<char>,
        /// What was expected there.
        expected: &'static str,
    },
    /// The type of the objects is the type of another resource.
    WrongType {
        /// The resource of the configuration: `pods (v1)`.
        configured: Box<str>,
        /// The type, with its version, and its plural if that is known: `Deployment (apps/v1, deployments)`.
        found: Box<str>,
    },
    /// A number or duration is too small or too large.
    OutOfRange {
        /// The name of the field.
        field: &'static str,
        /// The allowed range.
        allowed: &'static str,
    },
}

impl ConfigError {
    /// Returns the error of a selector that is invalid at this byte of its text.
    pub(super) fn in_selector(field: &'static str, text: &str, offset: usize, expected: &'static str) -> Self {
        let found = text.get(offset..).and_then(|rest| rest.chars().next());
        Self::InvalidSelector { field, offset, found, expected }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NameAndInvolvedObject => f.write_str(
                "both `name` and `involved_object` were given: `name` watches one object, \
                 `involved_object` the Events about one; choose one of them",
            ),
            Self::NoName => f.write_str(
                "no `name` was given: a wait needs the name of one object, because a selector may match several",
            ),
            Self::NoInitialList => {
                f.write_str("`start` isn't the initial list: a wait begins with the present state; leave `start` out")
            }
            Self::NoVersion { group } => write!(
                f,
                "the version of the group {group:?} is unknown; \
                 name it: RESOURCE.VERSION.GROUP"
            ),
            Self::Empty { field } => write!(f, "the {field} is empty"),
            Self::InvalidCharacter { field, found, offset } => {
                write!(f, "the {field} has the invalid character {found:?} at byte {offset}")
            }
            Self::InvalidSelector { field, offset, found, expected } => {
                write!(f, "the {field} is invalid at byte {offset}: expected {expected}, found ")?;
                match found {
                    Some(found) => write!(f, "{found:?}"),
                    None => f.write_str("the end"),
                }
            }
            Self::WrongType { configured, found } => write!(
                f,
                "resource: the configuration has {configured}, but the type of the objects is {found}; \
                 configure the resource of the type, or use the type of the resource"
            ),
            Self::OutOfRange { field, allowed } => write!(f, "{field} must be {allowed}"),
        }
    }
}

impl core::error::Error for ConfigError {}
