//! Walks through the members of an object.

use alloc::borrow::Cow;

use memchr::memchr2;
use serde::de::IgnoredAny;

use crate::config::JsonCheck;
use crate::wire::meta::Text;
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
pub(super) struct Quoted<'a> {
    bytes: &'a [u8],
    has_escapes: bool,
}

impl<'a> Cursor<'a> {
    pub(crate) const fn new(document: &'a [u8], marks: &'a Marks) -> Self {
        Self { document, marks, at: 0 }
    }

    /// Returns the same cursor at another position.
    pub(crate) const fn moved_to(mut self, at: usize) -> Self {
        self.at = at;
        self
    }

    pub(super) const fn position(&self) -> usize {
        self.at
    }

    /// Returns the next byte that isn't white space.
    pub(super) fn peek(&mut self) -> Option<u8> {
        loop {
            match self.document.get(self.at) {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.at += 1,
                byte => return byte.copied(),
            }
        }
    }

    /// Takes the next byte that isn't white space, if it is this one.
    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// Calls a function for each member of the object that begins here. The function receives the name, and the cursor
    /// at the value. It moves the cursor to the end of the value.
    pub(super) fn members(&mut self, mut member: impl FnMut(&mut Self, &[u8]) -> Option<()>) -> Option<()> {
        self.take(b'{')?;
        if self.peek()? == b'}' {
            return self.take(b'}');
        }
        loop {
            let name = self.string()?;
            self.take(b':')?;
            if name.has_escapes {
                member(self, name.text()?.as_bytes())?;
            } else {
                member(self, name.bytes)?;
            }
            if self.peek()? == b'}' {
                return self.take(b'}');
            }
            self.take(b',')?;
        }
    }

    /// Calls a function for each element of the array that begins here, with the cursor at the element. The function
    /// moves the cursor to the end of the element.
    pub(super) fn elements(&mut self, mut element: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.take(b'[')?;
        if self.peek()? == b']' {
            return self.take(b']');
        }
        loop {
            element(self)?;
            if self.peek()? == b']' {
                return self.take(b']');
            }
            self.take(b',')?;
        }
    }

    /// Takes the string that begins here.
    pub(super) fn string(&mut self) -> Option<Quoted<'a>> {
        self.take(b'"')?;
        let start = self.at;
        let mut has_escapes = false;
        loop {
            self.at += find_quote_or_backslash(self.document.get(self.at..)?)?;
            if self.document.get(self.at) == Some(&b'"') {
                let bytes = self.document.get(start..self.at)?;
                self.at += 1;
                return Some(Quoted { bytes, has_escapes });
            }
            has_escapes = true;
            self.at += 2;
        }
    }

    /// Takes a string or null.
    pub(super) fn optional_text(&mut self) -> Option<Option<Cow<'a, str>>> {
        match self.peek()? {
            b'"' => Some(Some(self.string()?.text()?)),
            _ => self.null().map(|()| None),
        }
    }

    pub(super) fn null(&mut self) -> Option<()> {
        self.peek()?;
        self.document.get(self.at..)?.starts_with(b"null").then(|| self.at += 4)
    }

    /// Takes any value. The insides of objects and arrays are skipped, the rest is checked.
    pub(super) fn skip(&mut self) -> Option<()> {
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
            _ => {
                let is_end = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n');
                self.at += self.document.get(start..)?.iter().position(is_end)?;
            }
        }
        serde_json::from_slice(self.document.get(start..self.at)?).ok().map(|IgnoredAny| ())
    }

    /// Searches for the end of the object or array that begins here, if it wasn't noted.
    fn search_end(&self) -> Option<usize> {
        let found = Scan::new(DEEPEST, 0, JsonCheck::Structure).scan(self.document.get(self.at..)?);
        Some(self.at + found.ok()??)
    }
}

impl<'a> Quoted<'a> {
    /// Returns the text, borrowed if it has no escapes.
    pub(super) fn text(self) -> Option<Cow<'a, str>> {
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
    let (words, _) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().take(SHORT / 8).enumerate() {
        let word = u64::from_le_bytes(*word);
        // In the result, the highest bit of the first zero byte is set. The bits of later bytes may be wrong.
        let zero = |word: u64| word.wrapping_sub(LOW) & !word;
        let found = (zero(word ^ QUOTE) | zero(word ^ BACKSLASH)) & HIGH;
        if found != 0 {
            return Some(8 * index + found.trailing_zeros() as usize / 8);
        }
    }
    let known = bytes.len().min(SHORT) / 8 * 8;
    memchr2(b'"', b'\\', bytes.get(known..)?).map(|at| known + at)
}
