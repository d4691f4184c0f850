//! wip
#![no_std]
extern crate alloc;

mod backoff;
mod checkpoint;
mod config;
mod diff;
mod event;
mod fingerprint;
mod input;
mod memory;
mod notice;
mod object;
mod output;
mod phase;
mod position;
mod request;
mod resource;
mod rng;
mod selector;
mod state;
mod time;
mod trouble;
mod version;
mod watcher;
pub mod wire;

pub use self::checkpoint::{Checkpoint, CheckpointError};
pub use self::config::{
    Config, ConfigBuilder, ConfigError, InitialSet, Limits, ListSemantics, OnExpired, Representation, Start, Timing,
};
pub use self::diff::{Change, Diff, DiffSnapshot, SnapshotError, Vanished};
pub use self::event::{Event, InitialCause};
pub use self::input::{Input, Misuse, ResponseHead, TransportError, TransportErrorKind};
pub use self::notice::{Next, Notice, Skipped};
pub use self::object::{DecodeError, Object};
pub use self::output::{Done, Output, Wait, Waiting};
pub use self::phase::Phase;
pub use self::request::{Request, RequestId, RequestKind};
pub use self::resource::Resource;
pub use self::selector::{FieldSelector, LabelSelector};
pub use self::time::Instant;
pub use self::trouble::{Cause, During, Silence, Trouble};
pub use self::version::{InvalidResourceVersion, LONGEST_RESOURCE_VERSION, ResourceVersion};
pub use self::watcher::{Freshness, Watcher};
