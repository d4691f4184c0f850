//! What the server says about itself.

pub(crate) mod documents;
pub(crate) mod health;
pub(crate) mod negotiated;
pub(crate) mod openapi;
