//! Follows strings and brackets byte by byte.

use super::{Place, Scan, ScanError};

impl Scan {
    /// Scans bytes one by one: of any value in any state.
    pub(super) fn bytes(&mut self, piece: &[u8]) -> Result<Option<usize>, (usize, ScanError)> {
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
        self.marks.saw(byte >= 0x80, matches!(self.place, Place::String | Place::Escape) && byte < 0x20);
        match self.place {
            Place::Start => {
                self.token(byte);
                self.place = match byte {
                    b'"' => Place::String,
                    b'{' | b'[' => {
                        self.bracket(byte, 0)?;
                        Place::Inside
                    }
                    _ => Place::Scalar,
                };
            }
            Place::Inside => {
                self.token(byte);
                match byte {
                    b'"' => self.place = Place::String,
                    b'{' | b'}' | b'[' | b']' if self.bracket(byte, 0)? => return Ok(End::After),
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
    /// The byte is the last one of it.
    After,
    /// The byte is the first one after it.
    Before,
}
