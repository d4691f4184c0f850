//! Outputs that wait to be emitted.

use alloc::boxed::Box;
use alloc::collections::VecDeque;

use crate::io::notice::Notice;
use crate::io::output::Output;
use crate::io::request::RequestId;

/// Outputs that are emitted before those of the state, and the number of the last request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outbox {
    /// Notices are rare, so an open watch keeps no room for them.
    #[expect(clippy::box_collection, reason = "most of the time there is none, and it would be four times as large")]
    queue: Option<Box<VecDeque<Output>>>,
    sent: u64,
}

impl Outbox {
    pub(crate) fn notify(&mut self, notice: Notice) {
        self.queue.get_or_insert_default().push_back(Output::Notice(notice));
    }

    pub(crate) fn abort(&mut self, id: RequestId) {
        self.queue.get_or_insert_default().push_back(Output::Abort(id));
    }

    pub(crate) fn next(&mut self) -> Option<Output> {
        let queue = self.queue.as_mut()?;
        let output = queue.pop_front();
        if queue.is_empty() {
            self.queue = None;
        }
        output
    }

    /// Returns the id for the next request.
    pub(crate) const fn next_id(&mut self) -> RequestId {
        self.sent += 1;
        RequestId(self.sent)
    }

    pub(crate) const fn has_sent(&self, id: RequestId) -> bool {
        0 < id.0 && id.0 <= self.sent
    }

    /// Returns whether nothing was sent and nothing is queued.
    #[cfg(feature = "trace")]
    pub(crate) fn is_unused(&self) -> bool {
        self.sent == 0 && self.queue.is_none()
    }
}
