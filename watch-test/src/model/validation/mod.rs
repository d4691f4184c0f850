//! The errors of the API and of fields, and the rules for names (apimachinery).

pub(crate) mod errors;
pub(crate) mod field_errors;
pub(crate) mod names;
