//! How a wait for several objects ends.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::io::output::Done;
use crate::io::time::Instant;
use crate::io::trouble::Trouble;
use crate::wire::object::Object;

/// How a wait for several objects ended, with each object as a `T`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutcomeOfMany<T = Object> {
    /// The condition was met by these objects. For [`all`](crate::WaitForMany::all), these are all objects. Empty if
    /// the condition holds for the absence of objects.
    Met(Vec<T>),
    /// This object can't be decoded, so it isn't known whether the condition is met.
    /// [`decoded`](crate::conditions::decoded) is such a condition. [`try_map`](Self::try_map) returns the reason.
    Undecodable(T),
    /// The deadline was reached first.
    DeadlineReached(LastKnownOfMany<T>),
    /// The wait ended for another reason: it was stopped, or the server refused the request.
    Ended {
        /// The reason.
        done: Box<Done>,
        /// What was known of the objects.
        last: LastKnownOfMany<T>,
    },
}

/// The last known state of the objects, if a wait ended before its condition was met. Objects are in the order of
/// namespace and name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LastKnownOfMany<T = Object> {
    /// The objects that meet the condition.
    pub met: Vec<T>,
    /// The objects that don't meet it.
    pub unmet: Vec<T>,
    /// The [names](crate::WaitForMany::names) for which no object is known.
    pub absent: Vec<Box<str>>,
    /// When the server last confirmed this state, on the driver's clock; `None` if no list was complete. Without
    /// a complete list, the objects are those that were seen so far.
    pub as_of: Option<Instant>,
    /// The last failure, if it wasn't overcome. It is the reason why the state is unknown or may be out of date.
    pub trouble: Option<Box<Trouble>>,
}

impl<T> OutcomeOfMany<T> {
    /// Returns the same outcome with its objects replaced by what `f` returns: `outcome.try_map(Pod::from_object)`.
    ///
    /// # Errors
    /// Fails if `f` does.
    pub fn try_map<U, E>(self, mut f: impl FnMut(T) -> Result<U, E>) -> Result<OutcomeOfMany<U>, E> {
        Ok(match self {
            Self::Met(objects) => OutcomeOfMany::Met(objects.into_iter().map(f).collect::<Result<_, _>>()?),
            Self::Undecodable(object) => OutcomeOfMany::Undecodable(f(object)?),
            Self::DeadlineReached(last) => OutcomeOfMany::DeadlineReached(last.try_map(f)?),
            Self::Ended { done, last } => OutcomeOfMany::Ended { done, last: last.try_map(f)? },
        })
    }
}

impl<T> LastKnownOfMany<T> {
    /// Returns whether this is the server's state at the end of the wait: it was read, and no failure followed.
    pub const fn is_known(&self) -> bool {
        self.as_of.is_some() && self.trouble.is_none()
    }

    fn try_map<U, E>(self, mut f: impl FnMut(T) -> Result<U, E>) -> Result<LastKnownOfMany<U>, E> {
        let Self { met, unmet, absent, as_of, trouble } = self;
        let mut map = |objects: Vec<T>| objects.into_iter().map(&mut f).collect::<Result<Vec<U>, E>>();
        Ok(LastKnownOfMany { met: map(met)?, unmet: map(unmet)?, absent, as_of, trouble })
    }
}
