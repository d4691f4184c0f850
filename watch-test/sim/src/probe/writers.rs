//! What watch-core writes (`write_event`, `write_list`, `Status::to_json`) reads as what it was, and has kube-apiserver's
//! form.

use bytes::Bytes;
use serde_json::{Value, json};
use watch_core::wire::{
    EventType, ListMeta, ListParser, ListPart, ListStyle, Status, StatusCause, TypeMeta, WatchEvent, write_event,
    write_list,
};
use watch_core::{Object, ResourceVersion};
use watch_test::check::Rng;

use super::json::Writer;
use super::objects::Drawn;
use super::{hashed, text, versions};
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};

const LARGEST: usize = 1 << 20;
const DEEPEST: usize = 64;

pub(super) fn probe(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let objects: Vec<Bytes> = (0..rng.below(4)).map(|_| object(rng)).collect::<Result<_, _>>()?;
    for object in &objects {
        event(rng, object, transcript)?;
    }
    list(rng, &objects, transcript)?;
    status(rng, transcript)
}

/// Draws an object that can be read.
fn object(rng: &mut Rng) -> Result<Bytes, Violation> {
    for _ in 0..20 {
        let writer = Writer::drawn(rng);
        let version = rng.between(1, 1000).to_string();
        let drawn = Drawn::new(rng, writer, &version, 0);
        if drawn.is_valid {
            return Ok(drawn.json.into());
        }
    }
    broken(Oracle::Reference, "no valid object in 20")
}

fn event(rng: &mut Rng, object: &Bytes, transcript: &mut Transcript) -> Result<(), Violation> {
    let kinds = [
        (EventType::Added, "ADDED"),
        (EventType::Modified, "MODIFIED"),
        (EventType::Deleted, "DELETED"),
        (EventType::Bookmark, "BOOKMARK"),
        (EventType::Error, "ERROR"),
    ];
    let (kind, name) = rng.pick(&kinds);
    let bookmark = Bytes::from_static(br#"{"kind":"Pod","metadata":{"resourceVersion":"7"}}"#);
    let object = if kind == EventType::Bookmark { &bookmark } else { object };
    let mut out = b"before".to_vec();
    write_event(&mut out, kind, object);
    transcript.count(&out);
    let expected = [b"before{\"type\":\"", name.as_bytes(), b"\",\"object\":", object, b"}\n"].concat();
    if out != expected || kind.as_str() != name || kind.to_string() != name {
        return broken(Oracle::Reference, format!("{kind:?} is written as {}", out.escape_ascii()));
    }
    let frame = Bytes::from(out).slice(b"before".len()..);
    // With the line break, or without.
    let read = WatchEvent::parse(&frame.slice(..frame.len() - usize::from(rng.one_in(2))));
    let is_right = match (&read, kind) {
        (Ok(WatchEvent::Added(found)), EventType::Added)
        | (Ok(WatchEvent::Modified(found)), EventType::Modified)
        | (Ok(WatchEvent::Deleted(found)), EventType::Deleted) => found.raw() == object,
        (Ok(WatchEvent::Bookmark(found)), EventType::Bookmark) => {
            let version = found.resource_version.as_ref().map(|version| version.text().into_owned());
            version.as_deref() == Some("7") && found.invalid_version.is_none() && !found.initial_events_end
        }
        // The object isn't a `Status`.
        (_, EventType::Error) => true,
        _ => false,
    };
    if is_right {
        return Ok(());
    }
    broken(Oracle::Reference, format!("{} reads as {read:?}", frame.escape_ascii()))
}

fn list(rng: &mut Rng, items: &[Bytes], transcript: &mut Transcript) -> Result<(), Violation> {
    let version: ResourceVersion = loop {
        if let Ok(version) = versions::drawn(rng).parse() {
            break version;
        }
    };
    let mut meta = ListMeta::new(version.clone());
    meta.continue_token = rng.one_in(2).then(|| format!("t{}", text::any(rng, 12)).into());
    meta.remaining_item_count = rng.one_in(2).then(|| rng.pick(&[0, 7, -1, i64::MAX]));
    let list_type = TypeMeta::new(rng.pick(&["v1", "apps/v1"]), rng.pick(&["PodList", "Käse\"List"]));
    let style = rng.pick(&[ListStyle::BuiltIn, ListStyle::Custom]);
    let mut out = Vec::new();
    write_list(&mut out, style, &list_type, &meta, items.iter().map(AsRef::as_ref));
    transcript.count(&out);
    let shown = || out.escape_ascii().to_string();
    // A number of an item may be out of the range of a `Value`.
    let document = serde_json::from_slice::<Value>(&out).ok();
    let mut metadata = json!({ "resourceVersion": version.text() });
    match (&meta.continue_token, style) {
        (Some(token), _) => metadata["continue"] = (**token).into(),
        (None, ListStyle::Custom) => metadata["continue"] = "".into(),
        (None, ListStyle::BuiltIn) => {}
    }
    if let Some(count) = meta.remaining_item_count {
        metadata["remainingItemCount"] = count.into();
    }
    let order: &[&str] = match style {
        ListStyle::BuiltIn => {
            &["{\"kind\":", ",\"apiVersion\":", ",\"metadata\":{\"resourceVersion\":", ",\"items\":["]
        }
        ListStyle::Custom => &["{\"apiVersion\":", ",\"items\":[", "],\"kind\":", ",\"metadata\":{\"continue\":"],
    };
    // The items may have the same members, so only the first and the last one are searched for at the ends.
    let text = String::from_utf8_lossy(&out);
    let is_in_order = text.starts_with(order[0])
        && text.ends_with("}\n")
        && order.windows(2).all(|pair| text.find(pair[0]) < text.rfind(pair[1]));
    let is_right = |document: &Value| {
        document["metadata"] == metadata
            && document["kind"] == *list_type.kind
            && document["apiVersion"] == *list_type.api_version
            && document.as_object().map(serde_json::Map::len) == Some(4)
    };
    if !document.as_ref().is_none_or(is_right) || !is_in_order {
        return broken(Oracle::Reference, format!("{style:?} {meta:?} is written as {}", shown()));
    }
    let mut parser = ListParser::new(LARGEST, DEEPEST);
    parser.push(out.clone().into());
    let mut found = Vec::new();
    loop {
        match parser.next() {
            Ok(Some(ListPart::Item(item))) => found.push(item),
            Ok(Some(ListPart::End(end))) if end == meta => break,
            other => return broken(Oracle::Reference, format!("{} reads as {other:?}, not {meta:?}", shown())),
        }
    }
    let is_same = |(item, found): (&Bytes, &Object)| found.raw().ends_with(item.get(1..).unwrap_or_default());
    if found.len() == items.len() && items.iter().zip(&found).all(is_same) && parser.is_complete() {
        return Ok(());
    }
    broken(Oracle::Reference, format!("{} reads as {found:?}", shown()))
}

fn message(rng: &mut Rng) -> String {
    match rng.below(6) {
        0 => "etcd event received with PrevKv=nil, key=/a".into(),
        1 => "Too large resource version: 9, current: 1".into(),
        _ => text::any(rng, 40),
    }
}

/// Checks the status of an answer whose body may not be one.
fn answered(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let code = rng.pick(&[302, 400, 401, 403, 404, 405, 406, 409, 410, 413, 415, 418, 422, 429, 500, 502, 503, 504]);
    let body = match rng.below(4) {
        0 => Vec::new(),
        1 => format!("  {}\n", text::any(rng, 30)).into_bytes(),
        // Longer than what is kept, with the end within a character.
        2 => format!("{}{}", "x".repeat(rng.between(1019, 1026) as usize), "\u{e9}\u{1f980}".repeat(3)).into_bytes(),
        _ => b"\xff\xfe text \xc3".to_vec(),
    };
    let status = Status::from_response(code, &body);
    transcript.number(u64::from(status.code));
    hashed::text(transcript, &status.reason);
    hashed::text(transcript, &status.message);
    let shown = String::from_utf8_lossy(&body);
    let is_beginning = shown.trim().starts_with(status.message.trim_end_matches(['\u{2026}', '\u{fffd}']));
    if status.code == code && status.message.len() <= 1024 + 6 && is_beginning {
        return Ok(());
    }
    broken(Oracle::Reference, format!("{code} {shown:?} becomes {status:?}"))
}

fn status(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let code = rng.pick(&[200, 399, 400, 404, 410, 429, 500, 504]);
    let mut status = Status::new(code, rng.pick(&["", "Expired", "NotFound", "Odd/\"é"]), message(rng));
    status.continue_token = rng.one_in(3).then(|| "next".into());
    if rng.one_in(2) {
        let details = &mut status.details;
        details.retry_after_seconds = rng.pick(&[0, 0, 1, 7, -1, i64::MAX]);
        details.name = rng.pick(&["", "web"]).into();
        details.group = rng.pick(&["", "apps"]).into();
        details.kind = rng.pick(&["", "deployments"]).into();
        for _ in 0..rng.below(3) {
            let mut cause = StatusCause::default();
            cause.reason = rng.pick(&["", "FieldValueInvalid", "ResourceVersionTooLarge"]).into();
            cause.message = text::any(rng, 10);
            cause.field = rng.pick(&["", "spec"]).into();
            details.causes.push(cause);
        }
    }
    answered(rng, transcript)?;
    let json = status.to_json();
    transcript.count(&json);
    hashed::flag(transcript, status.is_expired());
    hashed::flag(transcript, status.is_resource_version_too_large());
    hashed::optional(transcript, status.retry_after(), hashed::time);
    let document: Value = serde_json::from_slice(&json).unwrap_or_default();
    let token = status.continue_token.as_deref();
    let metadata = token.map_or_else(|| json!({}), |token| json!({ "continue": token }));
    let is_right = document["kind"] == "Status"
        && document["apiVersion"] == "v1"
        && document["status"] == if code < 400 { "Success" } else { "Failure" }
        && document["code"] == u64::from(code)
        && document["metadata"] == metadata
        && document["message"].as_str().unwrap_or_default() == status.message
        && document["reason"].as_str().unwrap_or_default() == status.reason;
    let read = Status::parse(&json);
    if is_right && read.as_ref() == Some(&status) {
        return Ok(());
    }
    broken(Oracle::Reference, format!("{status:?} is written as {}, which reads as {read:?}", json.escape_ascii()))
}
