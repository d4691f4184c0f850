//! How a wait for one object ends.

use alloc::boxed::Box;

use crate::io::output::Done;
use crate::io::time::Instant;
use crate::io::trouble::Trouble;
use crate::wire::object::Object;

/// How a wait for one object ended, with the object as a `T`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome<T = Object> {
    /// The predicate holds for this object, or for its absence (`None`).
    Met(Option<T>),
    /// This object can't be decoded, so it isn't known whether the condition holds.
    /// [`decoded`](crate::conditions::decoded) is such a condition. [`try_map`](Self::try_map) returns the reason.
    Undecodable(T),
    /// The deadline was reached first.
    DeadlineReached(LastKnown<T>),
    /// The wait ended for another reason: it was stopped, or the server refused the request.
    Ended {
        /// The reason.
        done: Box<Done>,
        /// What was known of the object.
        last: LastKnown<T>,
    },
}

impl<T> Outcome<T> {
    /// Returns the same outcome with its object replaced by what `f` returns: `outcome.try_map(Pod::from_object)`.
    ///
    /// # Errors
    /// Fails if `f` does.
    pub fn try_map<U, E>(self, f: impl FnOnce(T) -> Result<U, E>) -> Result<Outcome<U>, E> {
        Ok(match self {
            Self::Met(object) => Outcome::Met(object.map(f).transpose()?),
            Self::Undecodable(object) => Outcome::Undecodable(f(object)?),
            Self::DeadlineReached(last) => Outcome::DeadlineReached(last.try_map(f)?),
            Self::Ended { done, last } => Outcome::Ended { done, last: last.try_map(f)? },
        })
    }
}

/// The last known state of the object, if a wait ended before its predicate held.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LastKnown<T = Object> {
    /// The state that was seen last.
    pub state: ObjectState<T>,
    /// When the server last confirmed it, on the driver's clock; `None` if the state is unknown.
    pub as_of: Option<Instant>,
    /// The last failure, if it wasn't overcome. It is the reason why the state is unknown or may be out of date.
    pub trouble: Option<Box<Trouble>>,
}

impl<T> LastKnown<T> {
    fn try_map<U, E>(self, f: impl FnOnce(T) -> Result<U, E>) -> Result<LastKnown<U>, E> {
        let state = match self.state {
            ObjectState::Unknown => ObjectState::Unknown,
            ObjectState::Absent => ObjectState::Absent,
            ObjectState::Present(object) => ObjectState::Present(f(object)?),
        };
        Ok(LastKnown { state, as_of: self.as_of, trouble: self.trouble })
    }

    /// Returns whether [`state`](Self::state) is the server's state at the end of the wait: it was read, and no failure
    /// followed.
    pub fn is_known(&self) -> bool {
        !matches!(self.state, ObjectState::Unknown) && self.trouble.is_none()
    }
}

/// What is known of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ObjectState<T = Object> {
    /// Nothing: the server never returned a list.
    Unknown,
    /// It doesn't exist.
    Absent,
    /// It exists.
    Present(T),
}

impl<T> ObjectState<T> {
    /// Returns the object; `None` if it doesn't exist or isn't known.
    pub const fn object(&self) -> Option<&T> {
        match self {
            Self::Present(object) => Some(object),
            Self::Unknown | Self::Absent => None,
        }
    }

    pub(super) fn of(object: Option<T>) -> Self {
        object.map_or(Self::Absent, Self::Present)
    }
}
