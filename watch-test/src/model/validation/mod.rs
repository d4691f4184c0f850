//! The errors of the API, what is wrong with a field, and what names may be (apimachinery).

pub(crate) mod errors;
pub(crate) mod field_errors;
pub(crate) mod names;
