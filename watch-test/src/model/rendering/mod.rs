//! The forms that objects are sent in.

pub(crate) mod bookmark;
pub(crate) mod representation;
pub(crate) mod table;
