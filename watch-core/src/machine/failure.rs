//! The failure of a state.

use core::time::Duration;

use super::exchange::Exchange;
use crate::io::cause::Cause;
use crate::io::trouble::During;

/// A failure that a state returns.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) exchange: Exchange,
    /// The operation that failed.
    pub(super) during: During,
    pub(super) cause: Cause,
    /// The `Retry-After` of the head of the response.
    pub(super) retry_after: Option<Duration>,
}
