//! What is measured: bodies as a server sends them, from the chunk to [`Output::Event`], or to a decoded object.

mod bodies;

use std::hint::black_box;
use std::time::Duration;

use bytes::Bytes;
use k8s_openapi::api::core::v1::Pod;
use serde::Deserialize;
use watch_core::{
    Config, Event, FromObject, InitialList, Input, Instant, JsonCheck, Object, Output, PartialObjectMetadata,
    RequestId, Resource, ResponseHead, Start, Watcher,
};

use self::bodies::{churn, cut, deep, dense, large, lines, list_of_pods, metadata, small};

/// A case by its name. It is made when it is needed, because that takes a while under valgrind.
pub(crate) type Named = (&'static str, fn() -> Case);

pub(crate) const CASES: &[Named] = &[
    ("pods, an event a piece", || Case::watch(lines(&churn()))),
    ("pods, 64 KiB", || Case::watch(cut(&churn(), 64 << 10))),
    ("pods, 16 KiB", || Case::watch(cut(&churn(), 16 << 10))),
    ("pods, 1 KiB", || Case::watch(cut(&churn(), 1 << 10))),
    ("pods, an event a piece, full check", || Case::watch(lines(&churn())).full_check()),
    ("pods, 64 KiB, full check", || Case::watch(cut(&churn(), 64 << 10)).full_check()),
    ("pods, 16 KiB, stripped", || Case::watch(cut(&churn(), 16 << 10)).stripped()),
    ("pods as Pod, 16 KiB", || Case::watch(cut(&churn(), 16 << 10)).decoded::<Pod>()),
    ("pods as Pod, 16 KiB, stripped", || Case::watch(cut(&churn(), 16 << 10)).stripped().decoded::<Pod>()),
    ("pods as PartialObjectMetadata, 16 KiB", || {
        Case::watch(cut(&churn(), 16 << 10)).decoded::<PartialObjectMetadata>()
    }),
    ("metadata as PartialObjectMetadata, 16 KiB", || {
        Case::watch(cut(&metadata(), 16 << 10)).decoded::<PartialObjectMetadata>()
    }),
    ("320 B, 16 KiB", || Case::watch(cut(&small(), 16 << 10))),
    ("320 B, 16 KiB, full check", || Case::watch(cut(&small(), 16 << 10)).full_check()),
    ("1 MB of text", || Case::watch(cut(&large(), 64 << 10))),
    ("1 MB of brackets", || Case::watch(cut(&dense(), 64 << 10))),
    ("1 MB of brackets, full check", || Case::watch(cut(&dense(), 64 << 10)).full_check()),
    ("1 MB in 117 levels that don't fit the type", || Case::watch(cut(&deep(), 64 << 10)).refused::<Nested>()),
    ("list of pods, 16 KiB", || Case::list(cut(&list_of_pods(), 16 << 10))),
    ("list of pods, 16 KiB, full check", || Case::list(cut(&list_of_pods(), 16 << 10)).full_check()),
];

/// An object in an object, and so on.
#[derive(Deserialize)]
struct Nested {
    #[expect(dead_code, reason = "it is only decoded")]
    deeper: Option<Box<Self>>,
}

/// A body that one exchange returns, in pieces as from a socket.
pub(crate) struct Case {
    start: Start,
    check: JsonCheck,
    strips: bool,
    /// Called with each object.
    consume: fn(Object),
    pieces: Vec<Bytes>,
    /// The size of the body.
    pub(crate) bytes: usize,
}

impl Case {
    fn new(start: Start, pieces: Vec<Bytes>) -> Self {
        let bytes = pieces.iter().map(Bytes::len).sum();
        Self { start, check: JsonCheck::Structure, strips: false, consume: drop, pieces, bytes }
    }

    fn watch(pieces: Vec<Bytes>) -> Self {
        Self::new(Start::From("1".parse().expect("a version")), pieces)
    }

    fn list(pieces: Vec<Bytes>) -> Self {
        Self::new(Start::InitialList(InitialList::List), pieces)
    }

    const fn full_check(mut self) -> Self {
        self.check = JsonCheck::Full;
        self
    }

    const fn stripped(mut self) -> Self {
        self.strips = true;
        self
    }

    const fn decoded<T: FromObject>(mut self) -> Self {
        self.consume = |object| drop(black_box(T::from_object(object).expect("it fits the type")));
        self
    }

    /// Each object doesn't fit the type. The error names the field.
    const fn refused<T: FromObject>(mut self) -> Self {
        self.consume =
            |object| drop(black_box(T::from_object(object).err().expect("it doesn't fit the type").to_string()));
        self
    }

    /// Plays the body once. Returns the number of objects, which is at least 1.
    pub(crate) fn run(&self) -> usize {
        let config = Config::builder(Resource::core("v1", "pods"))
            .start(self.start.clone())
            .json_check(self.check)
            .strip_managed_fields(self.strips)
            .page_size(None)
            .build()
            .expect("nothing in it is wrong");
        let mut watcher = Watcher::new(config);
        let now = Instant::from_origin(Duration::from_secs(1));
        let Output::Send(request) = watcher.poll(now) else { panic!("a request comes first") };
        let id: RequestId = request.id;
        let head = ResponseHead::new(200).with_content_type("application/json");
        watcher.handle(Input::Response { id, head }).expect("it was requested");
        let mut objects = 0;
        for piece in &self.pieces {
            watcher.handle(Input::Body { id, bytes: piece.clone() }).expect("it was requested");
            loop {
                match watcher.poll(now) {
                    Output::Event(
                        Event::Initial(object)
                        | Event::Added(object)
                        | Event::Modified(object)
                        | Event::Deleted(object),
                    ) => {
                        objects += 1;
                        (self.consume)(object);
                    }
                    Output::Event(_) => {}
                    Output::Wait(_) => break,
                    other => panic!("{other:?}"),
                }
            }
        }
        assert!(objects > 0, "the body has no object");
        objects
    }
}
