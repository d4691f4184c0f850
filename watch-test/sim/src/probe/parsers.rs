//! `Frames`, `EventParser` and `ListParser` between two pieces of a body: how much was read, what is buffered, and that an
//! error stays.

use bytes::Bytes;
use watch_core::wire::{EventParser, Frames, ListParser, ListPart};
use watch_core::{JsonCheck, Object};
use watch_test::check::Rng;

use super::json::Writer;
use super::objects::Drawn;
use super::rig::pieces;
use super::{hashed, text};
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};

/// What a parser shows after each piece.
struct State {
    offset: u64,
    buffered: usize,
    is_partial: bool,
}

/// A parser, by its results as texts.
trait Parser {
    fn push(&mut self, bytes: Bytes);
    /// Returns the next result, and whether it is an error.
    fn next(&mut self) -> Option<(String, bool)>;
    fn state(&self) -> State;
    fn observe(&self, _: &mut Transcript) {}
}

pub(super) fn probe(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let body = body(rng);
    transcript.note(|| body.escape_ascii().to_string());
    let (largest, deepest) = (rng.pick(&[1 << 16, 1 << 16, 300, 90]), rng.pick(&[64, 64, 4, 6]));
    let check = rng.pick(&[JsonCheck::Structure, JsonCheck::Full]);
    let strips = rng.one_in(3);
    let parser = || EventParser::with_check(largest, deepest, check).strip_managed_fields(strips);
    let events = read(rng, parser(), &body, transcript)?;
    same(&events, &read(rng, parser(), &body, &mut Transcript::new(false))?)?;
    if check == JsonCheck::Full && !strips {
        same(&events, &read(rng, EventParser::new(largest, deepest), &body, &mut Transcript::new(false))?)?;
    }
    let frames = read(rng, Frames::new(largest, deepest), &body, transcript)?;
    same(&frames, &read(rng, Frames::new(largest, deepest), &body, &mut Transcript::new(false))?)?;
    let parser = || ListParser::with_check(largest, deepest, check).strip_managed_fields(strips);
    let items = read(rng, parser(), &body, transcript)?;
    same(&items, &read(rng, parser(), &body, &mut Transcript::new(false))?)
}

/// Hands the body in in pieces. Returns all results.
fn read(
    rng: &mut Rng,
    mut parser: impl Parser,
    body: &[u8],
    transcript: &mut Transcript,
) -> Result<Vec<String>, Violation> {
    let (mut results, mut pushed, mut last) = (Vec::new(), 0_u64, 0);
    for piece in pieces(rng, body) {
        pushed += piece.len() as u64;
        parser.push(piece);
        let mut failed = false;
        while let Some((result, is_error)) = parser.next() {
            if is_error {
                // The error stays, and nothing more is read.
                let before = parser.state().offset;
                parser.push(Bytes::from_static(b"{}"));
                if parser.next() != Some((result.clone(), true)) || parser.state().offset != before {
                    return broken(Oracle::Reference, format!("after the error {result} it continues"));
                }
                failed = true;
            }
            results.push(result);
            if failed {
                break;
            }
        }
        let State { offset, buffered, is_partial } = parser.state();
        transcript.number(offset);
        transcript.number(buffered as u64);
        hashed::flag(transcript, is_partial);
        parser.observe(transcript);
        if failed {
            return Ok(results);
        }
        if offset < last || offset > pushed || buffered as u64 > pushed || buffered > 0 && !is_partial {
            return broken(
                Oracle::Reference,
                format!("after {pushed} bytes it has read {offset}, buffers {buffered}, is partial: {is_partial}"),
            );
        }
        last = offset;
    }
    results.iter().for_each(|result| hashed::text(transcript, result));
    Ok(results)
}

fn same(results: &[String], others: &[String]) -> Result<(), Violation> {
    if results == others {
        return Ok(());
    }
    broken(Oracle::Cuts, format!("{results:?} becomes {others:?} in other pieces"))
}

impl Parser for EventParser {
    fn push(&mut self, bytes: Bytes) {
        Self::push(self, bytes);
    }

    fn next(&mut self) -> Option<(String, bool)> {
        match Self::next(self) {
            Ok(event) => event.map(|event| (format!("{event:?}"), false)),
            Err(error) => Some((format!("{error:?}"), true)),
        }
    }

    fn state(&self) -> State {
        State { offset: self.offset(), buffered: self.buffered(), is_partial: self.is_partial() }
    }
}

impl Parser for Frames {
    fn push(&mut self, bytes: Bytes) {
        Self::push(self, bytes);
    }

    fn next(&mut self) -> Option<(String, bool)> {
        match Self::next(self) {
            Ok(frame) => frame.map(|frame| (frame.escape_ascii().to_string(), false)),
            Err(error) => Some((format!("{error:?}"), true)),
        }
    }

    fn state(&self) -> State {
        State { offset: self.offset(), buffered: self.buffered(), is_partial: self.is_partial() }
    }
}

impl Parser for ListParser {
    fn push(&mut self, bytes: Bytes) {
        Self::push(self, bytes);
    }

    fn next(&mut self) -> Option<(String, bool)> {
        match Self::next(self) {
            Ok(Some(ListPart::Item(item))) => Some((item.raw().escape_ascii().to_string(), false)),
            Ok(Some(ListPart::End(meta))) => Some((format!("{meta:?}"), false)),
            Ok(None) => None,
            Err(error) => Some((format!("{error:?}"), true)),
        }
    }

    fn state(&self) -> State {
        State { offset: self.offset(), buffered: self.buffered(), is_partial: self.is_partial() }
    }

    fn observe(&self, transcript: &mut Transcript) {
        hashed::flag(transcript, self.is_complete());
        hashed::flag(transcript, self.meta().is_some());
    }
}

/// Draws events or a list, sometimes with other bytes in between or after.
fn body(rng: &mut Rng) -> Vec<u8> {
    let writer = Writer::drawn(rng);
    let objects: Vec<String> = (0..rng.below(4)).map(|_| object(rng, writer)).collect();
    let mut body = if rng.one_in(2) {
        let line =
            |object: &String| format!("{{\"type\":\"ADDED\",\"object\":{object}}}{}", writer.gap(&mut rng.clone()));
        objects.iter().map(line).collect::<String>()
    } else {
        match rng.below(8) {
            0 => rng
                .pick(&["{}", "{ }", "{\"items\":[]}", "{\"kind\":\"List\"}", "{\"items\":null,\"items\":null}"])
                .into(),
            _ => {
                let metadata = ("metadata".to_owned(), rng.pick(&["{\"resourceVersion\":\"7\"}", "{}"]).to_owned());
                let mut members = vec![metadata, ("items".into(), writer.array(rng, &objects))];
                if rng.one_in(2) {
                    members.push(("kind".into(), "\"PodList\"".into()));
                    members.push(("apiVersion".into(), "\"v1\"".into()));
                }
                super::objects::shuffle(rng, &mut members);
                writer.object(rng, &members)
            }
        }
    }
    .into_bytes();
    match rng.below(8) {
        0 => body.extend(rng.pick(&[&b"x"[..], b"{}", b"]", b"\n\n", b"{\"a\":"])),
        1 => body.truncate(rng.below(body.len() as u64 + 1) as usize),
        2 if !body.is_empty() => {
            let at = rng.below(body.len() as u64) as usize;
            body[at] = rng.pick(b"\"\\{}[],:x0 \n\xff");
        }
        _ => {}
    }
    body
}

fn object(rng: &mut Rng, writer: Writer) -> String {
    let version = rng.between(1, 1000).to_string();
    let json = Drawn::new(rng, writer, &version, 0).json;
    let managed = format!("\"metadata\":{{\"managedFields\":[{{\"manager\":\"{}\"}}],", text::plain(rng, 8));
    let with = json.replacen("\"metadata\":{", &managed, 1);
    // If the metadata is empty, the comma is wrong.
    if rng.one_in(2) && Object::parse(with.clone().into()).is_ok() { with } else { json }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_result_is_found() {
        assert!(same(&["a".into()], &[]).is_err());
        assert_eq!(same(&["a".into()], &["a".into()]), Ok(()));
    }
}
