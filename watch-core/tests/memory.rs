//! Memory limits. Runs in a process of its own, because the allocator counts all of it.

use std::alloc::System;
use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use cap::Cap;
use watch_core::{
    Change, Config, Diff, Event, InitialCause, InitialList, Input, Instant, JsonCheck, Object, Output, Phase, Request,
    RequestId, RequestKind, Resource, ResponseHead, Start, Watcher,
};

/// Allocating beyond this limit fails and ends the process.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

const PIECE: usize = 16 << 10;
const MIB: usize = 1 << 20;
const NOW: Instant = Instant::from_origin(Duration::from_secs(1));

/// Returns a watcher whose first request was answered with status 200, and the id of the request.
fn opened(config: Config) -> (Watcher, RequestId) {
    let mut watcher = Watcher::new(config);
    let Output::Send(Request { id, .. }) = watcher.poll(NOW) else { panic!() };
    watcher.handle(Input::Response { id, head: ResponseHead::new(200) }).unwrap();
    assert!(matches!(watcher.poll(NOW), Output::Wait(_)));
    (watcher, id)
}

/// Returns a watcher with an open watch.
fn watch() -> (Watcher, RequestId) {
    let config = Config::builder(Resource::core("v1", "pods")).start(Start::From("5".parse().unwrap()));
    opened(config.build().unwrap())
}

fn item(number: usize, padding: &str) -> String {
    format!(
        r#"{{"metadata":{{"name":"pod-{number}","namespace":"default","uid":"c3df342e-8207-4bc7-8b2e-{number:012x}","resourceVersion":"{number}9"}},"spec":{{"padding":"{padding}"}}}}"#
    )
}

/// Drives a LIST of this many items of 10 kB, in pieces as from a socket. Returns the number of objects.
fn list(items: usize) -> (usize, usize) {
    let config =
        Config::builder(Resource::core("v1", "pods")).start(Start::InitialList(InitialList::List)).page_size(None);
    let mut watcher = Watcher::new(config.build().unwrap());
    let now = Instant::from_origin(Duration::from_secs(1));
    let Output::Send(request) = watcher.poll(now) else { panic!() };
    let id = request.id;
    watcher.handle(Input::Response { id, head: ResponseHead::new(200) }).unwrap();
    let padding = "x".repeat(10_000);
    let (mut piece, mut bytes, mut objects) = (Vec::with_capacity(2 * PIECE), 0, 0);
    let mut hand_in = |watcher: &mut Watcher, piece: &[u8]| {
        bytes += piece.len();
        watcher.handle(Input::Body { id, bytes: Bytes::copy_from_slice(piece) }).unwrap();
        loop {
            match watcher.poll(now) {
                Output::Event(Event::Initial(_)) => objects += 1,
                Output::Event(_) => {}
                Output::Wait(_) => return,
                other => panic!("{other:?}"),
            }
        }
    };
    piece
        .extend_from_slice(br#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"999999"},"items":["#);
    for number in 0..items {
        piece.extend_from_slice(if number > 0 { b"," } else { b"" });
        piece.extend_from_slice(item(number, &padding).as_bytes());
        while piece.len() >= PIECE {
            hand_in(&mut watcher, &piece[..PIECE]);
            piece.drain(..PIECE);
        }
    }
    piece.extend_from_slice(b"]}\n");
    hand_in(&mut watcher, &piece);
    (objects, bytes)
}

/// Hands in a body of a watch in pieces of these sizes, in turn, before a poll. Checks that the watcher holds at most
/// twice the size of the body at any time, and reads all of it then. Returns the most that it held, relative to the size.
fn hold_pieces(sizes: &[usize]) -> f64 {
    let (mut watcher, id) = watch();
    let object = item(6, &"x".repeat(200_000));
    let body = format!(r#"{{"type":"ADDED","object":{object}}}"#);
    let before = ALLOCATOR.allocated();
    let (mut rest, mut most) = (body.as_bytes(), 0);
    for size in sizes.iter().cycle() {
        let piece;
        (piece, rest) = rest.split_at(rest.len().min(*size));
        watcher.handle(Input::Body { id, bytes: Bytes::copy_from_slice(piece) }).unwrap();
        most = most.max(ALLOCATOR.allocated() - before);
        if rest.is_empty() {
            break;
        }
    }
    assert!(most <= 2 * body.len(), "pieces of {sizes:?}: {most} bytes for a body of {}", body.len());
    let Output::Event(Event::Added(found)) = watcher.poll(NOW) else { panic!() };
    assert_eq!(*found.raw(), object, "pieces of {sizes:?}");
    assert!(matches!(watcher.poll(NOW), Output::Wait(_)));
    most as f64 / body.len() as f64
}

/// Returns an event whose object has this padding.
fn event(number: usize, padding: usize) -> Bytes {
    format!(r#"{{"type":"ADDED","object":{}}}"#, item(number, &"x".repeat(padding))).into()
}

/// Hands in an event of this size in pieces, and drops it.
fn drop_an_event(watcher: &mut Watcher, id: RequestId, size: usize) {
    let mut event = event(6, size);
    while !event.is_empty() {
        let piece = event.split_to(event.len().min(PIECE / 4));
        watcher.handle(Input::Body { id, bytes: Bytes::copy_from_slice(&piece) }).unwrap();
        match watcher.poll(NOW) {
            Output::Wait(_) => {}
            Output::Event(Event::Added(_)) => assert!(event.is_empty()),
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(watcher.poll(NOW), Output::Wait(_)));
}

/// Returns the bytes that an open watch holds, on the heap and in itself, after it read a large event.
fn held_after_an_event(size: usize) -> usize {
    let config = Config::builder(Resource::core("v1", "pods")).start(Start::From("5".parse().unwrap()));
    let config = config.build().unwrap();
    let before = ALLOCATOR.allocated();
    let (mut watcher, id) = opened(config);
    drop_an_event(&mut watcher, id, size);
    assert_eq!(watcher.phase(), Phase::Live);
    ALLOCATOR.allocated() - before + size_of_val(&watcher)
}

/// Returns the bytes that a small event holds which arrives in two pieces after a large one, when the watcher is
/// dropped; and the size of its object.
fn held_by_a_small_event_after(size: usize) -> (usize, usize) {
    let before = ALLOCATOR.allocated();
    let (mut watcher, id) = watch();
    drop_an_event(&mut watcher, id, size);
    let event = event(7, 0);
    for piece in event.chunks(100) {
        assert!(matches!(watcher.poll(NOW), Output::Wait(_)));
        watcher.handle(Input::Body { id, bytes: Bytes::copy_from_slice(piece) }).unwrap();
    }
    let Output::Event(Event::Added(object)) = watcher.poll(NOW) else { panic!() };
    drop((watcher, event));
    (ALLOCATOR.allocated() - before, object.raw().len())
}

/// Drives a LIST of 1000 items of a built-in type, which are dropped as they come, in pieces that hold complete items.
/// Returns the number of bytes that it allocates, and the number of bytes of the items.
fn allocated_by_a_list() -> (usize, usize) {
    let config = Config::builder(Resource::core("v1", "pods")).start(Start::InitialList(InitialList::List));
    let (mut watcher, id) = opened(config.page_size(None).build().unwrap());
    let mut bodies =
        vec![Bytes::from(r#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"999999"},"items":["#)];
    bodies.extend((10..1040).map(|number| {
        Bytes::from(format!("{}{}", if number > 10 { "," } else { "" }, item(number, &"x".repeat(EVENT - 200))))
    }));
    // The first clone of a buffer allocates its reference count. That isn't counted below.
    let shared = bodies.clone();
    let (mut objects, mut bytes, mut before) = (0, 0, 0);
    for bytes_in in bodies {
        watcher.handle(Input::Body { id, bytes: bytes_in }).unwrap();
        loop {
            match watcher.poll(NOW) {
                Output::Event(Event::Initial(object)) => {
                    assert_eq!(object.kind(), Some("Pod"));
                    objects += 1;
                    bytes += object.raw().len();
                }
                Output::Event(_) => {}
                Output::Wait(_) => break,
                other => panic!("{other:?}"),
            }
        }
        if before == 0 && objects >= 30 {
            (before, bytes) = (ALLOCATOR.total_allocated(), 0);
        }
    }
    drop(shared);
    assert_eq!(objects, 1030);
    (ALLOCATOR.total_allocated() - before, bytes)
}

/// The size of an event, about.
const EVENT: usize = 4000;

/// Drives a watch of 1000 events, which are dropped as they come. Returns the number of bytes that it allocates. Pieces
/// of [`PIECE`] hold complete events, smaller ones parts of them.
fn allocated_by_a_watch(check: JsonCheck, size: usize) -> usize {
    let config = Config::builder(Resource::core("v1", "pods")).start(Start::From("5".parse().unwrap()));
    let mut watcher = Watcher::new(config.json_check(check).build().unwrap());
    let now = Instant::from_origin(Duration::from_secs(1));
    let Output::Send(request) = watcher.poll(now) else { panic!() };
    let id = request.id;
    watcher.handle(Input::Response { id, head: ResponseHead::new(200) }).unwrap();
    let event =
        |version: usize| format!(r#"{{"type":"ADDED","object":{}}}{}"#, item(version, &"x".repeat(EVENT - 200)), '\n');
    let events: Vec<_> = (10..1040).map(event).collect();
    let bodies: Vec<Bytes> = events
        .chunks(4)
        .map(|events| Bytes::from(events.concat()))
        .flat_map(|body| {
            (0..body.len()).step_by(size).map(move |at| body.slice(at..body.len().min(at + size))).collect::<Vec<_>>()
        })
        .collect();
    let mut objects = 0;
    let mut before = 0;
    for bytes in bodies {
        watcher.handle(Input::Body { id, bytes }).unwrap();
        loop {
            match watcher.poll(now) {
                Output::Event(Event::Added(_)) => objects += 1,
                Output::Wait(_) => break,
                other => panic!("{other:?}"),
            }
        }
        // The first events make what the watch keeps.
        if before == 0 && objects >= 30 {
            before = ALLOCATOR.total_allocated();
        }
    }
    assert_eq!(objects, 1030);
    ALLOCATOR.total_allocated() - before
}

const EMPTY_LIST: &str =
    r#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"123456789"},"items":[]}"#;
const EMPTY_STREAMING_LIST: &str = r#"{"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"123456789","annotations":{"k8s.io/initial-events-end":"true"}}}}"#;

const BOOKMARK: &str =
    r#"{"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"123456799"}}}"#;

/// How a watch began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Began {
    /// With a LIST.
    List,
    /// With a streaming list.
    StreamingList,
    /// With a streaming list. Then an event of 4,000 bytes arrived in two pieces, and a bookmark.
    Event,
}

/// Returns the bytes that the machine of an open watch holds, on the heap and in itself. The configuration is shared, so
/// it isn't included.
fn held_by_an_open_watch(began: Began) -> usize {
    let list = if began == Began::List { InitialList::List } else { InitialList::Auto };
    let config = Config::builder(Resource::core("v1", "pods")).namespace("default").start(Start::InitialList(list));
    let config = config.build().unwrap();
    let before = ALLOCATOR.allocated();
    let mut watcher = Watcher::new(config);
    let now = Instant::from_origin(Duration::from_secs(1));
    // As a driver that polls after each input.
    let mut inputs = VecDeque::new();
    loop {
        match watcher.poll(now) {
            Output::Send(Request { id, kind, .. }) => {
                inputs.push_back(Input::Response { id, head: ResponseHead::new(200) });
                let mut body = |bytes: Bytes| inputs.push_back(Input::Body { id, bytes });
                match (kind, began) {
                    (RequestKind::List, _) => {
                        body(EMPTY_LIST.into());
                        inputs.push_back(Input::End { id });
                    }
                    (_, Began::List) => {}
                    (_, Began::StreamingList) => body(EMPTY_STREAMING_LIST.into()),
                    (_, Began::Event) => {
                        body(EMPTY_STREAMING_LIST.into());
                        let item = item(12_345_679, &"x".repeat(EVENT));
                        let mut event = Bytes::from(format!(r#"{{"type":"ADDED","object":{item}}}"#));
                        body(event.split_to(EVENT / 2));
                        body(event);
                        body(BOOKMARK.into());
                    }
                }
            }
            Output::Event(_) => {}
            Output::Wait(_) => match inputs.pop_front() {
                Some(input) => watcher.handle(input).unwrap(),
                None => break,
            },
            other => panic!("{other:?}"),
        }
    }
    drop(inputs);
    assert_eq!(watcher.phase(), Phase::Live);
    ALLOCATOR.allocated() - before + size_of_val(&watcher)
}

/// One test, because several would count each other's memory.
#[test]
fn memory_is_bounded_and_an_index_entry_is_small() {
    // The watcher itself.
    let before = ALLOCATOR.allocated();
    let watcher = Watcher::new(Config::builder(Resource::core("v1", "pods")).build().unwrap());
    println!("a Watcher: {} bytes, and {} on the heap", size_of::<Watcher>(), ALLOCATOR.allocated() - before);
    drop(watcher);

    // One with an open watch.
    for began in [Began::List, Began::StreamingList, Began::Event] {
        let held = held_by_an_open_watch(began);
        println!("a Watcher with an open watch after {began:?}: {held} bytes with itself");
        assert!(held < 1024, "{held}");
    }

    // A list of 100 MB in a process that may use a fiftieth of that in addition to what it has.
    ALLOCATOR.set_limit(ALLOCATOR.allocated() + 2 * MIB).unwrap();
    let (objects, bytes) = list(10_000);
    ALLOCATOR.set_limit(usize::MAX).unwrap();
    assert_eq!(objects, 10_000);
    assert!(bytes > 100_000_000);
    println!("a list of {bytes} bytes went through {} bytes of memory at most", 2 * MIB);

    // Pieces that are handed in before a poll.
    let mixed: [&[usize]; 6] = [&[1, 300], &[1, 255, 256], &[64, 1000, 3], &[1, 16 << 10], &[255], &[256]];
    let uniform: Vec<_> = (1..=64).map(|size| [size]).collect();
    let most = uniform.iter().map(<[_; 1]>::as_slice).chain(mixed).map(hold_pieces).fold(0.0, f64::max);
    println!("pieces that wait for a poll take at most {most:.2} times their size");

    // A large event keeps no memory: neither in the watch, nor through a later event.
    let held = held_after_an_event(10 * MIB);
    println!("a Watcher after an event of 10 MiB: {held} bytes with itself");
    assert!(held < 1024, "{held}");
    let (held, size) = held_by_a_small_event_after(MIB);
    println!("an event of {size} bytes after one of 1 MiB holds {held} bytes");
    assert!(held < 3 * size, "{held}");
    // The buffer of a smaller event may be used again. It is no larger than a piece.
    for before in [EVENT, PIECE / 2, PIECE, 3 * PIECE] {
        let (held, size) = held_by_a_small_event_after(before);
        println!("an event of {size} bytes after one of {before} holds {held} bytes");
        assert!(held <= PIECE + 100, "{held}");
    }

    // An item of a list that has no type of its own is copied, into one buffer of its size, and nothing else is
    // allocated for it.
    let (allocated, bytes) = allocated_by_a_list();
    println!("1000 items of a list: {bytes} bytes, and {allocated} bytes allocated");
    assert_eq!(allocated, bytes);

    // A watch: no allocation but the buffer of an event that spans pieces, and that buffer is used again when its
    // events are gone.
    assert_eq!(allocated_by_a_watch(JsonCheck::Structure, PIECE), 0);
    assert_eq!(allocated_by_a_watch(JsonCheck::Full, PIECE), 0);
    let bytes = allocated_by_a_watch(JsonCheck::Structure, 1000);
    println!("1000 events that span pieces: {bytes} bytes allocated");
    assert!(bytes < 1000 * 4 * EVENT, "no more than their buffers: {bytes}");

    // The index of a diff, filled in the order of a list, and in no order.
    let objects = 50_000;
    for step in [1, 7_919] {
        let before = ALLOCATOR.allocated();
        let diff = filled((0..objects).map(|index| (index * step) % objects));
        let names = (0..objects).map(|index| name(index).len() + "default".len()).sum::<usize>();
        let entry = (ALLOCATOR.allocated() - before - names) / objects;
        println!("an entry of a Diff: {entry} bytes beside its name");
        assert!(entry < 100);
        drop(diff);
    }

    // A list of older objects and a burst of events keep no memory.
    let mut diff = filled(0..objects);
    let before = ALLOCATOR.allocated();
    let events = |diff: &mut Diff, events: Vec<Event>| {
        events.into_iter().for_each(|event| diff.handle(event));
        core::iter::from_fn(|| diff.poll()).count()
    };
    let mut list = vec![Event::InitialBegin { cause: InitialCause::Expired }];
    list.extend((0..objects).map(|index| Event::Initial(object(index, 1))));
    list.push(Event::InitialEnd { resource_version: "5".parse().unwrap() });
    assert_eq!(events(&mut diff, list), objects + 1, "each was modified, and the list is complete");
    let kept = ALLOCATOR.allocated().saturating_sub(before);
    println!("after a list of older objects: {kept} bytes more");
    assert!(kept < 10_000);

    // A snapshot is written without being built.
    let config = Config::builder(Resource::core("v1", "pods")).build().unwrap();
    ALLOCATOR.set_limit(ALLOCATOR.allocated() + (64 << 10)).unwrap();
    diff.serialize_snapshot(&config, &mut serde_json::Serializer::new(std::io::sink())).unwrap();
    ALLOCATOR.set_limit(usize::MAX).unwrap();
}

fn name(index: usize) -> String {
    format!("web-{index:07}-7d4f8c9b6d-x2x9z")
}

fn object(index: usize, version: usize) -> Object {
    let name = name(index);
    let json = format!(
        r#"{{"metadata":{{"name":"{name}","namespace":"default","uid":"c3df342e-8207-4bc7-8b2e-{index:012x}","resourceVersion":"{version}"}}}}"#
    );
    Object::parse(json.into()).unwrap()
}

/// Returns a diff that knows these objects.
fn filled(indexes: impl Iterator<Item = usize>) -> Diff {
    let mut diff = Diff::new();
    diff.handle(Event::InitialBegin { cause: InitialCause::First });
    assert!(diff.poll().is_none());
    for index in indexes {
        diff.handle(Event::Initial(object(index, 1_000 + index)));
        assert!(matches!(diff.poll(), Some(Change::Added(_))));
    }
    diff.handle(Event::InitialEnd { resource_version: "999999".parse().unwrap() });
    assert!(matches!(diff.poll(), Some(Change::Synced { .. })));
    diff
}
