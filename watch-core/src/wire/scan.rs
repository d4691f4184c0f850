//! Finds the end of a JSON value in input that arrives in pieces, and scans each byte once.

use memchr::memchr3;

/// The deepest nesting that [`Scan`] can follow. Each level needs one bit.
pub(crate) const DEEPEST: usize = 512;

/// Why the end of a value can't be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScanError {
    /// A raw line break inside a string. JSON forbids it; it is the sign of a truncated line.
    LineBreakInString,
    /// A bracket that doesn't match the open one.
    Mismatched,
    /// More levels than allowed.
    TooDeep,
}

/// Follows strings and brackets until the value that began with the first byte is complete.
///
/// This finds boundaries only. Whether the bytes between them are JSON is checked by the decoder.
#[derive(Clone, Debug)]
pub(super) struct Scan {
    place: Place,
    levels: Levels,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Before the first byte.
    Start,
    /// Inside an object or array, outside of strings.
    Inside,
    /// In a string.
    String,
    /// After a backslash.
    Escape,
    /// In a number or word that is the complete value.
    Scalar,
}

impl Scan {
    pub(super) const fn new(deepest: usize) -> Self {
        Self { place: Place::Start, levels: Levels::new(deepest) }
    }

    /// Scans the next piece. `Some(n)`: the value ends after its first `n` bytes (0 if a number or word ended with the
    /// piece before), and the scan is ready for the next value. `None`: all of the piece belongs to the value.
    ///
    /// On an error, the number is the count of bytes before the offending one.
    pub(super) fn scan(&mut self, piece: &[u8]) -> Result<Option<usize>, (usize, ScanError)> {
        let mut at = 0;
        while let Some(rest) = piece.get(at..)
            && let Some(&byte) = rest.first()
        {
            match self.place {
                Place::Start => {
                    self.place = match byte {
                        b'"' => Place::String,
                        b'{' | b'[' => {
                            self.levels.open(byte).map_err(|e| (at, e))?;
                            Place::Inside
                        }
                        _ => Place::Scalar,
                    };
                    at += 1;
                }
                Place::Inside => {
                    let Some(found) = rest.iter().position(|b| is_structural(*b)) else {
                        return Ok(None);
                    };
                    at += found;
                    match rest.get(found).copied() {
                        Some(b'"') => self.place = Place::String,
                        Some(open @ (b'{' | b'[')) => {
                            self.levels.open(open).map_err(|e| (at, e))?;
                        }
                        Some(close) if self.levels.close(close).map_err(|e| (at, e))? => {
                            return Ok(Some(self.ended(at + 1)));
                        }
                        _ => {}
                    }
                    at += 1;
                }
                Place::String => {
                    let Some(found) = memchr3(b'"', b'\\', b'\n', rest) else {
                        return Ok(None);
                    };
                    at += found;
                    match rest.get(found).copied() {
                        Some(b'"') if self.levels.is_empty() => {
                            return Ok(Some(self.ended(at + 1)));
                        }
                        Some(b'"') => self.place = Place::Inside,
                        Some(b'\\') => self.place = Place::Escape,
                        _ => return Err((at, ScanError::LineBreakInString)),
                    }
                    at += 1;
                }
                Place::Escape => {
                    self.place = Place::String;
                    at += 1;
                }
                Place::Scalar => {
                    if matches!(byte, b',' | b']' | b'}' | b':' | b' ' | b'\t' | b'\r' | b'\n') {
                        return Ok(Some(self.ended(at)));
                    }
                    at += 1;
                }
            }
        }
        Ok(None)
    }

    const fn ended(&mut self, at: usize) -> usize {
        self.place = Place::Start;
        at
    }
}

/// Returns whether a byte has a meaning outside of strings.
const fn is_structural(byte: u8) -> bool {
    matches!(byte, b'"' | b'{' | b'}' | b'[' | b']')
}

/// The kind of the open bracket on each level, one bit per level, so that no input causes an allocation.
#[derive(Clone, Debug)]
struct Levels {
    bits: [u64; DEEPEST / 64],
    depth: usize,
    deepest: usize,
}

impl Levels {
    const fn new(deepest: usize) -> Self {
        Self { bits: [0; DEEPEST / 64], depth: 0, deepest: if deepest < DEEPEST { deepest } else { DEEPEST } }
    }

    const fn is_empty(&self) -> bool {
        self.depth == 0
    }

    fn open(&mut self, bracket: u8) -> Result<(), ScanError> {
        if self.depth >= self.deepest {
            return Err(ScanError::TooDeep);
        }
        if let Some(word) = self.bits.get_mut(self.depth / 64) {
            let bit = 1 << (self.depth % 64);
            *word = if bracket == b'{' { *word | bit } else { *word & !bit };
        }
        self.depth += 1;
        Ok(())
    }

    /// Returns whether that closed the outermost bracket.
    fn close(&mut self, bracket: u8) -> Result<bool, ScanError> {
        let depth = self.depth.checked_sub(1).ok_or(ScanError::Mismatched)?;
        let word = self.bits.get(depth / 64).copied().unwrap_or_default();
        let is_object = word & (1 << (depth % 64)) != 0;
        if is_object != (bracket == b'}') {
            return Err(ScanError::Mismatched);
        }
        self.depth = depth;
        Ok(depth == 0)
    }
}
