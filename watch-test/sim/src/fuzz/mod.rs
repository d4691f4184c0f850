//! The bodies of the fuzz targets: functions over bytes, so that every build compiles them and `cargo test` runs them
//! over the committed corpus. The targets in the folder `fuzz` have one line each.
//!
//! For any input: no panic; limits are kept; the result doesn't depend on how it is cut; what is read and written again
//! reads the same.

mod event;
mod frames;
mod list;
mod machine;
mod query;
mod status;
mod version;

pub use self::event::event;
pub use self::frames::frames;
pub use self::list::list;
pub use self::machine::machine;
pub use self::query::query;
pub use self::status::status;
pub use self::version::version;
pub use crate::metadata::metadata;
pub use crate::scan::{document, scan};

/// A function for arbitrary bytes.
pub type Target = fn(&[u8]);

/// The targets by name.
pub const TARGETS: [(&str, Target); 9] = [
    ("event", event),
    ("frames", frames),
    ("list", list),
    ("machine", machine),
    ("metadata", metadata),
    ("query", query),
    ("scan", scan),
    ("status", status),
    ("version", version),
];
