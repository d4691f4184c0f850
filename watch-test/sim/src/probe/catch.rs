//! Reports a panic as a violation.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::violation::{Oracle, Violation};

/// Returns a panic as a violation. The values that the function used are discarded, because a panic may leave them
/// inconsistent.
pub(super) fn panics(experiment: impl FnOnce() -> Result<(), Violation>) -> Result<(), Violation> {
    catch_unwind(AssertUnwindSafe(experiment)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(Violation::new(Oracle::Panic, text.unwrap_or_else(|| "panicked without a message".into())))
    })
}
