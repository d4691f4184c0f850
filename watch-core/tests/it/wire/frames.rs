//! A body becomes documents, however it is cut.

use bytes::Bytes;
use proptest::prelude::{Strategy, any, prop_assert_eq, proptest};
use watch_core::wire::{FrameError, FrameErrorKind, Frames};

/// Text that a cut may damage: characters of several bytes, escapes, brackets in strings, nesting.
const THREE: [&str; 3] = [
    r#"{"a":"☃ ü 🚀","b":"\ud83d\ude80 \\\" }]{[ \n"}"#,
    r#"{"x":[1,-2.5e+3,[[],{}],null,true,"\\"],"y":{"{":"}"}}"#,
    "{\r\n  \"pretty\" : [\n 1 ,\t2\n]\n}",
];

/// All documents, or those before the error.
fn cut(frames: &mut Frames, pieces: impl IntoIterator<Item = Bytes>) -> (Vec<Bytes>, Option<FrameError>) {
    let mut found = Vec::new();
    for piece in pieces {
        frames.push(piece);
        loop {
            match frames.next() {
                Ok(Some(frame)) => found.push(frame),
                Ok(None) => break,
                Err(error) => return (found, Some(error)),
            }
        }
    }
    (found, None)
}

fn new() -> Frames {
    Frames::new(1 << 20, 64)
}

#[test]
fn every_cut_and_every_two_cuts_give_the_same_documents() {
    for between in ["\n", "", " \r\n\t "] {
        let body = Bytes::from(THREE.join(between));
        for first in 0..=body.len() {
            for second in first..=body.len() {
                let pieces = [body.slice(..first), body.slice(first..second), body.slice(second..)];
                let mut frames = new();
                assert_eq!(cut(&mut frames, pieces).0, THREE, "cut at {first} and {second}");
                assert_eq!((frames.is_partial(), frames.buffered()), (false, 0));
                assert_eq!(frames.offset(), body.len() as u64);
            }
        }
    }
}

#[test]
fn a_document_within_one_piece_is_a_slice_of_it_and_not_a_copy() {
    let body = Bytes::from(THREE.join("\n"));
    let found = cut(&mut new(), [body.clone()]).0;
    for frame in found {
        assert!(body.as_ptr_range().contains(&frame.as_ptr()));
    }
}

#[test]
fn the_limit_is_exact_in_every_cut() {
    for size in [63, 64, 65, 200] {
        let body = Bytes::from(format!("{{\"x\":\"{}\"}}", "x".repeat(size - 8)));
        assert_eq!(body.len(), size);
        for at in 0..=size {
            let mut frames = Frames::new(64, 8);
            let (found, error) = cut(&mut frames, [body.slice(..at), body.slice(at..), "\n".into()]);
            let error = error.map(|error| (error.offset, error.to_string()));
            let too_large = (64, "a document has more than the allowed 64 bytes at byte 64 of the body".to_owned());
            let expected = if size <= 64 { (vec![body.clone()], None) } else { (vec![], Some(too_large)) };
            assert_eq!((found, error), expected, "{size} bytes, cut at {at}");
            assert!(frames.buffered() <= 64);
        }
    }
}

#[test]
fn white_space_is_never_held() {
    let mut frames = Frames::new(64, 8);
    let blank = Bytes::from(" \t\r\n".repeat(4096));
    for _ in 0..640 {
        frames.push(blank.clone());
        assert_eq!(frames.next(), Ok(None));
        assert_eq!((frames.buffered(), frames.is_partial()), (0, false));
    }
    frames.push("{}".into());
    assert_eq!(frames.next().unwrap().unwrap(), "{}");
    assert_eq!(frames.offset(), 640 * 16_384 + 2);
}

/// If the beginning of an event were searched again with each piece, this would take hours.
#[test]
fn an_event_of_16_mib_a_byte_at_a_time_is_looked_at_once() {
    const LIMIT: usize = 16 << 20;
    let mut frames = Frames::new(LIMIT, 8);
    let [before, after] = ["{\"x\":\"", "\"}"];
    let backslashes = Bytes::from_static(b"\\");
    frames.push(before.into());
    let inside = LIMIT - before.len() - after.len();
    for count in 0..inside {
        frames.push(backslashes.clone());
        assert_eq!(frames.next(), Ok(None));
        if count % 4096 == 0 {
            assert!(frames.buffered() <= LIMIT);
        }
    }
    frames.push(after.into());
    assert_eq!(frames.next().unwrap().unwrap().len(), LIMIT);
}

#[test]
fn an_error_stays() {
    let mut frames = new();
    let (found, error) = cut(&mut frames, ["{} x {}".into()]);
    assert_eq!((found.len(), error.unwrap().offset), (1, 3));
    frames.push("{}".into());
    assert_eq!(frames.next(), Err(error.unwrap()));
}

#[test]
fn nesting_is_limited_exactly() {
    let nested = |levels: usize| Bytes::from(format!("{{\"x\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1)));
    for deepest in [1, 2, 63, 64, 65, 511, 512] {
        assert!(cut(&mut Frames::new(1 << 20, deepest), [nested(deepest)]).1.is_none(), "{deepest}");
        let error = cut(&mut Frames::new(1 << 20, deepest), [nested(deepest + 1)]).1.unwrap();
        assert_eq!(error.kind, FrameErrorKind::TooDeep, "{deepest}");
    }
}

/// JSON values, and the ways to write them.
fn object() -> impl Strategy<Value = String> {
    let leaf = proptest::prop_oneof![
        any::<f64>().prop_map(|number| serde_json::json!(number)),
        any::<i64>().prop_map(|number| serde_json::json!(number)),
        any::<bool>().prop_map(|is| serde_json::json!(is)),
        any::<String>().prop_map(|text| serde_json::json!(text)),
    ];
    let value = leaf.prop_recursive(4, 24, 4, |inner| {
        proptest::prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(|list| serde_json::json!(list)),
            proptest::collection::btree_map(any::<String>(), inner, 0..4).prop_map(|map| serde_json::json!(map)),
        ]
    });
    let map = proptest::collection::btree_map(any::<String>(), value, 0..4);
    (map, any::<bool>()).prop_map(|(map, pretty)| {
        if pretty { serde_json::to_string_pretty(&map).unwrap() } else { serde_json::to_string(&map).unwrap() }
    })
}

proptest! {
    #![proptest_config(super::config())]

    #[test]
    fn any_objects_in_any_pieces_come_out_as_they_went_in(
        objects in proptest::collection::vec(object(), 0..6),
        between in proptest::collection::vec("[ \t\r\n]{0,3}", 6),
        cuts in proptest::collection::vec(any::<proptest::sample::Index>(), 0..12),
    ) {
        let body: String = objects.iter().zip(&between).flat_map(|(object, blank)| [object.as_str(), blank]).collect();
        let body = Bytes::from(body);
        let mut ends: Vec<_> = cuts.iter().map(|cut| cut.index(body.len() + 1)).chain([body.len()]).collect();
        ends.sort_unstable();
        let mut from = 0;
        let pieces = ends.into_iter().map(|end| body.slice(core::mem::replace(&mut from, end)..end));
        prop_assert_eq!(cut(&mut new(), pieces).0, objects);
    }

    #[test]
    fn any_bytes_give_the_same_result_in_any_pieces(
        body in proptest::collection::vec(proptest::sample::select(b"{}[]\"\\:,1 \nab\xff".as_slice()), 0..200),
        cuts in proptest::collection::vec(any::<proptest::sample::Index>(), 0..12),
    ) {
        let body = Bytes::from(body);
        let mut ends: Vec<_> = cuts.iter().map(|cut| cut.index(body.len() + 1)).chain([body.len()]).collect();
        ends.sort_unstable();
        let mut from = 0;
        let pieces = ends.into_iter().map(|end| body.slice(core::mem::replace(&mut from, end)..end));
        let (mut uncut, mut pieced) = (Frames::new(40, 4), Frames::new(40, 4));
        let outcome = cut(&mut pieced, pieces);
        prop_assert_eq!(&outcome, &cut(&mut uncut, [body.clone()]));
        if outcome.1.is_none() {
            prop_assert_eq!((pieced.is_partial(), pieced.buffered()), (uncut.is_partial(), uncut.buffered()));
        }
    }
}

/// However the body is cut, what is wrong after the limit doesn't count.
#[test]
fn what_follows_the_limit_changes_nothing() {
    for wrong in ["\n", "]", "}}}", "\u{0}"] {
        let body = Bytes::from(format!("{{\"x\":[\"{}\"{wrong}]}}", "x".repeat(80)));
        let error = |pieces: Vec<Bytes>| cut(&mut Frames::new(64, 8), pieces).1.map(|error| (error.offset, error.kind));
        let too_large = Some((64, FrameErrorKind::TooLarge { limit: 64 }));
        for at in 0..=body.len() {
            assert_eq!(error(vec![body.slice(..at), body.slice(at..)]), too_large, "{wrong:?} at {at}");
        }
        assert_eq!(error((0..body.len()).map(|at| body.slice(at..=at)).collect()), too_large, "{wrong:?}");
    }
}

/// Many brackets are followed together, empty objects and arrays in particular.
#[test]
fn a_bracket_of_the_other_kind_is_found_at_its_offset() {
    let item = r#"{"e":{},"f":[],"g":{"h":{},"i":[{}]},"j":[[],{},[{"k":{".":{}}}]]},"#.repeat(5);
    let body = format!(r#"{{"a":{{"b":{{"c":{{"d":[{item}0]}}}}}}}}"#);
    assert_eq!(cut(&mut Frames::new(1 << 20, 200), [body.clone().into()]).1, None);
    let mut open = Vec::new();
    for (at, bracket) in body.bytes().enumerate().filter(|(_, byte)| b"{}[]".contains(byte)) {
        if b"{[".contains(&bracket) {
            open.push(at);
            continue;
        }
        // The first byte must be `{`, which is another error.
        for wrong_at in [at, open.pop().unwrap()].into_iter().filter(|wrong_at| *wrong_at > 0) {
            let mut wrong = body.clone().into_bytes();
            // From `{` to `[`, from `}` to `]`, or back.
            wrong[wrong_at] ^= 0x20;
            let error = cut(&mut Frames::new(1 << 20, 200), [wrong.into()]).1;
            let found = error.map(|error| (error.offset, error.kind));
            assert_eq!(found, Some((at as u64, FrameErrorKind::Mismatched)), "changed at {wrong_at}");
        }
    }
}

/// Each level may be an object or an array.
#[test]
fn brackets_of_both_kinds_match_on_every_level() {
    for odd in 1..=200 {
        for is_object in [true, false] {
            let kinds = (1..=200).map(|level| (level == 1) || (level == odd) == is_object);
            let open: String = kinds.clone().map(|is_object| if is_object { "{\"a\":" } else { "[" }).collect();
            let close: String = kinds.rev().map(|is_object| if is_object { '}' } else { ']' }).collect();
            let body = Bytes::from(format!("{open}0{close}"));
            assert_eq!(cut(&mut Frames::new(1 << 20, 200), [body.clone()]), (vec![body.clone()], None), "level {odd}");
            // A bracket of the other kind doesn't match.
            let at = body.len() - odd;
            let other = if body[at] == b'}' { b']' } else { b'}' };
            let wrong: Vec<u8> = body.iter().enumerate().map(|(i, byte)| if i == at { other } else { *byte }).collect();
            let error = cut(&mut Frames::new(1 << 20, 200), [wrong.into()]).1.unwrap();
            assert_eq!((error.offset, error.kind), (at as u64, FrameErrorKind::Mismatched), "level {odd}");
        }
    }
}
