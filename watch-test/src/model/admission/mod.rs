//! Turns the body of a client into an object: checks it, fills in defaults, and restores fields.

pub(crate) mod admit;
pub(crate) mod checks;
pub(crate) mod decode;
pub(crate) mod deletion;
pub(crate) mod dry_run;
pub(crate) mod generation;
pub(crate) mod meta;
pub(crate) mod namespace;
pub(crate) mod object_meta;
pub(crate) mod options;
mod owner_references;
pub(crate) mod owners;
pub(crate) mod preconditions;
pub(crate) mod status;
pub(crate) mod strategy;
pub(crate) mod type_meta;
