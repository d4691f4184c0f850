//! The oracles. Each compares the outputs of a client with the recorded history.

pub(crate) mod backoff;
pub(crate) mod changes;
pub(crate) mod checkpoints;
pub(crate) mod checks;
pub(crate) mod compared;
pub(crate) mod deadlines;
pub(crate) mod endings;
pub(crate) mod exchanges;
pub(crate) mod limits;
pub(crate) mod notices;
pub(crate) mod rate;
pub(crate) mod reconnects;
pub(crate) mod recovery;
pub(crate) mod repeats;
pub(crate) mod requests;
pub(crate) mod settings;
pub(crate) mod timeouts;
pub(crate) mod unreadable;
pub(crate) mod work;

#[cfg(test)]
mod tests;
