//! The state machine alone.

use std::time::Duration;

use bytes::Bytes;
use peer_speed::measure::Begun;
use peer_speed::recording::{Recording, Representation};
use watch_hyper::watch_core::{
    Config, Event, InitialList, Input, Instant, Output, RequestId, Resource, ResponseHead, Start, Watcher,
};

use crate::bodies::{event, list, pieces, pieces_of};

const NOW: Instant = Instant::from_origin(Duration::from_secs(1));

/// Returns a machine whose first request was answered with 200.
fn opened(start: Start) -> (Watcher, RequestId) {
    let config = Config::builder(Resource::core("v1", "pods")).start(start).page_size(None);
    let mut watcher = Watcher::new(config.build().expect("a configuration"));
    let Output::Send(request) = watcher.poll(NOW) else { panic!("it sends a request") };
    watcher.handle(Input::Response { id: request.id, head: ResponseHead::new(200) }).expect("it was sent");
    (watcher, request.id)
}

fn watch() -> (Watcher, RequestId) {
    opened(Start::From("5".parse().expect("a version")))
}

/// Polls until the machine waits, and returns the number of objects.
fn poll(watcher: &mut Watcher) -> u64 {
    let mut objects = 0;
    loop {
        match watcher.poll(NOW) {
            Output::Event(event) => {
                objects += u64::from(!matches!(event, Event::InitialBegin { .. } | Event::InitialEnd { .. }))
            }
            Output::Wait(_) => return objects,
            other => panic!("unexpected: {other:?}"),
        }
    }
}

/// Hands in the pieces, with polls after each. Returns the CPU time.
fn read((mut watcher, id): (Watcher, RequestId), pieces: impl Iterator<Item = Bytes>, expected: u64) -> u64 {
    let begun = Begun::now();
    let mut objects = 0;
    for bytes in pieces {
        watcher.handle(Input::Body { id, bytes }).expect("the response is open");
        objects += poll(&mut watcher);
    }
    let nanos = begun.cpu_nanos();
    assert_eq!(objects, expected);
    nanos
}

pub(crate) fn events(number: u64) -> u64 {
    let recording = Recording::new(Representation::Full);
    // Made in advance, so that it isn't measured.
    let frames: Vec<Bytes> = (0..number).map(|number| recording.frame(number)).collect();
    read(watch(), frames.into_iter(), number)
}

pub(crate) fn text(bytes: u64) -> u64 {
    let body = event(&format!("\"{}\"", "x".repeat(bytes as usize)));
    read(watch(), pieces(&body), 1)
}

pub(crate) fn brackets(bytes: u64) -> u64 {
    let body = event(&format!("[{}[]]", "[],".repeat(bytes as usize / 3)));
    read(watch(), pieces(&body), 1)
}

pub(crate) fn bytes_polled(bytes: u64) -> u64 {
    let body = event(&format!("\"{}\"", "x".repeat(bytes as usize)));
    read(watch(), pieces_of(&body, 1), 1)
}

pub(crate) fn bytes_at_once(bytes: u64) -> u64 {
    let body = event(&format!("\"{}\"", "x".repeat(bytes as usize)));
    let (mut watcher, id) = watch();
    let begun = Begun::now();
    for bytes in pieces_of(&body, 1) {
        watcher.handle(Input::Body { id, bytes }).expect("the response is open");
    }
    assert_eq!(poll(&mut watcher), 1);
    begun.cpu_nanos()
}

pub(crate) fn tiny_items(items: u64) -> u64 {
    let (watcher, id) = opened(Start::InitialList(InitialList::List));
    read((watcher, id), pieces(&list(items)), items)
}
