//! Media types of bodies.

pub(crate) const JSON: &str = "application/json";
/// A JSON merge patch.
pub(crate) const MERGE: &str = "application/merge-patch+json";
/// A strategic merge patch.
pub(crate) const STRATEGIC: &str = "application/strategic-merge-patch+json";
/// A JSON patch.
pub(crate) const OPERATIONS: &str = "application/json-patch+json";
