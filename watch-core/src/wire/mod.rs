//! The protocol as bytes, in both directions.
//!
//! This module decides nothing, and is the same for a client and a server. The machine reads with this module what the
//! API server of `watch-test` writes with it.
//!
//! | what | read | write |
//! |---|---|---|
//! | query of a LIST or WATCH | [`ListOptions::from_query`] | [`ListOptions::to_query`] |
//! | body of a watch | [`EventParser`] | |
//! | body of a watch, into documents | [`Frames`] | |
//! | one of its documents | [`WatchEvent::parse`] | [`write_event`] |
//! | body of a LIST | [`ListParser`] | [`write_list`] |
//! | body of an error | [`Status::from_response`] | [`Status::to_json`] |

mod event_parser;
mod feed;
mod field;
mod frames;
mod identity;
mod item_type;
mod labels;
mod list;
mod list_head;
mod list_meta;
mod list_writer;
mod meta;
pub(crate) mod object;
mod pieces;
pub(crate) mod printable;
mod query;
pub(crate) mod read;
mod scan;
mod status;
mod status_details;
pub(crate) mod version;
mod watch_event;
mod wire_error;

pub use self::event_parser::EventParser;
pub use self::frames::Frames;
pub use self::list::{ListParser, ListPart};
pub use self::list_meta::{ListMeta, TypeMeta};
pub use self::list_writer::{ListStyle, write_list};
pub use self::meta::INITIAL_EVENTS_END;
pub use self::query::{ListOptions, QueryError};
pub use self::status::Status;
pub use self::status_details::{StatusCause, StatusDetails};
pub use self::watch_event::{Bookmark, EventType, WatchEvent, write_event};
pub use self::wire_error::{FrameError, FrameErrorKind, Malformed, WireError};

pub(crate) use self::list_meta::META as LIST_META;
pub(crate) use self::pieces::Pieces;
pub(crate) use self::read::metadata_member;
pub(crate) use self::scan::DEEPEST;
