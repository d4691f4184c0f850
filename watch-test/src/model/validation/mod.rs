//! Rules of apimachinery about texts.

pub(crate) mod errors;
pub(crate) mod field_errors;
pub(crate) mod names;
