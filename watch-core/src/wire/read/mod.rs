//! Reads the few members of a document that the protocol needs, and jumps over everything else.
//!
//! This reader accepts what [`super::meta`] accepts, and returns the same. For anything else it returns `None`. Then
//! the complete parser, serde_json, decides, and reports what is wrong. So all errors have one source, and this reader
//! has no errors of its own.

mod cursor;
mod event;
mod metadata;
mod object;
mod path;

pub(super) use self::cursor::Cursor;
pub(super) use self::event::event;
pub(crate) use self::metadata::metadata_member;
pub(super) use self::object::object;
pub(super) use self::path::path_at;
