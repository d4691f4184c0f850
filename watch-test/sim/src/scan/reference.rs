//! The reference: a slow and simple reader. It splits a body byte by byte, and uses serde_json for each document.

use serde::Deserialize;
use serde_json::value::RawValue;
use watch_core::wire::Status;
use watch_core::{JsonCheck, Object, ResourceVersion};

use crate::members::Members;

/// The parts of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// kind, apiVersion, namespace, name, uid, and the version; then the bytes.
    Object([Option<String>; 6], Vec<u8>),
    Bookmark,
    Error,
}

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    None,
    Malformed,
    TooLarge,
    Frame { offset: u64 },
}

impl Read {
    pub(super) fn object(object: &Object) -> Self {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let fields = [
            owned(object.kind()),
            owned(object.api_version()),
            owned(object.namespace()),
            owned(Some(object.name())),
            owned(object.uid()),
            Some(object.resource_version().text().into_owned()),
        ];
        Self::Object(fields, object.raw().to_vec())
    }
}

/// Reads the events of a body.
pub(super) fn events(body: &[u8], check: JsonCheck, deepest: usize) -> (Vec<Read>, End) {
    let (mut events, mut at) = (Vec::new(), 0);
    loop {
        at += body[at..].iter().take_while(|byte| b" \t\r\n".contains(byte)).count();
        match body.get(at) {
            None => return (events, End::None),
            Some(b'{') => {}
            Some(_) => return (events, End::Frame { offset: at as u64 }),
        }
        match frame(&body[at..], deepest) {
            Frame::Incomplete => return (events, End::None),
            Frame::Wrong(offset) => return (events, End::Frame { offset: (at + offset) as u64 }),
            Frame::Complete(len) => {
                match event(&body[at..at + len], check) {
                    Some(event) => events.push(event),
                    None => return (events, End::Malformed),
                }
                at += len;
            }
        }
    }
}

/// Returns the first item of a list with these items.
pub(super) fn item(items: &[u8], deepest: usize) -> Option<&[u8]> {
    let begin = items.iter().position(|byte| !b" \t\r\n".contains(byte))?;
    let items = &items[begin..];
    let Frame::Complete(len) = frame(items, deepest) else { return None };
    let rest = items[len..].iter().all(|byte| b" \t\r\n".contains(byte));
    (items[0] == b'{' && rest).then(|| &items[..len])
}

/// Returns whether it is one document without white space around it.
pub(super) fn is_one(document: &[u8], deepest: usize) -> bool {
    document.first() == Some(&b'{') && matches!(frame(document, deepest), Frame::Complete(len) if len == document.len())
}

enum Frame {
    Complete(usize),
    Incomplete,
    Wrong(usize),
}

fn frame(bytes: &[u8], deepest: usize) -> Frame {
    let (mut open, mut in_string, mut is_escaped) = (Vec::new(), false, false);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'"' => in_string = !in_string,
            b'\\' if in_string => is_escaped = true,
            b'\n' if in_string => return Frame::Wrong(at),
            _ if in_string => {}
            b'{' | b'[' if open.len() == deepest => return Frame::Wrong(at),
            b'{' | b'[' => open.push(*byte),
            b'}' | b']' => {
                if open.pop() != Some(if *byte == b'}' { b'{' } else { b'[' }) {
                    return Frame::Wrong(at);
                }
                if open.is_empty() {
                    return Frame::Complete(at + 1);
                }
            }
            _ => {}
        }
    }
    Frame::Incomplete
}

impl<'a> Members<&'a RawValue> {
    fn of(json: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }

    /// Returns the member, unless it is null. `Err` if there is one after it.
    fn one(&self, name: &str) -> Result<Option<&'a RawValue>, ()> {
        self.0.iter().filter(|(found, _)| found == name).try_fold(None, |before, (_, value)| match before {
            Some(_) => Err(()),
            None => Ok((value.get() != "null").then_some(*value)),
        })
    }

    /// Returns the string. `Err` if the value is something else.
    fn text(&self, name: &str) -> Result<Option<String>, ()> {
        self.one(name)?.map(|value| serde_json::from_str(value.get()).map_err(drop)).transpose()
    }

    /// Returns the string, or none if the value is something else. `Err` if there are two strings.
    fn text_if_it_is(&self, name: &str) -> Result<Option<String>, ()> {
        self.0.iter().filter(|(found, _)| found == name).try_fold(None, |before, (_, value)| match before {
            Some(_) => Err(()),
            None => Ok(serde_json::from_str(value.get()).ok()),
        })
    }
}

fn event(document: &[u8], check: JsonCheck) -> Option<Read> {
    read_event(document).or_else(|| {
        // The content of unchecked parts makes no difference.
        (check == JsonCheck::Structure && is_sound(document)).then_some(())?;
        let read = read_event(&empty_unchecked(document, 2))?;
        let Read::Object(fields, _) = read else { return None };
        let object = object_of(document)?;
        Some(Read::Object(fields, object.to_vec()))
    })
}

fn read_event(document: &[u8]) -> Option<Read> {
    let members = Members::of(document)?;
    if members.0.iter().filter(|(name, _)| name == "type").count() > 1
        || members.0.iter().filter(|(name, _)| name == "object").count() > 1
    {
        return None;
    }
    let kind = members.text("type").ok()?;
    let object = members.one("object").ok()?;
    let Some(kind) = kind else {
        return Status::parse(document).map(|_| Read::Error);
    };
    let json = object?.get().as_bytes();
    match kind.as_str() {
        "ADDED" | "MODIFIED" | "DELETED" => read_object(json),
        "BOOKMARK" => bookmark(json),
        "ERROR" => Status::parse(json).map(|_| Read::Error),
        _ => None,
    }
}

fn bookmark(json: &[u8]) -> Option<Read> {
    #[derive(Deserialize)]
    struct Bookmark<'a> {
        #[serde(borrow)]
        #[expect(dead_code, reason = "only whether it can be read is compared")]
        metadata: Option<Metadata<'a>>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    #[expect(dead_code, reason = "only whether it can be read is compared")]
    struct Metadata<'a> {
        resource_version: Option<String>,
        #[serde(borrow)]
        annotations: Option<&'a RawValue>,
    }
    serde_json::from_slice::<Bookmark<'_>>(json).ok().map(|_| Read::Bookmark)
}

/// Reads an object of a list.
pub(super) fn object(json: &[u8], check: JsonCheck) -> Option<Read> {
    read_object(json).or_else(|| {
        (check == JsonCheck::Structure && is_sound(json)).then_some(())?;
        let Read::Object(fields, _) = read_object(&empty_unchecked(json, 1))? else { return None };
        Some(Read::Object(fields, json.to_vec()))
    })
}

fn read_object(json: &[u8]) -> Option<Read> {
    let members = Members::of(json)?;
    let metadata = Members::of(members.one("metadata").ok()??.get().as_bytes())?;
    let name = metadata.text("name").ok()?.filter(|name| !name.is_empty())?;
    let version = ResourceVersion::new(&metadata.text("resourceVersion").ok()??).ok()?;
    let some = |text: Option<String>| text.filter(|text| !text.is_empty());
    let fields = [
        some(members.text_if_it_is("kind").ok()?),
        some(members.text_if_it_is("apiVersion").ok()?),
        some(metadata.text("namespace").ok()?),
        Some(name),
        some(metadata.text("uid").ok()?),
        Some(version.text().into_owned()),
    ];
    Some(Read::Object(fields, json.to_vec()))
}

/// Returns whether it is UTF-8 without control characters in strings.
fn is_sound(json: &[u8]) -> bool {
    let (mut in_string, mut is_escaped) = (false, false);
    std::str::from_utf8(json).is_ok()
        && json.iter().all(|byte| {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'"' => in_string = !in_string,
                b'\\' => is_escaped = in_string,
                _ => {}
            }
            !(in_string && *byte < 0x20)
        })
}

/// Returns the bytes of the object of an event.
fn object_of(document: &[u8]) -> Option<&[u8]> {
    let found =
        containers(document).into_iter().find(|found| found.level == 2 && found.name.as_deref() == Some("object"))?;
    document.get(found.start..found.end)
}

/// Empties the arrays and objects whose content isn't checked: all except the object (of level `object`) and its
/// metadata.
fn empty_unchecked(json: &[u8], object: usize) -> Vec<u8> {
    let is_read = |found: &Container| {
        let is_named = |name| found.name.as_deref() == Some(name);
        found.level == 1
            || (found.level == object && is_named("object"))
            || (found.level == object + 1 && is_named("metadata"))
    };
    let (mut out, mut from) = (Vec::new(), 0);
    for found in containers(json) {
        if found.start >= from && !is_read(&found) {
            out.extend_from_slice(&json[from..=found.start]);
            from = found.end - 1;
        }
    }
    out.extend_from_slice(&json[from..]);
    out
}

struct Container {
    level: usize,
    /// The last string before the container in the same object. If a colon follows the string, it is the container's
    /// name.
    name: Option<String>,
    start: usize,
    end: usize,
}

/// Returns the arrays and objects, in the order in which they begin.
fn containers(json: &[u8]) -> Vec<Container> {
    let (mut found, mut open) = (Vec::<Container>::new(), Vec::new());
    let (mut in_string, mut is_escaped, mut start) = (false, false, 0);
    let mut name = None;
    for (at, byte) in json.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'"' if in_string => {
                in_string = false;
                name = serde_json::from_slice(&json[start..=at]).ok();
            }
            b'"' => (in_string, start) = (true, at),
            b'\\' => is_escaped = in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                open.push(found.len());
                found.push(Container { level: open.len(), name: name.take(), start: at, end: at + 1 });
            }
            b'}' | b']' => {
                if let Some(container) = open.pop().and_then(|index: usize| found.get_mut(index)) {
                    container.end = at + 1;
                }
            }
            b':' | b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => name = None,
        }
    }
    found
}
