//! The cooperative budget of a task.

use core::task::{Context, Poll};

use tokio::task::coop::{self, RestoreOnPending};

/// Takes a unit of the task's budget (`tokio::task::coop`), as `coop::poll_proceed` does. The unit is returned unless
/// there is progress.
///
/// If the budget is used up, tokio wakes the task only after its poll. `FuturesUnordered` and `SelectAll` wouldn't
/// notice that a stream yields, and would poll all others that are ready, each in vain. After a wake during the poll
/// they stop.
pub(crate) fn poll_proceed(cx: &mut Context<'_>) -> Poll<RestoreOnPending> {
    let budget = coop::poll_proceed(cx);
    if budget.is_pending() {
        cx.waker().wake_by_ref();
    }
    budget
}
