//! What is said of an exchange, and how it may end.

use bytes::Bytes;
use watch_core::{Input, RequestId, ResponseHead, TransportError, TransportErrorKind};
use watch_test::model::End;

/// What is on its way.
#[derive(Clone, Debug)]
pub(crate) enum Fact {
    Head(ResponseHead),
    Bytes(Bytes),
    End,
    Failed(TransportErrorKind),
}

impl Fact {
    /// As a machine takes it.
    pub(crate) fn input(self, id: RequestId) -> Input {
        match self {
            Self::Head(head) => Input::Response { id, head },
            Self::Bytes(bytes) => Input::Body { id, bytes },
            Self::End => Input::End { id },
            Self::Failed(kind) => Input::Failed { id, error: TransportError::new(kind, "simulated") },
        }
    }
}

/// How an exchange is to end that could go on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate {
    /// Its bytes do.
    Ends(End),
    /// It fails; `loses`: with what is under way.
    Fails { kind: TransportErrorKind, loses: bool },
}
