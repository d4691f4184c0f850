//! Bytes: JSON as Go writes it, protobuf as client-go sends it, and Go's types, with the errors of its
//! decoders.

pub(crate) mod go_errors;
pub(crate) mod go_types;
pub(crate) mod indent;
pub(crate) mod json;
pub(crate) mod kinds;
pub(crate) mod protobuf;
