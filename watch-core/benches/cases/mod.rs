//! What is measured: bodies as a server sends them, from the chunk to [`Output::Event`].

use std::fs;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use watch_core::{
    Config, Event, InitialList, Input, Instant, JsonCheck, Output, RequestId, Resource, ResponseHead, Start, Watcher,
};

/// A body that one exchange returns, in pieces as from a socket.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    start: Start,
    check: JsonCheck,
    pieces: Vec<Bytes>,
    /// The number of objects in it.
    pub(crate) objects: usize,
    /// Its size.
    pub(crate) bytes: usize,
}

/// Returns every case.
pub(crate) fn all() -> Vec<Case> {
    let churn = churn();
    let lines = lines(&churn);
    let small = small();
    let watch = |name, check, pieces| Case::new(name, Start::From("1".parse().expect("a version")), check, pieces, 0);
    let list = |name, check, body: &Bytes, objects| {
        Case::new(name, Start::InitialList(InitialList::List), check, cut(body, 16 << 10), objects)
    };
    let items: Vec<_> = lines.iter().filter(|line| !line.starts_with(b"{\"type\":\"BOOKMARK")).map(object).collect();
    let list_of_pods = pods(&items);
    vec![
        watch("pods, an event a piece", JsonCheck::Structure, lines.clone()),
        watch("pods, 64 KiB", JsonCheck::Structure, cut(&churn, 64 << 10)),
        watch("pods, 16 KiB", JsonCheck::Structure, cut(&churn, 16 << 10)),
        watch("pods, 1 KiB", JsonCheck::Structure, cut(&churn, 1 << 10)),
        watch("pods, an event a piece, full check", JsonCheck::Full, lines),
        watch("pods, 64 KiB, full check", JsonCheck::Full, cut(&churn, 64 << 10)),
        watch("320 B, 16 KiB", JsonCheck::Structure, cut(&small, 16 << 10)),
        watch("320 B, 16 KiB, full check", JsonCheck::Full, cut(&small, 16 << 10)),
        watch("1 MB of text", JsonCheck::Structure, cut(&large(&"x".repeat(1 << 20)), 64 << 10)),
        watch("1 MB of brackets", JsonCheck::Structure, cut(&dense(), 64 << 10)),
        watch("1 MB of brackets, full check", JsonCheck::Full, cut(&dense(), 64 << 10)),
        list("list of pods, 16 KiB", JsonCheck::Structure, &list_of_pods, items.len()),
        list("list of pods, 16 KiB, full check", JsonCheck::Full, &list_of_pods, items.len()),
    ]
}

impl Case {
    fn new(name: &'static str, start: Start, check: JsonCheck, pieces: Vec<Bytes>, objects: usize) -> Self {
        let bytes = pieces.iter().map(Bytes::len).sum();
        let mut case = Self { name, start, check, pieces, objects, bytes };
        let found = case.run();
        assert!(found > 0 && (objects == 0 || objects == found), "{name}: {found} objects");
        case.objects = found;
        case
    }

    /// Plays the body once. Returns the number of objects.
    pub(crate) fn run(&self) -> usize {
        let config = Config::builder(Resource::core("v1", "pods"))
            .start(self.start.clone())
            .json_check(self.check)
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
                    Output::Event(Event::InitialBegin { .. } | Event::InitialEnd { .. } | Event::Bookmark { .. }) => {}
                    Output::Event(_) => objects += 1,
                    Output::Wait(_) => break,
                    other => panic!("{}: {other:?}", self.name),
                }
            }
        }
        objects
    }
}

/// A recorded watch of pods: 240 events of 7.5 KB.
fn churn() -> Bytes {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../watch-test/captures/pods-churn.body");
    fs::read(&path).unwrap_or_else(|error| panic!("can't read {}: {error}", path.display())).into()
}

fn lines(body: &Bytes) -> Vec<Bytes> {
    body.split_inclusive(|byte| *byte == b'\n').map(|line| body.slice_ref(line)).collect()
}

fn cut(body: &Bytes, size: usize) -> Vec<Bytes> {
    body.chunks(size).map(|piece| body.slice_ref(piece)).collect()
}

/// The object of an event.
fn object(line: &Bytes) -> Vec<u8> {
    let text = std::str::from_utf8(line).expect("JSON is UTF-8");
    let (_, object) = text.split_once("\"object\":").expect("an event");
    object.trim_end().strip_suffix('}').expect("an event").into()
}

/// A list of pods as kube-apiserver writes it: without the type of its items.
fn pods(items: &[Vec<u8>]) -> Bytes {
    let items: Vec<_> = items
        .iter()
        .map(|item| item.strip_prefix(br#"{"kind":"Pod","apiVersion":"v1","#).expect("a pod"))
        .map(|rest| [b"{", rest].concat())
        .collect();
    let head: &[u8] = br#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"9999"},"items":["#;
    [head, &items.join(&b","[..]), b"]}\n"].concat().into()
}

/// 2,000 events of small objects.
fn small() -> Bytes {
    let event = |version| {
        format!(
            r#"{{"type":"MODIFIED","object":{{"kind":"ConfigMap","apiVersion":"v1","metadata":{{"name":"settings-{version}","namespace":"default","uid":"3ac26402-f3cc-4ad1-924f-6feffbcbdbc1","resourceVersion":"{version}","creationTimestamp":"2026-11-22T09:44:32Z","labels":{{"app":"web","tier":"frontend"}}}},"data":{{"a":"1","b":"22"}}}}}}{}"#,
            "\n"
        )
    };
    (1000..3000).map(event).collect::<String>().into()
}

/// An event with one long text.
fn large(text: &str) -> Bytes {
    format!(
        r#"{{"type":"ADDED","object":{{"kind":"ConfigMap","apiVersion":"v1","metadata":{{"name":"a","resourceVersion":"5"}},"data":{{"x":"{text}"}}}}}}"#
    )
    .into()
}

/// An event with many short values.
fn dense() -> Bytes {
    let inside = r#"{"a":[1,{},[]]},"#.repeat((1 << 20) / 16);
    format!(
        r#"{{"type":"ADDED","object":{{"kind":"ConfigMap","apiVersion":"v1","metadata":{{"name":"a","resourceVersion":"5"}},"data":[{inside}0]}}}}"#
    )
    .into()
}
