//! Documents of a watch.

use bytes::Bytes;
use watch_core::wire::{FrameError, Frames};

use crate::scan::cuts;

const LARGEST: usize = 4096;
const DEEPEST: usize = 32;

/// Checks that the documents don't depend on how the body is cut, and that the buffer keeps its limit.
///
/// # Panics
/// Panics if a check fails.
pub fn frames(data: &[u8]) {
    let [uncut, bytes, uneven] = cuts(data).map(|pieces| cut(&pieces));
    assert_eq!(uncut, bytes, "uncut and byte by byte");
    assert_eq!(uncut, uneven, "uncut and in pieces");
    for document in &uncut.0 {
        assert!(document.len() <= LARGEST && document.first() == Some(&b'{') && document.last() == Some(&b'}'));
        let (again, error) = cut(&[document]);
        assert_eq!((again.as_slice(), error), (&[document.clone()][..], None), "a document is a document");
    }
}

fn cut(pieces: &[&[u8]]) -> (Vec<Bytes>, Option<FrameError>) {
    let mut frames = Frames::new(LARGEST, DEEPEST);
    let mut documents = Vec::new();
    for piece in pieces {
        frames.push(Bytes::copy_from_slice(piece));
        loop {
            match frames.next() {
                Ok(Some(document)) => documents.push(document),
                Ok(None) => break,
                Err(error) => return (documents, Some(error)),
            }
        }
        assert!(frames.buffered() <= LARGEST, "it holds more bytes than its limit");
    }
    (documents, None)
}
