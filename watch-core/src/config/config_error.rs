//! What can be wrong with a configuration.

use alloc::boxed::Box;
use core::fmt;

/// A configuration that can't be: your mistake, told at build time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// `name` and `involved_object` were both given, but each is a field selector for another kind of watch.
    NameAndInvolvedObject,
    /// A [`WaitFor`](crate::WaitFor) waits for one object, but none was named.
    NoName,
    /// A [`WaitFor`](crate::WaitFor) begins with the present state, but the watch was to start without it.
    NoInitialList,
    /// A resource was named without a version, and its group isn't one of Kubernetes' own, of which the version is known.
    NoVersion {
        /// The group.
        group: Box<str>,
    },
    /// A name that must not be empty is.
    Empty {
        /// Which one.
        field: &'static str,
    },
    /// A character that can't stand there.
    InvalidCharacter {
        /// In which name.
        field: &'static str,
        /// The character.
        found: char,
        /// Where in the name, in bytes.
        offset: usize,
    },
    /// A number or duration that is too small or too large.
    OutOfRange {
        /// Which one.
        field: &'static str,
        /// What it may be.
        allowed: &'static str,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NameAndInvolvedObject => f.write_str(
                "both `name` and `involved_object` were given: `name` watches one object, \
                 `involved_object` the Events about one; choose one of them",
            ),
            Self::NoName => {
                f.write_str("no `name` was given: a wait is for one object, which a selector can't be trusted to pick")
            }
            Self::NoInitialList => {
                f.write_str("`start` is not the initial set: a wait begins with the present state; leave `start` out")
            }
            Self::NoVersion { group } => write!(
                f,
                "which version of the group {group:?} is wanted isn't known without asking the server; \
                 name it: RESOURCE.VERSION.GROUP"
            ),
            Self::Empty { field } => write!(f, "the {field} is empty"),
            Self::InvalidCharacter { field, found, offset } => {
                write!(f, "the {field} has {found:?} at byte {offset}, which can't stand there")
            }
            Self::OutOfRange { field, allowed } => write!(f, "{field} must be {allowed}"),
        }
    }
}

impl core::error::Error for ConfigError {}
