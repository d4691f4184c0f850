//! Damages the bytes of complete events.

use bytes::{Bytes, BytesMut};
use serde_json::Value;

use super::plan::Damage;

/// The damage of a client's watches.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pending {
    pub(crate) how: Damage,
    /// The number of events before the damage.
    pub(crate) after: u64,
    /// The number of damaged events.
    pub(crate) times: u64,
}

/// The lines of one body: only complete lines can be damaged.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines {
    /// The bytes of an incomplete line, which may have to be damaged.
    held: BytesMut,
    /// Whether the beginning of the line was passed on already.
    has_begun: bool,
}

/// A part of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) bytes: Bytes,
    /// The damage, if there is some.
    pub(crate) damage: Option<Damage>,
}

impl Lines {
    /// Passes bytes on, except those of a line that isn't complete yet.
    pub(crate) fn pass(&mut self, mut bytes: Bytes, pending: &mut Pending) -> Vec<Part> {
        if pending.times == 0 && self.held.is_empty() {
            self.has_begun = bytes.last().map_or(self.has_begun, |byte| *byte != b'\n');
            return vec![Part { bytes, damage: None }];
        }
        let mut parts = Vec::new();
        while !bytes.is_empty() {
            let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
                if self.has_begun {
                    parts.push(Part { bytes, damage: None });
                } else {
                    self.held.extend_from_slice(&bytes);
                }
                return parts;
            };
            self.held.extend_from_slice(&bytes.split_to(end + 1));
            let line = self.held.split().freeze();
            let is_complete = !core::mem::take(&mut self.has_begun);
            let damaged = if is_complete { pending.damaged(&line) } else { None };
            parts.push(match damaged {
                Some(bytes) => Part { bytes, damage: Some(pending.how) },
                None => Part { bytes: line, damage: None },
            });
        }
        parts
    }

    /// Ends a line that isn't complete.
    pub(crate) fn rest(&mut self) -> Bytes {
        self.held.split().freeze()
    }
}

impl Pending {
    /// Returns the damaged line, if this line is to be damaged.
    fn damaged(&mut self, line: &[u8]) -> Option<Bytes> {
        let damaged = damaged(line, self.how).filter(|_| self.times > 0)?;
        if self.after > 0 {
            self.after -= 1;
            return None;
        }
        self.times -= 1;
        Some(damaged)
    }
}

/// Returns a damaged event, or `None` if this damage isn't possible.
fn damaged(line: &[u8], how: Damage) -> Option<Bytes> {
    let value: Value = serde_json::from_slice(line).ok()?;
    let kind = value.get("type")?.as_str()?;
    let is_object = matches!(kind, "ADDED" | "MODIFIED" | "DELETED");
    // A bookmark may lack many fields, so it can't be damaged.
    let is_of_bytes = matches!(how, Damage::NotUtf8 { .. } | Damage::Control { .. });
    if !(is_object || is_of_bytes && kind == "BOOKMARK") {
        return None;
    }
    let text = core::str::from_utf8(line).ok()?;
    let at = |at: u64| usize::try_from(at).unwrap_or_default() % (line.len() - 1).max(1);
    Some(match how {
        Damage::NotUtf8 { at: place } => with_byte(line, at(place), 0xff),
        Damage::Control { at: place } => with_byte(line, at(place), 0x01),
        Damage::NoQuote => text.replacen(&format!("{kind}\""), kind, 1).into(),
        Damage::NoBracket => text.trim_end().strip_suffix('}').map(|text| format!("{text}\n"))?.into(),
        Damage::Number => "12\n".into(),
        Damage::Empty => "{}\n".into(),
        Damage::TwoTypes => text.replacen('{', "{\"type\":\"DELETED\",", 1).into(),
        Damage::TwoVersions => {
            let first = "\"resourceVersion\":\"";
            text.replacen(first, &format!("{first}5\",{first}"), 1).into()
        }
        Damage::NoType => without(value, "", "type")?,
        Damage::OtherType => with(value, "/type", "RENAMED".into())?,
        Damage::NoObject => without(value, "", "object")?,
        Damage::NullObject => with(value, "/object", Value::Null)?,
        Damage::TextObject => with(value, "/object", "a text".into())?,
        Damage::NoMetadata => without(value, "/object", "metadata")?,
        Damage::NoName => without(value, METADATA, "name")?,
        Damage::NoVersion => without(value, METADATA, "resourceVersion")?,
        Damage::EmptyVersion => with(value, VERSION, "".into())?,
        Damage::ZeroVersion => with(value, VERSION, "0".into())?,
        Damage::NumberVersion => with(value, VERSION, 12.into())?,
    })
}

const METADATA: &str = "/object/metadata";
const VERSION: &str = "/object/metadata/resourceVersion";

fn with_byte(line: &[u8], at: usize, byte: u8) -> Bytes {
    let mut line = line.to_vec();
    line[at] = byte;
    line.into()
}

fn with(mut value: Value, place: &str, new: Value) -> Option<Bytes> {
    *value.pointer_mut(place)? = new;
    Some(format!("{value}\n").into())
}

fn without(mut value: Value, place: &str, name: &str) -> Option<Bytes> {
    value.pointer_mut(place)?.as_object_mut()?.remove(name)?;
    Some(format!("{value}\n").into())
}

#[cfg(test)]
mod tests {
    use watch_core::wire::{Frames, WatchEvent};

    use super::*;

    const EVENT: &str = "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"7\"},\"data\":{\"é\":\"\\\"\"}}}\n";
    const BOOKMARK: &str = "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"7\"}}}\n";

    /// Reads a damaged event and the next one. Returns the number of documents, or an error if one can't be read.
    fn read(line: Bytes) -> Option<usize> {
        let mut frames = Frames::new(1 << 20, 64);
        frames.push(line);
        frames.push(EVENT.into());
        let mut read = 0;
        loop {
            match frames.next() {
                Ok(Some(frame)) => _ = WatchEvent::parse(&frame).ok()?,
                Ok(None) => return Some(read),
                Err(_) => return None,
            }
            read += 1;
        }
    }

    #[test]
    fn no_damaged_event_can_be_read_nor_the_bytes_after_it() {
        assert_eq!(read(EVENT.into()), Some(2));
        for how in Damage::all(0) {
            let read = read(damaged(EVENT.as_bytes(), how).unwrap());
            // A machine may wait for the end of an incomplete document.
            assert!(read.is_none() || how == Damage::NoBracket && read == Some(0), "{how:?}");
        }
        for line in [EVENT, BOOKMARK] {
            for at in 0..line.len() as u64 {
                for how in [Damage::NotUtf8 { at }, Damage::Control { at }] {
                    let read = read(damaged(line.as_bytes(), how).unwrap());
                    assert!(matches!(read, None | Some(0)), "{how:?}");
                }
            }
        }
        assert_eq!(damaged(b"{\"type\":\"ERROR\",\"object\":{}}\n", Damage::Empty), None);
        assert_eq!(damaged(BOOKMARK.as_bytes(), Damage::NoVersion), None);
    }

    #[test]
    fn the_chosen_event_is_damaged_in_whatever_pieces() {
        let body = [BOOKMARK, EVENT, EVENT, EVENT].concat();
        let pending = Pending { how: Damage::Empty, after: 1, times: 1 };
        for cut in 0..=body.len() {
            let (mut lines, mut pending) = (Lines::default(), pending);
            let (a, b) = body.as_bytes().split_at(cut);
            let mut parts = lines.pass(a.to_vec().into(), &mut pending);
            parts.extend(lines.pass(b.to_vec().into(), &mut pending));
            let all: Vec<u8> = parts.iter().flat_map(|part| part.bytes.to_vec()).collect();
            assert_eq!(String::from_utf8(all).unwrap(), [BOOKMARK, EVENT, "{}\n", EVENT].concat(), "cut at {cut}");
            assert_eq!(parts.iter().filter(|part| part.damage.is_some()).count(), 1);
            assert!(lines.rest().is_empty());
        }
    }

    #[test]
    fn a_line_that_was_begun_before_stays_as_it_is() {
        let (mut lines, mut pending) = (Lines::default(), Pending::default());
        let (a, b) = EVENT.split_at(9);
        assert_eq!(lines.pass(a.into(), &mut pending).len(), 1);
        pending = Pending { how: Damage::Empty, after: 0, times: 1 };
        let parts = lines.pass([b, EVENT].concat().into(), &mut pending);
        assert_eq!(parts[0], Part { bytes: b.into(), damage: None });
        assert_eq!(parts[1], Part { bytes: "{}\n".into(), damage: Some(Damage::Empty) });
        // An incomplete line passes unchanged if nothing follows it.
        pending.times = 1;
        assert!(lines.pass(a.into(), &mut pending).is_empty());
        assert_eq!(lines.rest(), a.as_bytes());
    }
}
