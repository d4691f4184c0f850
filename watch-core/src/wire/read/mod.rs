//! Reads the few members of a document that the protocol needs, and jumps over everything else.
//!
//! This reader accepts what [`super::meta`] accepts, and returns the same. It returns `None` for anything else: then the
//! complete parser, which is serde_json's, decides, and says what is wrong. So there is one source of errors, and this
//! reader needs none.

mod cursor;
mod event;
mod object;

pub(super) use self::cursor::Cursor;
pub(super) use self::event::event;
pub(super) use self::object::object;
