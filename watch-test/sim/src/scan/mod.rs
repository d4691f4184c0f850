//! Compares how watch-core reads documents with a reader that uses serde_json alone.

mod document;
mod reference;

use bytes::Bytes;
use watch_core::wire::{EventParser, FrameErrorKind, ListParser, ListPart, WatchEvent, WireError};
use watch_core::{JsonCheck, Object};

pub use self::document::document;
use self::reference::{End, Read};

const LARGEST: usize = 1 << 16;
/// The default of a watch.
const DEEPEST: usize = 256;

/// Checks that documents are read as a complete parser reads them, uncut and in pieces, with both settings of
/// [`JsonCheck`], as events, as items of a list, and as objects.
///
/// # Panics
/// Panics if a check fails.
pub fn scan(data: &[u8]) {
    for check in [JsonCheck::Structure, JsonCheck::Full] {
        let expected = reference::events(data, check, DEEPEST);
        let [uncut, bytes, uneven] = cuts(data).map(|pieces| events(&pieces, check));
        assert_eq!(uncut, bytes, "{check:?}: uncut and byte by byte");
        assert_eq!(uncut, uneven, "{check:?}: uncut and in pieces");
        let seen: Vec<_> = uncut.0.iter().map(read).collect();
        assert_eq!((seen, end(uncut.1.as_ref())), expected, "{check:?}: {}", data.escape_ascii());

        let list = [br#"{"items":["#, data, b"]}"].concat();
        let [uncut, bytes, uneven] = cuts(&list).map(|pieces| items(&pieces, check));
        assert_eq!(uncut, bytes, "{check:?}: a list, uncut and byte by byte");
        assert_eq!(uncut, uneven, "{check:?}: a list, uncut and in pieces");
        if let Some(item) = reference::item(data, DEEPEST) {
            let expected = reference::object(item, check).into_iter().collect::<Vec<_>>();
            assert_eq!(
                uncut.0.iter().map(Read::object).collect::<Vec<_>>(),
                expected,
                "{check:?}: {}",
                item.escape_ascii()
            );
        }
    }
    let object = Object::parse(Bytes::copy_from_slice(data)).ok();
    assert_eq!(object.as_ref().map(Read::object), reference::object(data, JsonCheck::Full), "{}", data.escape_ascii());
    // The parser of a single document checks all of it, and so does that of a stream with the full check.
    if reference::is_one(data, DEEPEST) {
        let (mut found, error) = events(&[data], JsonCheck::Full);
        let expected = match error {
            None => found.pop().ok_or(None),
            Some(WireError::Malformed(error)) => Err(Some(error)),
            Some(error) => panic!("{error}: {}", data.escape_ascii()),
        };
        let parsed = WatchEvent::parse(&Bytes::copy_from_slice(data)).map_err(Some);
        assert_eq!(parsed, expected, "{}", data.escape_ascii());
    }
}

/// How to cut a body: not at all, byte by byte, and at positions that depend on the input.
pub(crate) fn cuts(data: &[u8]) -> [Vec<&[u8]>; 3] {
    let mut uneven = Vec::new();
    let mut rest = data;
    while let Some(first) = rest.first() {
        let (piece, tail) = rest.split_at(rest.len().min(usize::from(first % 13) + 1));
        uneven.push(piece);
        rest = tail;
    }
    [vec![data], data.chunks(1).collect(), uneven]
}

fn read(event: &WatchEvent) -> Read {
    match event {
        WatchEvent::Added(object) | WatchEvent::Modified(object) | WatchEvent::Deleted(object) => Read::object(object),
        WatchEvent::Bookmark(_) => Read::Bookmark,
        WatchEvent::Error(_) => Read::Error,
    }
}

fn end(error: Option<&WireError>) -> End {
    match error {
        None => End::None,
        Some(WireError::Malformed(_)) => End::Malformed,
        Some(WireError::Frame(error)) => match error.kind {
            FrameErrorKind::TooLarge { .. } => End::TooLarge,
            _ => End::Frame { offset: error.offset },
        },
        Some(error) => panic!("unknown error: {error}"),
    }
}

fn events(pieces: &[&[u8]], check: JsonCheck) -> (Vec<WatchEvent>, Option<WireError>) {
    let mut parser = EventParser::with_check(LARGEST, DEEPEST, check);
    let mut events = Vec::new();
    for piece in pieces {
        parser.push(Bytes::copy_from_slice(piece));
        loop {
            match parser.next() {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(error) => return (events, Some(error)),
            }
        }
        assert!(parser.buffered() <= LARGEST, "it holds more bytes than its limit");
    }
    (events, None)
}

fn items(pieces: &[&[u8]], check: JsonCheck) -> (Vec<Object>, Option<WireError>) {
    let mut parser = ListParser::with_check(LARGEST, DEEPEST, check);
    let mut items = Vec::new();
    for piece in pieces {
        parser.push(Bytes::copy_from_slice(piece));
        loop {
            match parser.next() {
                Ok(Some(ListPart::Item(item))) => items.push(item),
                Ok(Some(ListPart::End(_))) => {}
                Ok(None) => break,
                Err(error) => return (items, Some(error)),
            }
        }
    }
    (items, None)
}
