//! `EventParser`, `ListParser` and `Object::parse`: documents are read as a complete parser of JSON reads them, with
//! both settings of [`JsonCheck`](watch_core::JsonCheck).
//!
//! The documents and the reference are those of the fuzz target `scan`. watch-core reads blocks of 64 bytes, so here
//! escapes lie across the end of a block.

use watch_test::check::Rng;

use crate::scan::{document, scan};
use crate::transcript::Transcript;
use crate::violation::Violation;

/// The length of a block.
const BLOCK: usize = 64;

/// The number of bytes before the document: as an event or an object, and as the item of a list (see [`scan`]).
const BEFORE: [usize; 2] = [0, r#"{"items":["#.len()];

/// Valid and invalid escapes of JSON.
const ESCAPES: [&str; 16] = [
    "\\u00e9",
    "\\u0041",
    "\\uD83D\\uDE80",
    "\\\\",
    "\\\"",
    "\\/",
    "\\n\\\\\\\"",
    "\\u00zz",
    "\\u00",
    "\\u0",
    "\\u",
    "\\ud800",
    "\\ud83d\\u0041",
    "\\u00g0",
    "\\x",
    "\\U0041",
];

pub(super) fn probe(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let mut document = document(rng.next_u64());
    for _ in 0..rng.below(3) {
        place(rng, &mut document);
    }
    transcript.note(|| document.escape_ascii().to_string());
    transcript.count(&document);
    scan(&document);
    Ok(())
}

/// Inserts an escape after a quotation mark, which mostly begins a string, so that the escape lies across the end of a
/// block.
fn place(rng: &mut Rng, document: &mut Vec<u8>) {
    let quotes: Vec<usize> =
        document.iter().enumerate().filter(|(_, byte)| **byte == b'"').map(|(at, _)| at + 1).collect();
    if quotes.is_empty() {
        return;
    }
    let (at, escape) = (rng.pick(&quotes), rng.pick(&ESCAPES));
    let begun = (at + rng.pick(&BEFORE)) % BLOCK;
    // The number of bytes of the escape that are in the first block.
    let first = rng.between(1, 6) as usize;
    let filled = (2 * BLOCK - first - begun) % BLOCK;
    let inserted: Vec<u8> = core::iter::repeat_n(b'x', filled).chain(escape.bytes()).collect();
    document.splice(at..at, inserted);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_lies_across_a_block() {
        for seed in 0..200 {
            let rng = &mut Rng::new(seed);
            let mut document = b"{\"a\":\"\"}".to_vec();
            place(rng, &mut document);
            let at = document.iter().position(|byte| *byte == b'\\').unwrap();
            assert!(BEFORE.iter().any(|before| (at + before) % BLOCK >= BLOCK - 6), "{}", document.escape_ascii());
        }
    }
}
