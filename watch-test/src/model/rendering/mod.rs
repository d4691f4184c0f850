//! The representations of objects.

pub(crate) mod bookmark;
pub(crate) mod representation;
pub(crate) mod table;
