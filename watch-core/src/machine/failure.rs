//! What a state says when something went wrong.

use core::time::Duration;

use super::exchange::Exchange;
use crate::io::cause::Cause;
use crate::io::trouble::During;

/// What a state fails with.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) exchange: Exchange,
    /// What was being done.
    pub(super) during: During,
    pub(super) cause: Cause,
    /// What the head of the response asked for.
    pub(super) retry_after: Option<Duration>,
}
