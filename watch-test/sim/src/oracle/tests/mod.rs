//! Each oracle rejects its violation: transcripts written by hand, with one fault each.

mod asked;
mod changes;
mod checks;
mod compared;
mod exchanges;
mod machine;
mod progress;
mod settings;
mod unreadable;

use core::time::Duration;

use serde_json::{Value, json};
use watch_core::{
    Config, Event, InitialCause, Input, Instant, Notice, Object, Output, RequestId, Resource, ResourceVersion,
    TransportError, TransportErrorKind, Trouble, Watcher,
};

use crate::violation::{Oracle, Violation};

pub(super) fn value(name: &str, version: u64, text: &str) -> Value {
    json!({
        "kind": "ConfigMap", "apiVersion": "v1",
        "metadata": {"name": name, "namespace": "default", "uid": format!("uid-{name}"),
            "resourceVersion": version.to_string()},
        "data": {"text": text},
    })
}

pub(super) fn object(name: &str, version: u64, text: &str) -> Object {
    Object::parse(value(name, version, text).to_string().into()).unwrap()
}

pub(super) fn version(number: u64) -> ResourceVersion {
    number.to_string().parse().unwrap()
}

pub(super) fn begin() -> Event {
    Event::InitialBegin { cause: InitialCause::First }
}

pub(super) fn end(number: u64) -> Event {
    Event::InitialEnd { resource_version: version(number) }
}

pub(super) fn a(number: u64, text: &str) -> Object {
    object("a", number, text)
}

/// Returns an unused machine.
pub(super) fn fresh() -> Watcher {
    Watcher::new(Config::builder(Resource::core("v1", "configmaps")).build().unwrap())
}

pub(super) fn watcher() -> (Watcher, RequestId) {
    let mut watcher = fresh();
    let Output::Send(request) = watcher.poll(Instant::ORIGIN) else { panic!("it sends") };
    (watcher, request.id)
}

/// Some trouble: the connection was refused.
pub(super) fn trouble() -> Box<Trouble> {
    let (mut watcher, id) = watcher();
    let error = TransportError::new(TransportErrorKind::Refused, "");
    watcher.handle(Input::Failed { id, error }).unwrap();
    let Output::Notice(Notice::Retrying { trouble, .. }) = watcher.poll(Instant::ORIGIN) else { panic!("a notice") };
    trouble
}

/// Returns the wait for the head of a response.
pub(super) fn wait() -> Output {
    let (mut watcher, _) = watcher();
    watcher.poll(Instant::ORIGIN)
}

/// The oracle that found something.
pub(super) fn found(result: Result<(), Violation>) -> Option<Oracle> {
    result.err().map(|violation| violation.oracle)
}

pub(super) const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
