//! Checks how a LIST in any legal JSON is read. The result must not depend on how the body is cut.

mod document;

use bytes::Bytes;
use watch_core::{Cause, Config, Event, InitialList, Notice, Output, Resource, ResponseHead, Start, Watcher};
use watch_test::check::Rng;

use self::document::{Document, Expected};
use super::objects::check_decode_error;
use super::rig::{Rig, is_result, parameters, pieces, request, same};
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};

pub(super) fn probe(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let document = Document::drawn(rng);
    let is_secrets = rng.one_in(4);
    let resource = Resource::core("v1", if is_secrets { "secrets" } else { "pods" });
    let config = Config::builder(resource)
        .start(Start::InitialList(InitialList::List))
        .limits(document.limits.clone())
        .page_size(Some(7))
        .build()
        .or_else(|error| broken(Oracle::Reference, format!("the limits of the probe are refused: {error}")))?;
    let (body, ending) = damaged(rng, &document);
    transcript.note(|| {
        format!("{:?} {:?} {ending:?} {}", document.limits, document.expected, String::from_utf8_lossy(&body))
    });
    let outputs = read(rng, &config, &body, transcript)?;
    let again = read(rng, &config, &body, &mut Transcript::new(false))?;
    same(&outputs, &again)?;
    match ending {
        Ending::Complete => right(&document.expected, &outputs, is_secrets),
        Ending::Short => incomplete(&outputs),
        Ending::Damaged => Ok(()),
    }
}

/// How the body differs from the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Complete,
    /// It ends within the document.
    Short,
    /// One byte is changed.
    Damaged,
}

fn damaged(rng: &mut Rng, document: &Document) -> (Vec<u8>, Ending) {
    let mut body = document.json.as_bytes().to_vec();
    match rng.below(8) {
        0 => {
            body.truncate(rng.below(document.complete as u64) as usize);
            (body, Ending::Short)
        }
        1 => {
            let place = rng.below(body.len() as u64) as usize;
            body[place] = rng.pick(&[b'"', b'\\', b'{', b']', b',', b' ', b'\n', 0xff, 0, b'x']);
            (body, Ending::Damaged)
        }
        _ => (body, Ending::Complete),
    }
}

/// Hands the body in, in drawn pieces, with polls between them or not. Returns all outputs but waits.
fn read(rng: &mut Rng, config: &Config, body: &[u8], transcript: &mut Transcript) -> Result<Vec<Output>, Violation> {
    let mut rig = Rig::new(Watcher::new(config.clone()));
    rig.poll(transcript)?;
    rig.head(ResponseHead::new(200).with_content_type("application/json"))?;
    let polls = rng.one_in(2);
    let mut outputs = Vec::new();
    for piece in pieces(rng, body) {
        if rig.open.is_none() || !outputs.iter().all(|output| matches!(output, Output::Event(_))) {
            break;
        }
        rig.body([piece])?;
        if polls {
            outputs.extend(rig.poll(&mut Transcript::new(false))?.into_iter().filter(is_result));
        }
    }
    if outputs.iter().all(|output| matches!(output, Output::Event(_))) {
        rig.end()?;
    }
    outputs.extend(rig.poll(&mut Transcript::new(false))?.into_iter().filter(is_result));
    outputs.iter().for_each(|output| crate::world::hashed::output(transcript, rig.now, output));
    Ok(outputs)
}

fn right(expected: &Expected, outputs: &[Output], is_secrets: bool) -> Result<(), Violation> {
    let events: Vec<&Event> = outputs
        .iter()
        .filter_map(|output| if let Output::Event(event) = output { Some(event) } else { None })
        .collect();
    items(expected, &events, is_secrets)?;
    let problem = outputs.iter().find_map(|output| match output {
        Output::Notice(Notice::Retrying { trouble, .. } | Notice::NeedsAttention { trouble, .. }) => {
            Some(&trouble.cause)
        }
        _ => None,
    });
    let ended = events.last().and_then(|event| {
        if let Event::InitialEnd { resource_version } = event { Some(resource_version) } else { None }
    });
    let next = request(outputs).map(parameters).unwrap_or_default();
    let parameter = |name: &str| next.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
    let is_right = match (expected, problem) {
        (Expected::Set { version, more: None, .. }, None) => {
            ended.is_some_and(|ended| ended.text() == version.as_str()) && parameter("resourceVersion") == Some(version)
        }
        (Expected::Set { more: Some(token), .. }, None) => {
            ended.is_none() && parameter("continue") == Some(token) && parameter("limit") == Some("7")
        }
        (Expected::NoVersion { .. }, Some(Cause::NoVersion)) => ended.is_none(),
        (Expected::Unreadable { .. }, Some(Cause::Unreadable(_))) => ended.is_none(),
        _ => false,
    };
    if is_right {
        return Ok(());
    }
    broken(Oracle::Reference, format!("the list results in {outputs:?}, not {expected:?}"))
}

/// Checks that the objects are those of the list, in its order, up to the first problem.
fn items(expected: &Expected, events: &[&Event], is_secrets: bool) -> Result<(), Violation> {
    let objects = expected.items();
    let mut found = 0;
    for (index, event) in events.iter().enumerate() {
        match event {
            Event::InitialBegin { .. } if index == 0 && !expected.is_known_before_items() => {}
            Event::Initial(object) if index > 0 => {
                let Some((drawn, raw)) = objects.get(found) else {
                    return broken(Oracle::Reference, format!("{object} isn't in the list"));
                };
                found += 1;
                if object.raw() != raw {
                    return broken(Oracle::Reference, format!("{:?} became {:?}", raw, object.raw()));
                }
                drawn.is_read_as(object)?;
                let types = (object.kind(), object.api_version());
                if types != (drawn.kind.as_deref(), drawn.api_version.as_deref()) {
                    return broken(Oracle::Reference, format!("{raw:?} has the type {types:?}"));
                }
                if drawn.is_simple {
                    check_decode_error(object, is_secrets || object.kind() == Some("Secret"))?;
                }
            }
            Event::InitialEnd { .. } if index > 0 && index + 1 == events.len() => {}
            event => return broken(Oracle::Grammar, format!("{event} in the middle of {events:?}")),
        }
    }
    let is_complete = matches!(expected, Expected::Set { .. });
    if is_complete && found != objects.len() {
        return broken(Oracle::Reference, format!("{found} of {} objects", objects.len()));
    }
    Ok(())
}

/// Checks that a list that broke off isn't complete.
fn incomplete(outputs: &[Output]) -> Result<(), Violation> {
    let is_ended = |output: &Output| matches!(output, Output::Event(Event::InitialEnd { .. }));
    if outputs.iter().any(is_ended) || request(outputs).is_some_and(|request| request.uri().contains("continue")) {
        return broken(Oracle::Endings, format!("a list that broke off results in {outputs:?}"));
    }
    Ok(())
}

/// Returns the item as the machine must return it.
fn filled(item: &str, list_type: Option<(&str, &str)>) -> Bytes {
    match (list_type, item.strip_prefix('{')) {
        (Some((kind, api_version)), Some(rest)) => {
            let text = |text: &str| serde_json::Value::from(text).to_string();
            format!("{{\"kind\":{},\"apiVersion\":{},{rest}", text(kind), text(api_version)).into()
        }
        _ => Bytes::copy_from_slice(item.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use watch_core::ResourceVersion;

    use super::*;

    #[test]
    fn a_list_that_results_in_something_else_is_found() {
        let version: ResourceVersion = "7".parse().unwrap();
        let end = Output::Event(Event::InitialEnd { resource_version: version });
        let begin = Output::Event(Event::InitialBegin { cause: watch_core::InitialCause::First });
        let expected = Expected::Unreadable { items: Vec::new(), known_before_items: true };
        assert!(right(&expected, &[begin.clone(), end.clone()], false).is_err());
        let expected = Expected::Set { items: Vec::new(), version: "8".into(), more: None };
        assert!(right(&expected, &[begin.clone(), end.clone()], false).is_err());
        assert!(incomplete(&[begin.clone(), end.clone()]).is_err());
        assert!(same(&[begin], &[end]).is_err());
    }

    #[test]
    fn an_item_that_was_changed_is_found() {
        for seed in 0..200 {
            let document = Document::drawn(&mut Rng::new(seed));
            let Expected::Set { items, .. } = &document.expected else { continue };
            let Some((drawn, _)) = items.first() else { continue };
            let Ok(object) = watch_core::Object::parse(drawn.json.clone().into()) else { continue };
            let expected = Expected::Set { items: vec![(drawn.clone(), "{}".into())], version: "1".into(), more: None };
            let begin = Event::InitialBegin { cause: watch_core::InitialCause::First };
            assert!(super::items(&expected, &[&begin, &Event::Initial(object)], false).is_err());
            return;
        }
        panic!("no list with an item");
    }
}
