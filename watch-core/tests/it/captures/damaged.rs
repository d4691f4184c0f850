//! Recorded responses with damage. The outcome doesn't depend on how they are cut, and the machine never resumes from a
//! version that it didn't emit.

use bytes::Bytes;
use watch_core::Input;

use super::begin::from_228;
use super::recording::Recording;
use crate::cuts::{Chance, Cut};
use crate::rig::{Rig, pods, streaming};
use crate::transcript::with_bytes;

/// Bytes with a meaning in JSON, and others.
const BYTES: &[u8] = b"{}[]\",:\\\n 09\0\xff\xe2";

/// One to three bytes replaced, ranges removed or repeated, or the end cut off.
fn damage(body: &Bytes, chance: &mut Chance) -> Bytes {
    let mut body = body.to_vec();
    for _ in 0..1 + chance.below(3) {
        let at = chance.below(body.len());
        let end = (at + 1 + chance.below(40)).min(body.len());
        match chance.below(8) {
            0..4 => body[at] = BYTES[chance.below(BYTES.len())],
            4 | 5 => _ = body.drain(at..end),
            6 => body.extend_from_within(at..end),
            _ => body.truncate(at.max(1)),
        }
    }
    body.into()
}

/// All outputs, up to the next request.
fn play(mut rig: Rig, body: &Bytes, cut: Cut) -> (Vec<String>, Vec<String>) {
    rig.take_log();
    let id = rig.id();
    rig.open();
    for bytes in cut.pieces(body) {
        rig.handle(Input::Body { id, bytes });
    }
    rig.handle(Input::End { id });
    if rig.id() == id && rig.done.is_none() {
        rig.until_sent();
    }
    (rig.take_log(), rig.events.iter().map(with_bytes).collect())
}

fn check(name: &str, ask: fn() -> Rig, start: Option<&str>) {
    let recorded = Recording::load(name).body;
    let mut chance = Chance::new(7);
    for round in 0..150 {
        let body = damage(&recorded, &mut chance);
        let (log, events) = play(ask(), &body, Cut::None);
        for cut in [Cut::Random(round), Cut::Random(round + 1000)] {
            assert_eq!(play(ask(), &body, cut), (log.clone(), events.clone()), "{name}, round {round}: {cut:?}");
        }
        let handed_out = |version: &str| log.iter().any(|line| line.ends_with(&format!("@{version}")));
        for version in log.iter().filter_map(|line| line.strip_prefix("> WATCH ")) {
            assert!(start == Some(version) || handed_out(version), "{name}, round {round}: {log:#?}");
        }
    }
}

#[test]
fn damaged_recordings_mean_the_same_in_any_pieces() {
    check("watch-crud", from_228, Some("228"));
    check("watch-streaming-list", streaming, None);
    check("list", || Rig::new(pods()), None);
}
