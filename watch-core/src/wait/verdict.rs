//! What a condition says about an object.

/// What the condition of a wait says about an object. A condition may also return a `bool`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// The object meets the condition.
    Met,
    /// The object doesn't meet the condition. The wait continues.
    Unmet,
    /// The object can't be decoded, so the wait ends with [`Outcome::Undecodable`](crate::Outcome::Undecodable) or
    /// [`OutcomeOfMany::Undecodable`](crate::OutcomeOfMany::Undecodable). For the absence of an object, it counts as
    /// `Unmet`.
    Undecodable,
}

impl From<bool> for Verdict {
    fn from(is_met: bool) -> Self {
        if is_met { Self::Met } else { Self::Unmet }
    }
}
