//! The facts about an exchange, and how it may end.

use bytes::Bytes;
use watch_core::{Input, RequestId, ResponseHead, TransportError, TransportErrorKind};
use watch_test::model::End;

/// A fact that is on its way.
#[derive(Clone, Debug)]
pub(crate) enum Fact {
    Head(ResponseHead),
    Bytes(Bytes),
    End,
    Failed(TransportErrorKind),
}

impl Fact {
    /// Converts it into an input of a machine.
    pub(crate) fn input(self, id: RequestId) -> Input {
        match self {
            Self::Head(head) => Input::Response { id, head },
            Self::Bytes(bytes) => Input::Body { id, bytes },
            Self::End => Input::End { id },
            Self::Failed(kind) => Input::Failed { id, error: TransportError::new(kind, "simulated") },
        }
    }
}

/// How the network ends an open exchange.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate {
    /// Its body ends.
    Ends(End),
    /// It fails; `loses`: the facts on their way are lost.
    Fails { kind: TransportErrorKind, loses: bool },
}
