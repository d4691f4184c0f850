//! Those who judge. Each sees what a client was told, and knows the truth.

pub(crate) mod changes;
pub(crate) mod checkpoints;
pub(crate) mod compared;
pub(crate) mod deadlines;
pub(crate) mod endings;
pub(crate) mod exchanges;
pub(crate) mod limits;
pub(crate) mod notices;
pub(crate) mod promises;
pub(crate) mod rate;
pub(crate) mod requests;
pub(crate) mod sequence;
pub(crate) mod unreadable;

#[cfg(test)]
mod tests;
