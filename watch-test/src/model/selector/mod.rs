//! Which objects a request is about.

pub(crate) mod field;
pub(crate) mod label;
pub(crate) mod selection;
