//! Checks the events that a watch client delivers against the history of the store. The client can be written in any
//! language. The module also has helpers for tests that search for failures: random cases from a seed, hashes to
//! compare runs, shrinking, and drawing.
//!
//! [`History`] records what was written. [`StreamOracle`] takes the events one by one. It fails at the first event that
//! is out of order, duplicated, invented, or after a gap. The project's simulator uses the same oracle.
//!
//! ```
//! use serde_json::json;
//! use watch_core::{Event, InitialCause, Object};
//! use watch_test::check::{History, Invariant, Oddities, Selection, StreamOracle};
//!
//! let pod = |version: u64, phase: &str| json!({
//!     "kind": "Pod", "apiVersion": "v1",
//!     "metadata": {"name": "a", "namespace": "default", "resourceVersion": version.to_string()},
//!     "status": {"phase": phase},
//! });
//! let mut history = History::new();
//! history.record("default/a", Some(pod(1, "Pending")), 1);
//! history.record("default/a", Some(pod(2, "Running")), 2);
//! history.record("default/a", Some(pod(3, "Succeeded")), 3);
//!
//! // What the client under test delivered: a list as of version 1, and then a change.
//! let object = |version, phase| Object::parse(pod(version, phase).to_string().into());
//! let events = [
//!     Event::InitialBegin { cause: InitialCause::First },
//!     Event::Initial(object(1, "Pending")?),
//!     Event::InitialEnd { resource_version: "1".parse()? },
//!     Event::Modified(object(3, "Succeeded")?),
//! ];
//! let mut oracle = StreamOracle::new(Selection::all().namespace("default"), Oddities::default());
//! let violation = events.iter().find_map(|event| oracle.event(&history, history.present(), event).err());
//! assert_eq!(violation.map(|violation| violation.invariant), Some(Invariant::Reliable), "version 2 is missing");
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

mod digest;
mod draw;
mod history;
mod line_of;
mod oddities;
mod random;
mod selection;
mod shrink;
mod stream;
mod timeline;
mod violation;

pub use self::digest::Digest;
pub use self::draw::draw;
pub use self::history::{Change, History};
pub use self::oddities::{Oddities, VersionOrder};
pub use self::selection::Selection;
pub use self::shrink::{shorten, simpler};
pub use self::stream::{Position, StreamOracle};
pub use self::timeline::{Line, Mark, Who};
pub use self::violation::{Invariant, Violation};
pub use crate::rng::Rng;
