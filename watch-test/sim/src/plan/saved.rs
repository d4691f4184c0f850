//! The checkpoints that a client keeps from one process to the next.

use serde::{Deserialize, Serialize};

/// The checkpoint that a new process resumes from.
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
    /// A checkpoint of a future release, which must be refused; then nothing.
    Newer,
    /// Half a checkpoint, which can't be read; then nothing.
    Torn,
}
