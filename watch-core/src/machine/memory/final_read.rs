//! The read before the deadline of a wait.

use core::time::Duration;

use crate::io::time::Instant;

/// Whether the present state is read once more before the deadline, and how far that is.
///
/// A watch whose connection died without a sign (half-open) stays silent until its `timeoutSeconds` are over, and so
/// would miss a state that the server had long before the deadline.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum FinalRead {
    /// There is none: this is a watch.
    #[default]
    None,
    /// It is to come.
    Pending,
    /// It was asked for at this time, when that many attempts had failed, and isn't answered.
    Asked { at: Instant, attempts: u32 },
    /// It was answered.
    Answered,
}

/// The longest that is kept for it.
const LONGEST: Duration = Duration::from_secs(5);

/// How long before the deadline it is asked for, and so how long it may take: a quarter of the whole, 5 s at most.
pub(crate) fn ahead(deadline: Duration) -> Duration {
    (deadline / 4).min(LONGEST)
}
