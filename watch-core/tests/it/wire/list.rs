//! A list is parsed while it arrives.

use bytes::Bytes;
use watch_core::wire::{ListMeta, ListParser, ListPart, ListStyle, TypeMeta, WireError, write_list};

const ITEMS: [&str; 3] = [
    r#"{"metadata":{"name":"a","namespace":"ns","uid":"1","resourceVersion":"5"},"spec":{"x":"}]☃\""}}"#,
    r#"{"kind":"Own","apiVersion":"own/v1","metadata":{"name":"b","resourceVersion":"6"}}"#,
    r#" { "metadata" : { "name" : "c" , "resourceVersion" : "7" } } "#,
];

fn items() -> String {
    format!(r#""items":[{}]"#, ITEMS.join(" ,\n"))
}

const META: &str = r#""metadata":{"resourceVersion":"10","continue":"next","remainingItemCount":4}"#;
const KIND: &str = r#""kind":"ThingList","apiVersion":"example.com/v1""#;

/// The parts as text, and the message of an error.
fn read(pieces: impl IntoIterator<Item = Bytes>) -> Vec<String> {
    let mut parser = ListParser::new(1 << 16, 16);
    let mut found = Vec::new();
    for piece in pieces {
        parser.push(piece);
        loop {
            match parser.next() {
                Ok(Some(ListPart::Item(object))) => {
                    found.push(format!("{object} {}", object.api_version().unwrap_or("-")));
                }
                Ok(Some(ListPart::End(meta))) => found.push(end(&meta)),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(parser.next(), Err(error.clone()), "an error stays");
                    found.push(error.to_string());
                    return found;
                }
            }
        }
        assert!(parser.buffered() <= 1 << 16);
    }
    assert_eq!(parser.is_complete(), found.last().is_some_and(|last| last.starts_with("END")));
    found
}

fn end(meta: &ListMeta) -> String {
    let token = meta.continue_token.as_deref().unwrap_or("-");
    format!("END {} {token} {}", meta.resource_version, meta.remaining_item_count.unwrap_or(-1))
}

fn parse(body: &str) -> Vec<String> {
    read([Bytes::from(body.to_owned())])
}

fn object(members: &[&str]) -> String {
    format!("{{{}}}\n", members.join(","))
}

#[test]
fn metadata_may_stand_before_or_after_the_items() {
    let items = items();
    let expected = ["Thing ns/a@5 example.com/v1", "Own b@6 own/v1", "Thing c@7 example.com/v1", "END 10 next 4"];
    let other = r#""x":[{"items":[1]},"metadata",null,-1.5e3,true]"#;
    assert_eq!(parse(&object(&[KIND, META, &items])), expected);
    assert_eq!(parse(&object(&[KIND, &items, META])), expected);
    assert_eq!(parse(&object(&[other, META, KIND, &items])), expected);
    assert_eq!(parse(&object(&[KIND, &items, other, META])), expected);
    assert_eq!(
        parse(&object(&[r#""\u006bind":"ThingList""#, r#""apiVersion":"example.com/v1""#, META, &items])),
        expected
    );
    // Custom resources have the kind after the items; those have their own.
    let late = ["object ns/a@5 -", "Own b@6 own/v1", "object c@7 -", "END 10 next 4"];
    assert_eq!(parse(&object(&[&items, KIND, META])), late);
}

#[test]
fn every_cut_gives_the_same() {
    let items = items();
    for body in [object(&[KIND, META, &items]), object(&[KIND, &items, r#""x":-12.5"#, META]), object(&[KIND, META])] {
        let expected = parse(&body);
        let body = Bytes::from(body);
        for at in 0..=body.len() {
            assert_eq!(read([body.slice(..at), body.slice(at..)]), expected, "cut at {at}");
        }
        assert_eq!(read((0..body.len()).map(|at| body.slice(at..=at))), expected, "byte by byte");
    }
}

#[test]
fn no_items_are_an_empty_list() {
    for items in [r#""items":[]"#, r#""items":null"#, r#""items": [ ] "#] {
        assert_eq!(parse(&object(&[KIND, META, items])), ["END 10 next 4"]);
    }
    assert_eq!(parse(&object(&[KIND, META])), ["END 10 next 4"]);
    // Unless nothing shows that it is a list.
    assert_eq!(parse(&object(&[META])), ["unreadable list: it has neither kind nor items"]);
}

#[test]
fn an_empty_token_is_none() {
    for token in ["\"\"", "null"] {
        let meta = format!(r#""metadata":{{"resourceVersion":"10","continue":{token}}}"#);
        assert_eq!(parse(&object(&[KIND, &meta, r#""items":[]"#])), ["END 10 - -1"]);
    }
}

#[test]
fn kinds_that_are_no_lists_fill_in_nothing() {
    let item = [r#""items":[{"metadata":{"name":"a","resourceVersion":"5"}}]"#];
    for kind in [r#""kind":"List""#, r#""kind":"Things""#, r#""kind":null"#, r#""x":1"#] {
        assert_eq!(parse(&object(&[kind, META, item[0]])), ["object a@5 -", "END 10 next 4"]);
    }
    // Half of a type counts as none.
    assert_eq!(parse(&object(&[r#""kind":"ThingList""#, META, item[0]])), ["object a@5 -", "END 10 next 4"]);
}

#[test]
fn a_document_that_is_no_list_is_refused_with_its_position() {
    let cases = [
        ("[]", "expected a list but found '[' at byte 0 of the body"),
        ("null", "expected a list but found 'n' at byte 0 of the body"),
        ("{,}", "expected a name but found ',' at byte 1 of the body"),
        (r#"{"kind" "x"}"#, "expected ':' but found '\\\"' at byte 8 of the body"),
        (r#"{"a":1 "b":2}"#, "expected ',' or '}' but found '\\\"' at byte 7 of the body"),
        (r#"{"items":[1]}"#, "expected an item but found '1' at byte 10 of the body"),
        (
            r#"{"items":[{"metadata":{"name":"a","resourceVersion":"5"}}{}]}"#,
            "expected ',' or ']' but found '{' at byte 57 of the body",
        ),
        (r#"{"items":[],}"#, "expected a name but found '}' at byte 12 of the body"),
        (r#"{"items":{}}"#, "unreadable list: items is no array"),
        (r#"{"items":[],"items":[]}"#, "unreadable list: duplicate field items"),
        (r#"{"kind":"A","kind":"B"}"#, "unreadable list: duplicate field kind"),
        (
            r#"{"metadata":{"resourceVersion":"1"},"metadata":{"resourceVersion":"2"}}"#,
            "unreadable list: duplicate field metadata",
        ),
        (
            r#"{"items":[],"metadata":{"resourceVersion":"1"}}x"#,
            "expected nothing after the list but found 'x' at byte 47 of the body",
        ),
        (r#"{"kind":"PodList","items":[]}"#, "unreadable list metadata: metadata.resourceVersion is missing or empty"),
        (r#"{"kind":"Pod","metadata":{"resourceVersion":"1"}}"#, "unreadable list: it is a Pod and has no items"),
    ];
    for (body, error) in cases {
        let shown = parse(body).pop().unwrap();
        assert_eq!(shown, error, "{body}");
        assert_eq!(
            read((0..body.len()).map(|at| Bytes::from(body.to_owned()).slice(at..=at))).pop().unwrap(),
            error,
            "{body} byte by byte"
        );
    }
}

/// An `items` that is null twice, or null and a list, is still given twice.
#[test]
fn items_are_given_once() {
    for (first, second) in [("null", "[]"), ("[]", "null"), ("null", "null")] {
        let body = format!(r#"{{"items":{first},"items":{second},{META}}}"#);
        assert_eq!(parse(&body), ["unreadable list: duplicate field items"], "{body}");
    }
}

#[test]
fn the_limit_is_for_one_item_and_not_for_the_list() {
    let item =
        |size: usize| format!(r#"{{"metadata":{{"name":"a","resourceVersion":"5"}},"x":"{}"}}"#, "x".repeat(size));
    let largest = item(100).len();
    let read = |items: String| {
        let mut parser = ListParser::new(largest, 16);
        parser.push(format!(r#"{{"other":[{}],"items":[{items}],{META}}}"#, "0,".repeat(10_000) + "0").into());
        let mut count = 0;
        loop {
            match parser.next() {
                Ok(Some(ListPart::Item(_))) => count += 1,
                Ok(_) => return Ok(count),
                Err(error) => return Err(error),
            }
        }
    };
    assert_eq!(read(vec![item(100); 1000].join(",")), Ok(1000));
    assert!(matches!(read(item(101)), Err(WireError::Frame(_))));
}

#[test]
fn what_is_written_is_read_again() {
    let list_type = TypeMeta::new("example.com/v1", "ThingList");
    let Some(meta) = meta_of(&object(&[KIND, META, r#""items":[]"#])) else { panic!("a list") };
    for (style, typed) in [(ListStyle::BuiltIn, true), (ListStyle::Custom, false)] {
        let mut out = Vec::new();
        write_list(&mut out, style, &list_type, &meta, ITEMS.map(str::as_bytes));
        let found = read([Bytes::from(out.clone())]);
        assert_eq!(found.len(), 4);
        assert_eq!(found[0].starts_with("Thing"), typed);
        assert_eq!(found[3], "END 10 next 4");
        let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!((&json["kind"], &json["metadata"]["continue"]), (&"ThingList".into(), &"next".into()));
    }
}

fn meta_of(body: &str) -> Option<ListMeta> {
    let mut parser = ListParser::new(1 << 16, 16);
    parser.push(body.to_owned().into());
    match parser.next() {
        Ok(Some(ListPart::End(meta))) => Some(meta),
        _ => None,
    }
}

/// Words and numbers end at any white space.
#[test]
fn scalars_end_at_each_kind_of_white_space() {
    for space in ["", " ", "\t", "\n", "\r", "\r\n"] {
        for scalar in ["null", "true", "-1.5e3", "\"x\""] {
            let body = format!("{{{space}{KIND},\"x\":{scalar}{space},\"items\":null{space},{META}{space}}}{space}");
            assert_eq!(parse(&body), ["END 10 next 4"], "{body:?}");
        }
    }
}

#[test]
fn only_the_last_list_of_a_kind_is_taken_off() {
    let item = r#""items":[{"metadata":{"name":"a","resourceVersion":"5"}}]"#;
    for (list, kind) in
        [("AllowListList", "AllowList"), ("ListList", "List"), ("ListOfX", "object"), ("xlist", "object")]
    {
        let kind_member = format!(r#""kind":"{list}","apiVersion":"v1""#);
        let api_version = if kind == "object" { "-" } else { "v1" };
        assert_eq!(parse(&object(&[&kind_member, META, item]))[0], format!("{kind} a@5 {api_version}"), "{list}");
    }
}

/// So no list without a version is begun.
#[test]
fn metadata_that_cannot_be_used_is_found_before_the_first_item() {
    for meta in [
        r#"{}"#,
        r#"{"resourceVersion":""}"#,
        r#"{"resourceVersion":"0"}"#,
        r#"{"resourceVersion":"10","continue":17}"#,
        r#"{"resourceVersion":"10","continue":{}}"#,
        r#"{"resourceVersion":7}"#,
    ] {
        let found = parse(&object(&[KIND, &format!("\"metadata\":{meta}"), &items()]));
        assert!(found.len() == 1 && found[0].starts_with("unreadable list metadata: "), "{meta}: {found:?}");
        // After the items it is found at the end.
        let found = parse(&object(&[KIND, &items(), &format!("\"metadata\":{meta}")]));
        assert!(found.len() == 4 && found[3].starts_with("unreadable list metadata: "), "{meta}: {found:?}");
    }
}

/// What is skipped has no limit, in one piece or in many.
#[test]
fn a_skipped_value_may_be_larger_than_an_item() {
    let item = r#"{"metadata":{"name":"a","resourceVersion":"5"}}"#;
    let body = Bytes::from(format!(r#"{{"x":"{}","items":[{item}],{META}}}"#, "y".repeat(5000)));
    for size in [1, 7, 100, body.len()] {
        let mut parser = ListParser::new(100, 16);
        let mut found = 0;
        for piece in body.chunks(size) {
            parser.push(Bytes::copy_from_slice(piece));
            while let Some(part) = parser.next().unwrap() {
                found += if matches!(part, ListPart::Item(_)) { 1 } else { 10 };
            }
        }
        assert_eq!(found, 11, "pieces of {size}");
    }
}
