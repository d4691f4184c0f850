//! The values that pass the two doors of a [`Watcher`](crate::Watcher), and what it reports about itself.

#[cfg(feature = "arbitrary")]
mod arbitrary;
pub(crate) mod cause;
pub(crate) mod checkpoint;
pub(crate) mod counters;
pub(crate) mod event;
pub(crate) mod input;
pub(crate) mod list_changes;
pub(crate) mod notice;
pub(crate) mod output;
pub(crate) mod phase;
pub(crate) mod request;
#[cfg(feature = "trace")]
mod text_or_bytes;
pub(crate) mod time;
pub(crate) mod trouble;
