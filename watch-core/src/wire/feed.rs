//! Takes complete JSON values from a body that arrives in pieces.

use core::fmt;
use core::mem;

use bytes::{Buf, Bytes, BytesMut};

use super::pieces::Pieces;
use super::scan::{Marks, Scan, ScanError};
use super::wire_error::{FrameError, FrameErrorKind};
use crate::config::JsonCheck;

/// The largest buffer that is used again for the next value: the size of a piece from a socket. An object keeps the
/// buffer alive that it is a slice of, so a buffer that is used again holds no more than a piece does.
///
/// (With a new buffer for each value, decoding a pod takes 5 % more instructions: an allocation of this size makes the
/// allocator of glibc join all its small free blocks, which the next pod needs.)
const MOST_KEPT: usize = 16 << 10;

/// Bytes waiting to be read, and the incomplete value at their beginning.
///
/// A value within one piece is a slice of that piece. A value that spans pieces is assembled in its own buffer, and
/// each byte is copied once. No byte is scanned twice.
#[derive(Clone)]
pub(super) struct Feed {
    pieces: Pieces,
    /// The part of the current value from earlier pieces.
    carry: BytesMut,
    /// Whether a value has begun. Also set when the value is skipped and so not buffered.
    begun: bool,
    scan: Scan,
    /// The number of bytes of the body before the rest in `pieces`.
    offset: u64,
    largest: usize,
}

impl Feed {
    /// `largest` is the most bytes per value, `deepest` is the most levels of nesting. Positions are noted up to level
    /// `noted`.
    pub(super) fn new(largest: usize, deepest: usize, noted: u8, check: JsonCheck) -> Self {
        Self {
            pieces: Pieces::new(),
            carry: BytesMut::new(),
            begun: false,
            scan: Scan::new(deepest, noted, check),
            offset: 0,
            largest,
        }
    }

    pub(super) fn push(&mut self, bytes: Bytes) {
        self.pieces.push(bytes);
    }

    /// Discards all buffered bytes.
    pub(super) fn clear(&mut self) {
        self.pieces = Pieces::new();
        self.carry = BytesMut::new();
        self.begun = false;
    }

    /// Returns the memory that is kept for values that span pieces.
    pub(super) fn release(&mut self) {
        if self.carry.is_empty() {
            self.carry = BytesMut::new();
        }
    }

    /// Returns the number of bytes of the body that were read.
    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    /// Returns whether a value has begun and isn't complete.
    pub(super) const fn is_partial(&self) -> bool {
        self.begun
    }

    /// Returns what was noted about the last value, until the next one begins.
    pub(super) const fn marks(&self) -> &Marks {
        self.scan.marks()
    }

    /// Returns the number of buffered bytes of an incomplete value.
    pub(super) fn buffered(&self) -> usize {
        self.carry.len()
    }

    /// Returns the next byte that isn't white space, without consuming it.
    pub(super) fn peek(&mut self) -> Option<u8> {
        loop {
            let piece = self.pieces.first()?;
            match piece.iter().position(|b| !b" \t\r\n".contains(b)) {
                Some(blank) => {
                    let byte = piece.get(blank).copied();
                    self.advance(blank);
                    return byte;
                }
                None => {
                    let blank = piece.len();
                    self.advance(blank);
                }
            }
        }
    }

    /// Skips `n` bytes of the first piece.
    pub(super) fn advance(&mut self, n: usize) {
        self.offset += n as u64;
        if let Some(piece) = self.pieces.first_mut() {
            piece.advance(n.min(piece.len()));
            if piece.is_empty() {
                self.pieces.pop();
            }
        }
    }

    /// Returns the next value, once it is complete. Fails if it isn't an object.
    pub(super) fn take_object(&mut self) -> Result<Option<Bytes>, FrameError> {
        if !self.begun {
            match self.peek() {
                None => return Ok(None),
                Some(b'{') => {}
                Some(byte) => {
                    let kind = FrameErrorKind::Unexpected { byte, wanted: "a JSON object" };
                    return Err(FrameError { offset: self.offset, kind });
                }
            }
        }
        self.take_value()
    }

    /// Returns the value that begins here, once it is complete.
    pub(super) fn take_value(&mut self) -> Result<Option<Bytes>, FrameError> {
        self.value(true)
    }

    /// Skips the value that begins here. Returns `Some` once it is complete.
    pub(super) fn skip_value(&mut self) -> Result<Option<()>, FrameError> {
        Ok(self.value(false)?.map(drop))
    }

    fn value(&mut self, keep: bool) -> Result<Option<Bytes>, FrameError> {
        while let Some(piece) = self.pieces.first_mut() {
            self.begun = true;
            // Scan no more than one byte beyond the limit, so that the bytes after it don't change the result.
            let room = if keep { self.largest.saturating_sub(self.carry.len()) } else { usize::MAX };
            let window = piece.get(..room.saturating_add(1)).unwrap_or(piece);
            let found = self.scan.scan(window).map_err(|(at, error)| FrameError {
                offset: self.offset + at as u64,
                kind: match error {
                    ScanError::LineBreakInString => FrameErrorKind::LineBreakInString,
                    ScanError::Mismatched => FrameErrorKind::Mismatched,
                    ScanError::TooDeep => FrameErrorKind::TooDeep,
                },
            })?;
            let taken = found.unwrap_or(window.len());
            if taken > room {
                let offset = self.offset + room as u64;
                return Err(FrameError { offset, kind: FrameErrorKind::TooLarge { limit: self.largest } });
            }
            let part = piece.split_to(taken);
            if piece.is_empty() {
                self.pieces.pop();
            }
            self.offset += part.len() as u64;
            match found {
                Some(_) => {
                    self.begun = false;
                    if self.carry.is_empty() {
                        return Ok(Some(part));
                    }
                    self.carry.extend_from_slice(&part);
                    return Ok(Some(self.assembled()));
                }
                None if keep => self.carry.extend_from_slice(&part),
                None => {}
            }
        }
        Ok(None)
    }

    /// Takes the value that is complete. A large one takes its buffer with it.
    fn assembled(&mut self) -> Bytes {
        let is_large = self.carry.capacity() > MOST_KEPT;
        let value = if is_large { mem::take(&mut self.carry) } else { self.carry.split() };
        value.freeze()
    }
}

impl fmt::Debug for Feed {
    /// Shows the number of bytes, not their content, because they may be a Secret's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed")
            .field("pieces", &self.pieces)
            .field("carry", &self.carry.len())
            .field("begun", &self.begun)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}
