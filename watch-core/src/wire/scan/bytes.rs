//! Follows strings and brackets byte by byte.

use super::masks::is_open;
use super::{Found, Place, Scan, ScanError};

impl Scan {
    /// Scans bytes one by one. This works for any value and in any state.
    #[inline(never)]
    pub(super) fn bytes(&mut self, piece: &[u8]) -> Found {
        for (at, &byte) in piece.iter().enumerate() {
            match self.byte(byte).map_err(|error| (at, error))? {
                End::None => self.len += 1,
                End::After => {
                    self.len += 1;
                    self.end();
                    return Ok(Some(at + 1));
                }
                End::Before => {
                    self.end();
                    return Ok(Some(at));
                }
            }
        }
        Ok(None)
    }

    fn byte(&mut self, byte: u8) -> Result<End, ScanError> {
        if byte >= 0x80 {
            self.marks.saw_high(self.len, self.len + 1);
        }
        self.marks.saw_control(byte < 0x20 && matches!(self.place, Place::String | Place::Escape));
        match self.place {
            Place::Start => {
                self.token(byte);
                self.place = match byte {
                    b'"' => Place::String,
                    b'{' | b'[' => {
                        self.bracket(byte)?;
                        Place::Inside
                    }
                    _ => Place::Scalar,
                };
            }
            Place::Inside => {
                self.token(byte);
                match byte {
                    b'"' => self.place = Place::String,
                    b'{' | b'}' | b'[' | b']' if self.bracket(byte)? => return Ok(End::After),
                    _ => {}
                }
            }
            Place::String if byte == b'\n' => return Err(ScanError::LineBreakInString),
            Place::Escape => {
                self.letter(byte, true);
                self.place = Place::String;
            }
            Place::String => {
                self.letter(byte, false);
                match byte {
                    b'"' if self.levels.depth() == 0 => return Ok(End::After),
                    b'"' => self.place = Place::Inside,
                    b'\\' => self.place = Place::Escape,
                    _ => {}
                }
            }
            Place::Scalar => {
                if matches!(byte, b',' | b']' | b'}' | b':' | b' ' | b'\t' | b'\r' | b'\n') {
                    return Ok(End::Before);
                }
                self.token(byte);
            }
        }
        Ok(End::None)
    }

    /// Follows a bracket. Returns whether the value ends with it.
    fn bracket(&mut self, bracket: u8) -> Result<bool, ScanError> {
        let spans = &mut self.marks.spans;
        if is_open(bracket) {
            self.levels.open(bracket)?;
            spans.open(self.levels.depth(), self.len);
            return Ok(false);
        }
        let level = self.levels.depth();
        let is_end = self.levels.close(bracket)?;
        spans.close(level, self.len + 1);
        Ok(is_end)
    }

    fn token(&mut self, byte: u8) {
        let is_object = self.levels.is_object();
        if let Some(grammar) = &mut self.grammar {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => grammar.give_up(),
                _ => grammar.token(byte, is_object),
            }
        }
    }

    fn letter(&mut self, byte: u8, is_escaped: bool) {
        if let Some(grammar) = &mut self.grammar {
            grammar.letter(byte, is_escaped);
        }
    }
}

/// Whether the value ends at a byte.
enum End {
    None,
    /// The byte is the last one of the value.
    After,
    /// The byte is the first one after the value.
    Before,
}
