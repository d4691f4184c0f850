//! Rules of apimachinery about texts.

pub(crate) mod names;
