//! What a client keeps from one process to the next.

use serde::{Deserialize, Serialize};

/// What a new process goes on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Saved {
    /// The newest checkpoint.
    Newest,
    /// An older one.
    Older,
    /// Nothing.
    Nothing,
    /// A checkpoint of another watch, which must be refused; then nothing.
    Foreign,
    /// A checkpoint of a release to come, which must be refused; then nothing.
    Newer,
    /// Half a checkpoint, which can't be read; then nothing.
    Torn,
}
