//! The pieces of a body that weren't read yet.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;
use core::mem;

use bytes::Bytes;

/// Pieces with fewer bytes than this are joined. An entry takes 32 bytes, and up to three times as much while the queue
/// grows. So the entries of longer pieces take less than the pieces.
const SMALL: usize = 256;

/// The most bytes that are joined: as many as a piece from a socket has. An object keeps the piece alive that it is a
/// slice of, so joined pieces are no longer than other pieces.
const JOINED: usize = 16 << 10;

/// Room for this many pieces is kept while there are none.
const KEPT: usize = 16;

/// Pieces in the order in which they came. They take at most twice the size of their bytes, in addition to a constant:
/// small pieces are joined, and larger ones aren't copied.
///
/// One piece at a time needs no allocation, and the queue is small: each open watch holds two of them.
#[derive(Clone)]
pub(crate) struct Pieces {
    first: Option<Bytes>,
    /// Empty if there is no first.
    rest: Option<Box<Rest>>,
}

#[derive(Clone, Default)]
struct Rest {
    pieces: VecDeque<Bytes>,
    /// The small pieces after those.
    joined: Vec<u8>,
}

impl Pieces {
    pub(crate) const fn new() -> Self {
        Self { first: None, rest: None }
    }

    /// Adds a piece. One without bytes is ignored.
    pub(crate) fn push(&mut self, piece: Bytes) {
        if piece.is_empty() {
            return;
        }
        if self.first.is_none() {
            self.first = Some(piece);
        } else {
            self.rest.get_or_insert_default().push(piece);
        }
    }

    pub(crate) fn pop(&mut self) -> Option<Bytes> {
        let piece = self.first.take()?;
        if let Some(rest) = &mut self.rest {
            self.first = rest.pop();
            if self.first.is_none() && rest.pieces.capacity() > KEPT {
                self.rest = None;
            }
        }
        Some(piece)
    }

    pub(crate) const fn first(&self) -> Option<&Bytes> {
        self.first.as_ref()
    }

    pub(crate) const fn first_mut(&mut self) -> Option<&mut Bytes> {
        self.first.as_mut()
    }
}

impl Rest {
    fn push(&mut self, piece: Bytes) {
        let is_small = piece.len() < SMALL;
        if !is_small || self.joined.len() + piece.len() > JOINED {
            self.end_joined();
        }
        if is_small {
            self.joined.extend_from_slice(&piece);
        } else {
            self.pieces.push_back(piece);
        }
    }

    fn pop(&mut self) -> Option<Bytes> {
        if self.pieces.is_empty() {
            self.end_joined();
        }
        self.pieces.pop_front()
    }

    /// Makes one piece of the joined ones.
    fn end_joined(&mut self) {
        if !self.joined.is_empty() {
            let mut joined = mem::take(&mut self.joined);
            joined.shrink_to_fit();
            self.pieces.push_back(joined.into());
        }
    }
}

impl fmt::Debug for Pieces {
    /// Shows the number of bytes, not their content, because they may be a Secret's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rest = self.rest.iter().flat_map(|rest| rest.pieces.iter());
        let joined = self.rest.as_ref().map_or(0, |rest| rest.joined.len());
        let bytes = joined + self.first.iter().chain(rest).map(Bytes::len).sum::<usize>();
        f.debug_tuple("Bytes").field(&bytes).finish()
    }
}
