//! The selection of objects by a request.

pub(crate) mod field;
pub(crate) mod label;
pub(crate) mod selection;
