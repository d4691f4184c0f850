//! Checks of a watch client, whatever it is written with: is the stream of events that it delivers one that this history of
//! the store allows? And for tests that search for a failure: numbers from a seed, shrinking a case, and drawing a timeline.
//!
//! [`History`] records what was written, [`StreamOracle`] takes the events one by one and fails at the first that can't be:
//! out of order, duplicated, invented, or after a gap. The project's own simulator uses the same.
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

mod draw;
mod history;
mod oddities;
mod selection;
mod shrink;
mod stream;
mod timeline;
mod violation;

pub use self::draw::draw;
pub use self::history::{Change, History};
pub use self::oddities::{Oddities, VersionOrder};
pub use self::selection::Selection;
pub use self::shrink::{shorten, simpler};
pub use self::stream::{Position, StreamOracle};
pub use self::timeline::{Line, Mark, Who};
pub use self::violation::{Invariant, Violation};
pub use crate::rng::SplitMix64;
