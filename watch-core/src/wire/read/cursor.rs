//! Walks through the members of an object.

use alloc::borrow::Cow;

use memchr::memchr2;
use serde::de::IgnoredAny;

use crate::config::JsonCheck;
use crate::wire::meta::{Found, Text};
use crate::wire::scan::{DEEPEST, Marks, Scan};

/// Most strings are shorter than this. For them, the setup of `memchr` takes too long.
const SHORT: usize = 32;

/// A position in a document that is known to be sound: [`Marks::is_sound`].
///
/// Its methods return `None` where the document isn't JSON.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    document: &'a [u8],
    marks: &'a Marks,
    at: usize,
}

/// A string without its quotes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quoted<'a> {
    pub(crate) bytes: &'a [u8],
    /// The position of the first byte in the document.
    pub(crate) start: usize,
    pub(crate) has_escapes: bool,
}

impl<'a> Cursor<'a> {
    pub(crate) const fn new(document: &'a [u8], marks: &'a Marks) -> Self {
        Self { document, marks, at: 0 }
    }

    /// Returns a cursor for a document without marks. It searches for the ends of objects and arrays.
    pub(crate) const fn without_marks(document: &'a [u8]) -> Self {
        static NONE: Marks = Marks::new(0);
        Self::new(document, &NONE)
    }

    /// Returns the same cursor at another position.
    pub(crate) const fn moved_to(mut self, at: usize) -> Self {
        self.at = at;
        self
    }

    pub(crate) const fn position(&self) -> usize {
        self.at
    }

    /// Returns the next byte that isn't white space.
    pub(crate) fn peek(&mut self) -> Option<u8> {
        loop {
            match self.document.get(self.at) {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.at += 1,
                byte => return byte.copied(),
            }
        }
    }

    /// Takes the next byte that isn't white space, if it is this one.
    #[inline]
    pub(crate) fn take(&mut self, byte: u8) -> Option<()> {
        // There is rarely white space.
        if self.document.get(self.at) != Some(&byte) && self.peek()? != byte {
            return None;
        }
        self.at += 1;
        Some(())
    }

    /// Takes the comma before the next item, or the bracket at the end. Returns whether it was the bracket.
    #[inline]
    fn take_end(&mut self, end: u8) -> Option<bool> {
        let byte = self.peek()?;
        (byte == b',' || byte == end).then(|| self.at += 1)?;
        Some(byte == end)
    }

    /// Calls a function for each member of the object that begins here. The function receives the name, and the cursor
    /// at the value. It moves the cursor to the end of the value.
    pub(crate) fn members(&mut self, mut member: impl FnMut(&mut Self, &[u8]) -> Option<()>) -> Option<()> {
        self.entries(|cursor, name| {
            if name.has_escapes { member(cursor, name.text()?.as_bytes()) } else { member(cursor, name.bytes) }
        })
    }

    /// Does the same as [`members`](Self::members), but doesn't unescape the names.
    #[inline]
    pub(crate) fn entries(&mut self, mut entry: impl FnMut(&mut Self, Quoted<'a>) -> Option<()>) -> Option<()> {
        self.take(b'{')?;
        if self.peek()? == b'}' {
            return self.take(b'}');
        }
        loop {
            let name = self.string()?;
            self.take(b':')?;
            entry(self, name)?;
            if self.take_end(b'}')? {
                return Some(());
            }
        }
    }

    /// Moves to the value of the first member with this name, in the object that begins here.
    pub(crate) fn find(&mut self, wanted: &[u8]) -> Option<()> {
        let mut found = None;
        // The walk ends at the member, so its result doesn't matter.
        let _ = self.members(|cursor, name| {
            if name == wanted {
                found = Some(cursor.at);
                return None;
            }
            cursor.skip()
        });
        self.at = found?;
        Some(())
    }

    /// Calls a function for each element of the array that begins here, with the cursor at the element. The function
    /// moves the cursor to the end of the element.
    pub(crate) fn elements(&mut self, mut element: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.take(b'[')?;
        if self.peek()? == b']' {
            return self.take(b']');
        }
        loop {
            element(self)?;
            if self.take_end(b']')? {
                return Some(());
            }
        }
    }

    /// Moves to the next item of an object or array that was walked through before. Returns `None` at its end, and stays
    /// there.
    pub(crate) fn next_item(&mut self, end: u8) -> Option<()> {
        match self.peek()? {
            b',' => self.take(b','),
            byte => (byte != end).then_some(()),
        }
    }

    /// Takes the string that begins here.
    pub(crate) fn string(&mut self) -> Option<Quoted<'a>> {
        self.take(b'"')?;
        let start = self.at;
        let mut has_escapes = false;
        loop {
            self.at += find_quote_or_backslash(self.document.get(self.at..)?)?;
            if self.document.get(self.at) == Some(&b'"') {
                let bytes = self.document.get(start..self.at)?;
                self.at += 1;
                return Some(Quoted { bytes, start, has_escapes });
            }
            has_escapes = true;
            self.at += 2;
        }
    }

    /// Takes a string or null.
    pub(super) fn optional_text(&mut self) -> Option<Option<Found<'a>>> {
        match self.peek()? {
            b'"' => Some(Some(self.string()?.found()?)),
            _ => self.null().map(|()| None),
        }
    }

    pub(crate) fn null(&mut self) -> Option<()> {
        self.peek()?;
        self.document.get(self.at..)?.starts_with(b"null").then(|| self.at += 4)
    }

    /// Takes any value. The insides of objects and arrays are skipped, the rest is checked.
    pub(crate) fn skip(&mut self) -> Option<()> {
        let first = self.peek()?;
        let start = self.at;
        match first {
            b'"' => {
                let string = self.string()?;
                if !string.has_escapes {
                    return Some(());
                }
            }
            b'{' | b'[' => {
                self.at = self.marks.end_of(start).or_else(|| self.search_end())?;
                return Some(());
            }
            _ => drop(self.scalar()?),
        }
        serde_json::from_slice(self.document.get(start..self.at)?).ok().map(|IgnoredAny| ())
    }

    /// Takes a number or a word, and returns its bytes. They aren't checked.
    pub(crate) fn scalar(&mut self) -> Option<&'a [u8]> {
        let rest = self.document.get(self.at..)?;
        let is_end = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n');
        let scalar = rest.get(..rest.iter().position(is_end)?)?;
        self.at += scalar.len();
        Some(scalar)
    }

    /// Searches for the end of the object or array that begins here, if it wasn't noted.
    fn search_end(&self) -> Option<usize> {
        let found = Scan::new(DEEPEST, 0, JsonCheck::Structure).scan(self.document.get(self.at..)?);
        Some(self.at + found.ok()??)
    }
}

impl<'a> Quoted<'a> {
    /// Returns the text of a document that is known to be UTF-8.
    pub(super) fn found(self) -> Option<Found<'a>> {
        if self.has_escapes { self.text().map(Found::from) } else { Some(Found::Plain(self.bytes)) }
    }

    /// Returns the text, borrowed if it has no escapes.
    pub(crate) fn text(self) -> Option<Cow<'a, str>> {
        if !self.has_escapes {
            return core::str::from_utf8(self.bytes).ok().map(Cow::Borrowed);
        }
        let quoted = [b"\"", self.bytes, b"\""].concat();
        serde_json::from_slice(&quoted).ok().map(|Text(text)| Cow::Owned(text.into_owned()))
    }
}

/// Returns the position of the first quote or backslash.
#[inline]
fn find_quote_or_backslash(bytes: &[u8]) -> Option<usize> {
    const LOW: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = LOW << 7;
    const QUOTE: u64 = LOW * b'"' as u64;
    const BACKSLASH: u64 = LOW * b'\\' as u64;
    let mut known = 0;
    while known < SHORT
        && let Some(word) = bytes.get(known..).and_then(<[u8]>::first_chunk::<8>)
    {
        let word = u64::from_le_bytes(*word);
        // In the result, the highest bit of the first zero byte is set. The bits of later bytes may be wrong.
        let zero = |word: u64| word.wrapping_sub(LOW) & !word;
        let found = (zero(word ^ QUOTE) | zero(word ^ BACKSLASH)) & HIGH;
        if found != 0 {
            return Some(known + found.trailing_zeros() as usize / 8);
        }
        known += 8;
    }
    memchr2(b'"', b'\\', bytes.get(known..)?).map(|at| known + at)
}
