//! The objects that the predicate of a wait can't decode.

use watch_core::{Object, Verdict};
use watch_test::check::Rng;

/// Which objects can't be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decoding {
    /// Every object can be decoded.
    Works,
    /// Versions that end in an odd digit can't.
    EvenVersions,
    /// No object can. The predicate returns the same for the absence of an object, which counts as unmet.
    Fails,
}

impl Decoding {
    /// Draws what can be decoded; mostly everything.
    pub(super) fn draw(rng: &mut Rng) -> Self {
        rng.weighted(&[(Self::Works, 6), (Self::EvenVersions, 2), (Self::Fails, 1)])
    }

    /// Returns whether an object, or the absence of one, can't be decoded.
    pub(super) fn fails(self, object: Option<&Object>) -> bool {
        match self {
            Self::Works => false,
            Self::EvenVersions => object.is_some_and(|object| !is_even(object)),
            Self::Fails => true,
        }
    }

    /// Returns what a predicate returns. `is_met`: the condition holds.
    pub(super) fn verdict(self, object: Option<&Object>, is_met: bool) -> Verdict {
        if self.fails(object) { Verdict::Undecodable } else { is_met.into() }
    }

    /// Returns the object with which a wait must end because it can't be decoded.
    pub(super) fn undecodable(self, object: Option<&Object>) -> Option<Object> {
        object.filter(|object| self.fails(Some(object))).cloned()
    }
}

/// Returns whether the version of an object ends in an even digit.
pub(super) fn is_even(object: &Object) -> bool {
    object.resource_version().text().ends_with(['0', '2', '4', '6', '8'])
}
