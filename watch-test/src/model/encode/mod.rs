//! Bytes: JSON as Go writes it, protobuf as client-go sends it, and the errors of Go's decoders.

pub(crate) mod go_errors;
pub(crate) mod indent;
pub(crate) mod json;
pub(crate) mod protobuf;
