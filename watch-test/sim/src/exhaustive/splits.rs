//! Bodies in every two and in every three pieces: the outputs of the machine must be the same.

use bytes::Bytes;
use watch_core::wire::{EventType, write_event};
use watch_core::{Config, InitialList, Input, Instant, Output, RequestId, Resource, ResponseHead, Start, Watcher};

use super::Tried;
use crate::plan::{Plan, Setup};
use crate::violation::{Oracle, Violation};

/// Cuts a stream of three events and a list of three objects at every byte, and after that at every `every` bytes.
pub fn splits(every: usize) -> Tried {
    let mut tried = Tried::default();
    let Some((list, watch)) = bodies() else { return tried };
    for (what, open, body) in [("list", opened(None), list.clone()), ("watch", opened(Some(list)), watch)] {
        let Some((watcher, id)) = open else { return tried };
        let uncut = outputs(watcher.clone(), id, std::slice::from_ref(&body));
        for first in 0..=body.len() {
            for second in (first..=body.len()).step_by(every.max(1)) {
                tried.plans += 1;
                let pieces = [body.slice(..first), body.slice(first..second), body.slice(second..)];
                let split = outputs(watcher.clone(), id, &pieces);
                if split != uncut {
                    let about = format!("a {what} cut at {first} and {second}");
                    let message = format!("{about} results in\n{split:#?}\nand uncut in\n{uncut:#?}");
                    let plan = Plan { about, setup: Setup::default(), steps: Vec::new() };
                    tried.failure = Some((plan, Violation::new(Oracle::Cuts, message)));
                    return tried;
                }
            }
        }
    }
    tried
}

/// With characters of one to four bytes, escapes, and brackets in strings.
fn bodies() -> Option<(Bytes, Bytes)> {
    let object = |name: &str, version: u32| {
        let text = r#""№ \"quoted\" \\ {}[] é\n\u00e9 🦀 \\\"""#;
        format!(
            r#"{{"metadata":{{"name":"{name}","uid":"{name}","resourceVersion":"{version}"}},"data":{{"text":{text},"n":-1.5e3}}}}"#
        )
    };
    let items = [object("a", 1), object("b", 2), object("c", 3)].join(",");
    let list = format!(
        r#"{{"kind":"ConfigMapList","apiVersion":"v1","metadata":{{"resourceVersion":"3"}},"items":[{items}]}}"#
    );
    let mut watch = Vec::new();
    for (event, name, version) in
        [(EventType::Added, "d", 4), (EventType::Modified, "a", 5), (EventType::Deleted, "b", 6)]
    {
        write_event(&mut watch, event, object(name, version).as_bytes());
    }
    Some((list.into(), watch.into()))
}

/// Returns a machine whose request for a list, or for a watch after that list, was answered with 200.
fn opened(list: Option<Bytes>) -> Option<(Watcher, RequestId)> {
    let config = Config::builder(Resource::core("v1", "configmaps")).start(Start::InitialList(InitialList::List));
    let mut watcher = Watcher::new(config.build().ok()?);
    let mut id = sent(&mut watcher)?;
    watcher.handle(Input::Response { id, head: ResponseHead::new(200) }).ok()?;
    if let Some(bytes) = list {
        watcher.handle(Input::Body { id, bytes }).ok()?;
        watcher.handle(Input::End { id }).ok()?;
        id = sent(&mut watcher)?;
        watcher.handle(Input::Response { id, head: ResponseHead::new(200) }).ok()?;
    }
    Some((watcher, id))
}

fn sent(watcher: &mut Watcher) -> Option<RequestId> {
    loop {
        match watcher.poll(Instant::ORIGIN) {
            Output::Send(request) => return Some(request.id),
            Output::Wait(_) | Output::Done(_) => return None,
            _ => {}
        }
    }
}

/// Returns the outputs for the body in these pieces, with a poll after each, and for its end.
fn outputs(mut watcher: Watcher, id: RequestId, pieces: &[Bytes]) -> Vec<String> {
    let mut found = Vec::new();
    let inputs = pieces.iter().map(|bytes| Input::Body { id, bytes: bytes.clone() });
    for input in inputs.chain([Input::End { id }]) {
        if let Err(misuse) = watcher.handle(input) {
            found.push(misuse.to_string());
        }
        loop {
            match watcher.poll(Instant::ORIGIN) {
                Output::Wait(_) | Output::Done(_) => break,
                Output::Event(event) => found.push(event.to_string()),
                Output::Notice(notice) => found.push(notice.to_string()),
                Output::Send(request) => found.push(request.http.uri().to_string()),
                Output::Abort(id) => found.push(id.to_string()),
            }
        }
    }
    found.push(format!("{:?}", watcher.checkpoint()));
    found
}
