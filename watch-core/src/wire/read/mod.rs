//! Reads the few members of a document that the protocol needs, and jumps over everything else.
//!
//! This reader accepts what [`super::meta`] accepts, and returns the same. For anything else it returns `None`. Then
//! the complete parser, serde_json, decides, and reports what is wrong. So all errors have one source, and this reader
//! has no errors of its own.

mod cursor;
mod event;
mod managed_fields;
mod metadata;
mod object;
mod path;

pub(crate) use self::cursor::{Cursor, Quoted};
pub(super) use self::event::event;
pub(super) use self::managed_fields::managed_fields;
pub(crate) use self::metadata::metadata_member;
pub(super) use self::object::object;
pub(super) use self::path::path_at;
