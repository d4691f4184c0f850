//! Draws events as watchers return them. There are only a few objects, so that several events concern the same one.

use serde_json::json;
use watch_core::{Event, InitialCause, Object, ResourceVersion};
use watch_test::check::Rng;

/// Draws lists, complete and broken off, and changes between them. Also returns whether only some of the objects have a
/// uid. In that case, it isn't known which objects are the same.
pub(super) fn events(rng: &mut Rng) -> (Vec<Event>, bool) {
    let mut events = Vec::new();
    // Some servers have no uids at all, some have versions without an order.
    let uids = rng.weighted(&[(Uids::All, 5), (Uids::None, 2), (Uids::Some, 3)]);
    let style = Style { uids, opaque: rng.one_in(8), long: rng.one_in(4), long_keys: rng.one_in(8) };
    if rng.one_in(4) {
        live(rng, style, &mut events);
    }
    for index in 0..rng.between(1, 5) {
        let cause = match (index, rng.below(8)) {
            (0, _) => InitialCause::First,
            (_, 0..3) => InitialCause::Retry,
            (_, 3) => InitialCause::Rollback,
            _ => {
                rng.pick(&[InitialCause::Expired, InitialCause::OutOfOrder, InitialCause::Relist, InitialCause::Broken])
            }
        };
        events.push(Event::InitialBegin { cause });
        for _ in 0..rng.below(7) {
            let object = drawn(rng, style);
            events.push(if rng.one_in(7) { Event::Deleted(object) } else { Event::Initial(object) });
        }
        if !rng.one_in(4) {
            events.push(Event::InitialEnd { resource_version: style.version(rng) });
        }
        if rng.one_in(2) {
            live(rng, style, &mut events);
        }
    }
    (events, uids == Uids::Some)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Uids {
    All,
    None,
    Some,
}

fn live(rng: &mut Rng, style: Style, events: &mut Vec<Event>) {
    for _ in 0..rng.below(6) {
        let object = drawn(rng, style);
        events.push(match rng.below(7) {
            0 | 1 => Event::Added(object),
            2 | 3 => Event::Modified(object),
            4 | 5 => Event::Deleted(object),
            _ => Event::Bookmark { resource_version: style.version(rng) },
        });
    }
}

#[derive(Clone, Copy)]
struct Style {
    uids: Uids,
    opaque: bool,
    long: bool,
    long_keys: bool,
}

impl Style {
    fn version(self, rng: &mut Rng) -> ResourceVersion {
        let number = rng.between(1, 12);
        version(&match (self.opaque, self.long) {
            (true, _) => format!("v:{number}"),
            (false, true) if rng.one_in(2) => format!("{}0000000000000000000{}", 1 + number % 2, number),
            (false, true) if rng.one_in(3) => (u64::MAX - number).to_string(),
            _ => number.to_string(),
        })
    }
}

/// The keys. Some differ only in the boundary between namespace and name.
const KEYS: [(&str, &str); 6] =
    [("", "a"), ("a", "bc"), ("ab", "c"), ("default", "web"), ("", "abc"), ("team/x", "é\"\\")];

const UIDS: [&str; 6] = [
    "0f2a1c34-5b6d-4e7f-8a9b-0c1d2e3f4a5b",
    "0f2a1c34-5b6d-4e7f-8a9b-0c1d2e3f4a5c",
    "0F2A1C34-5B6D-4E7F-8A9B-0C1D2E3F4A5B",
    "0f2a1c345b6d4e7f8a9b0c1d2e3f4a5b",
    "00000000-0000-0000-0000-000000000000",
    "uid-1",
];

fn drawn(rng: &mut Rng, style: Style) -> Object {
    let keys = if rng.one_in(3) { &KEYS[..] } else { &KEYS[..2] };
    let has_uid = match style.uids {
        Uids::All => true,
        Uids::None => false,
        Uids::Some => rng.one_in(2),
    };
    // Mostly, it is the same object.
    let uid = has_uid.then(|| if rng.one_in(4) { rng.pick(&UIDS) } else { UIDS[0] });
    let (namespace, name) = rng.pick(keys);
    if style.long_keys && rng.one_in(2) {
        // Beside the longest namespace that has a short form in memory.
        let long = "n".repeat(rng.pick(&[253, 254, 255, 256]));
        return object((&long, rng.pick(&["a", "na"])), uid, &style.version(rng).text());
    }
    object((namespace, name), uid, &style.version(rng).text())
}

pub(super) fn object((namespace, name): (&str, &str), uid: Option<&str>, version: &str) -> Object {
    let mut metadata = json!({"name": name, "resourceVersion": version});
    if !namespace.is_empty() {
        metadata["namespace"] = namespace.into();
    }
    if let Some(uid) = uid {
        metadata["uid"] = uid.into();
    }
    parsed(json!({"kind": "Pod", "apiVersion": "v1", "metadata": metadata}).to_string())
}

/// Parses a text of this module, which is valid.
fn parsed(json: String) -> Object {
    Object::parse(json.into()).expect("an object")
}

/// Parses a text of this module, which is valid.
pub(super) fn version(text: &str) -> ResourceVersion {
    text.parse().expect("a version")
}
