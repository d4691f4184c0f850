//! An HTTP exchange.

use alloc::boxed::Box;
use core::fmt;

use bytes::Bytes;

use super::memory::Outbox;
use crate::io::input::{Misuse, ResponseHead, TransportError};
use crate::io::request::RequestId;
use crate::wire::Pieces;

/// The inputs for one request that weren't processed yet. The states process them, so an exchange that is dropped takes
/// its unprocessed inputs with it. Their order is always the same: the head, the body, and the end.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    id: RequestId,
    head: Option<Box<ResponseHead>>,
    body: Pieces,
    /// Boxed, because most of the time there is none.
    end: Option<Box<Result<(), TransportError>>>,
    stage: Stage,
    /// The head of the response was received.
    was_open: bool,
    /// The driver decompresses the body.
    is_decompressed: bool,
}

#[derive(Clone)]
pub(crate) enum Fact {
    /// Boxed, because there is one in a response, and all facts have the size of the largest.
    Head(Box<ResponseHead>),
    Bytes(Bytes),
    End,
    Failed(TransportError),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Sent,
    Responded,
    Ended,
}

impl Exchange {
    pub(crate) const fn new(id: RequestId) -> Self {
        Self {
            id,
            head: None,
            body: Pieces::new(),
            end: None,
            stage: Stage::Sent,
            was_open: false,
            is_decompressed: false,
        }
    }

    pub(crate) const fn id(&self) -> RequestId {
        self.id
    }

    /// Takes a fact, if it is valid now.
    pub(crate) fn accept(&mut self, fact: Fact) -> Result<(), Misuse> {
        self.stage = match (self.stage, &fact) {
            (Stage::Ended, _) => return Err(Misuse::AfterEnd(self.id)),
            (Stage::Responded, Fact::Head(_)) => return Err(Misuse::SecondResponse(self.id)),
            (Stage::Sent, Fact::Bytes(_) | Fact::End) => return Err(Misuse::BeforeResponse(self.id)),
            (_, Fact::Failed(_)) | (Stage::Responded, Fact::End) => Stage::Ended,
            (Stage::Sent, Fact::Head(_)) | (Stage::Responded, Fact::Bytes(_)) => Stage::Responded,
        };
        match fact {
            Fact::Head(head) => {
                self.was_open = true;
                self.is_decompressed = head.decompressed;
                self.head = Some(head);
            }
            Fact::Bytes(bytes) => self.body.push(bytes),
            Fact::End => self.end = Some(Box::new(Ok(()))),
            Fact::Failed(error) => self.end = Some(Box::new(Err(error))),
        }
        Ok(())
    }

    /// Returns the next fact. Bytes that were handed in piece by piece may be one piece.
    pub(crate) fn next(&mut self) -> Option<Fact> {
        if let Some(head) = self.head.take() {
            return Some(Fact::Head(head));
        }
        if let Some(bytes) = self.body.pop() {
            return Some(Fact::Bytes(bytes));
        }
        self.end.take().map(|end| end.map_or_else(Fact::Failed, |()| Fact::End))
    }

    /// Returns whether the head of the response was received.
    pub(super) const fn was_open(&self) -> bool {
        self.was_open
    }

    /// Returns whether its body may be corrupt although it is complete.
    pub(super) const fn is_decompressed(&self) -> bool {
        self.is_decompressed
    }

    /// Drops the exchange. Facts about it are ignored from now on.
    pub(crate) fn close(self, outbox: &mut Outbox) {
        if self.stage != Stage::Ended {
            outbox.abort(self.id);
        }
    }
}

impl Fact {
    /// Returns whether it is a part of the body without bytes, which says nothing.
    pub(crate) const fn is_empty(&self) -> bool {
        matches!(self, Self::Bytes(bytes) if bytes.is_empty())
    }
}

impl fmt::Debug for Fact {
    /// Shows the number of bytes, not their content, because they may be a Secret's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head(head) => f.debug_tuple("Head").field(head).finish(),
            Self::Bytes(bytes) => f.debug_tuple("Bytes").field(&bytes.len()).finish(),
            Self::End => f.write_str("End"),
            Self::Failed(error) => f.debug_tuple("Failed").field(error).finish(),
        }
    }
}
