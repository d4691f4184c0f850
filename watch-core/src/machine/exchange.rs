//! One HTTP exchange, as far as it has come.

use alloc::collections::VecDeque;
use core::fmt;

use bytes::Bytes;

use super::memory::Memory;
use crate::io::input::{Misuse, ResponseHead, TransportError};
use crate::io::request::RequestId;

/// What was handed in about one request and not yet looked at. Looking is left to the states, so that an exchange
/// which is given up takes with it all that it would still have said.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    id: RequestId,
    inbox: VecDeque<Fact>,
    progress: Progress,
}

#[derive(Clone)]
pub(crate) enum Fact {
    Head(ResponseHead),
    Bytes(Bytes),
    End,
    Failed(TransportError),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Sent,
    Responded,
    Ended,
}

impl Exchange {
    pub(crate) const fn new(id: RequestId) -> Self {
        Self { id, inbox: VecDeque::new(), progress: Progress::Sent }
    }

    pub(crate) const fn id(&self) -> RequestId {
        self.id
    }

    /// Takes a fact, if it can be one now.
    pub(crate) fn accept(&mut self, fact: Fact) -> Result<(), Misuse> {
        self.progress = match (self.progress, &fact) {
            (Progress::Ended, _) => return Err(Misuse::AfterEnd(self.id)),
            (Progress::Responded, Fact::Head(_)) => return Err(Misuse::SecondResponse(self.id)),
            (Progress::Sent, Fact::Bytes(_) | Fact::End) => return Err(Misuse::BeforeResponse(self.id)),
            (_, Fact::Failed(_)) | (Progress::Responded, Fact::End) => Progress::Ended,
            (Progress::Sent, Fact::Head(_)) | (Progress::Responded, Fact::Bytes(_)) => Progress::Responded,
        };
        self.inbox.push_back(fact);
        Ok(())
    }

    pub(crate) fn next(&mut self) -> Option<Fact> {
        self.inbox.pop_front()
    }

    /// Gives it up: what it still had to say is never heard.
    pub(crate) fn close(self, memory: &mut Memory) {
        if self.progress != Progress::Ended {
            memory.abort(self.id);
        }
    }
}

impl fmt::Debug for Fact {
    /// Shows how many bytes came, not which: they may be a Secret's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head(head) => f.debug_tuple("Head").field(head).finish(),
            Self::Bytes(bytes) => f.debug_tuple("Bytes").field(&bytes.len()).finish(),
            Self::End => f.write_str("End"),
            Self::Failed(error) => f.debug_tuple("Failed").field(error).finish(),
        }
    }
}
