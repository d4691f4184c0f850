//! The answer to a LIST.

use bytes::Bytes;
use watch_core::Object;
use watch_core::wire::{ListMeta, ListParser, ListPart, ListStyle, TypeMeta, WireError, write_list};

use crate::scan::cuts;

const LARGEST: usize = 4096;
const DEEPEST: usize = 32;

/// The result of a list.
type Read = (Vec<Object>, Option<ListMeta>, Option<WireError>);

/// Checks that the items don't depend on how the body is cut, and that a list that is written and read again is the
/// same, in both styles.
///
/// # Panics
/// Panics if a check fails.
pub fn list(data: &[u8]) {
    let [uncut, bytes, uneven] = cuts(data).map(|pieces| read(&pieces));
    assert_eq!(uncut, bytes, "uncut and byte by byte");
    assert_eq!(uncut, uneven, "uncut and in pieces");
    let (items, Some(meta), None) = uncut else { return };
    for style in [ListStyle::BuiltIn, ListStyle::Custom] {
        let mut written = Vec::new();
        let raw = items.iter().map(|item| item.raw().as_ref());
        write_list(&mut written, style, &TypeMeta::new("v1", "ThingList"), &meta, raw);
        let (again, again_meta, error) = read(&[&written]);
        assert_eq!((again.len(), error), (items.len(), None));
        assert_eq!(again_meta.as_ref(), Some(&meta));
        for (item, before) in again.iter().zip(&items) {
            assert_eq!((item.name(), item.namespace(), item.uid()), (before.name(), before.namespace(), before.uid()));
        }
    }
}

fn read(pieces: &[&[u8]]) -> Read {
    let mut parser = ListParser::new(LARGEST, DEEPEST);
    let (mut items, mut meta) = (Vec::new(), None);
    for piece in pieces {
        parser.push(Bytes::copy_from_slice(piece));
        loop {
            match parser.next() {
                Ok(Some(ListPart::Item(item))) => items.push(item),
                Ok(Some(ListPart::End(end))) => meta = Some(end),
                Ok(None) => break,
                Err(error) => return (items, meta, Some(error)),
            }
        }
        assert!(parser.buffered() <= LARGEST, "it holds more bytes than its limit");
    }
    (items, meta, None)
}
