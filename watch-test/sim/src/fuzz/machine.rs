//! The complete machine, driven by a list of operations.

use arbitrary::{Arbitrary, Unstructured};
use bytes::Bytes;
use core::time::Duration;
use watch_core::{
    Change, Config, Diff, Event, InitialList, Input, Instant, Limits, Output, RequestId, Resource, ResponseHead, Start,
    TransportError, TransportErrorKind, Watcher,
};

/// The most polls without an input and without time in between. A machine that needs more is in an endless loop.
const MOST_POLLS: usize = 10_000;

/// An operation of a server, the network or the consumer. Operations on an exchange use the open exchange, so that most
/// of the fuzzer's inputs have an effect.
#[derive(Arbitrary, Clone, Debug)]
enum Operation {
    Head(Head),
    Live { kind: u8, name: u8, version: u8 },
    Bookmark { version: u8, initial_end: bool },
    List { version: u8, objects: u8, more: bool },
    Error { code: u8 },
    Raw(Vec<u8>),
    End,
    Fail,
    Pass { seconds: u16 },
    Any(Input),
    Relist,
    Stop,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Head {
    Ok,
    Status(u8),
}

/// Checks that the machine doesn't panic or spin, has at most one exchange open, has no output after its end, counts no
/// repeat as an event, and gives the same results for other cuts of the same bytes.
///
/// # Panics
/// Panics if a check fails.
pub fn machine(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok((auto, operations)) = <(bool, Vec<Operation>)>::arbitrary(&mut input) else { return };
    let set = if auto { InitialList::Auto } else { InitialList::List };
    let mut limits = Limits::default();
    limits.object = 4096;
    limits.error_body = 1024;
    let config = Config::builder(Resource::core("v1", "pods")).start(Start::InitialList(set)).limits(limits).build();
    let config = config.expect("the configuration is valid");
    let [uncut, bytes] = [usize::MAX, 1].map(|piece| {
        let mut rig = Rig::new(Watcher::new(config.clone()), piece);
        operations.iter().for_each(|operation| rig.perform(operation));
        rig.transcript
    });
    assert_eq!(uncut, bytes, "uncut and byte by byte");
}

struct Rig {
    watcher: Watcher,
    now: Instant,
    /// The number of bytes per input.
    piece: usize,
    open: Option<RequestId>,
    has_head: bool,
    over: bool,
    diff: Diff,
    transcript: Vec<String>,
}

impl Rig {
    fn new(watcher: Watcher, piece: usize) -> Self {
        let mut rig = Self {
            watcher,
            now: Instant::from_origin(Duration::from_secs(1)),
            piece,
            open: None,
            has_head: false,
            over: false,
            diff: Diff::new(),
            transcript: Vec::new(),
        };
        rig.drain();
        rig
    }

    fn perform(&mut self, operation: &Operation) {
        match operation {
            Operation::Head(head) => {
                if let Some(id) = self.open.filter(|_| !self.has_head) {
                    let status = match head {
                        Head::Ok => 200,
                        Head::Status(at) => [204, 302, 400, 401, 403, 404, 410, 422, 429, 500, 503, 504][usize::from(*at) % 12],
                    };
                    self.has_head = true;
                    self.handle(Input::Response { id, head: ResponseHead::new(status) });
                }
            }
            Operation::Live { kind, name, version } => {
                let kind = ["ADDED", "MODIFIED", "DELETED"][usize::from(*kind) % 3];
                self.body(&format!(r#"{{"type":"{kind}","object":{}}}{}"#, object(*name, *version), "\n"));
            }
            Operation::Bookmark { version, initial_end } => self.body(&format!(
                r#"{{"type":"BOOKMARK","object":{{"metadata":{{"resourceVersion":"{version}","annotations":{{"k8s.io/initial-events-end":"{initial_end}"}}}}}}}}{}"#,
                "\n"
            )),
            Operation::List { version, objects, more } => {
                let items: Vec<_> = (0..objects % 5).map(|name| object(name, version.wrapping_sub(name))).collect();
                let token = if *more { "more" } else { "" };
                self.body(&format!(
                    r#"{{"kind":"PodList","metadata":{{"resourceVersion":"{version}","continue":"{token}"}},"items":[{}]}}"#,
                    items.join(",")
                ));
                self.end();
            }
            Operation::Error { code } => {
                let code = [410, 429, 500, 504][usize::from(*code) % 4];
                self.body(&format!(r#"{{"type":"ERROR","object":{{"kind":"Status","code":{code}}}}}{}"#, "\n"));
            }
            Operation::Raw(bytes) => self.bytes(bytes),
            Operation::End => self.end(),
            Operation::Fail => {
                if let Some(id) = self.open {
                    let error = TransportError::new(TransportErrorKind::Reset, "");
                    self.handle(Input::Failed { id, error });
                }
            }
            Operation::Pass { seconds } => {
                self.now = self.now + Duration::from_secs(u64::from(*seconds));
                self.drain();
            }
            // A driver's mistakes are refused without an effect.
            Operation::Any(input) => {
                if !matches!(input, Input::Body { .. } | Input::Response { .. } | Input::End { .. } | Input::Failed { .. }) {
                    self.handle(input.clone());
                } else if self.watcher.clone().handle(input.clone()).is_err() {
                    _ = self.watcher.handle(input.clone());
                }
            }
            Operation::Relist => self.handle(Input::Relist),
            Operation::Stop => self.handle(Input::Stop),
        }
    }

    fn body(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(self.piece.min(bytes.len().max(1))) {
            if let Some(id) = self.open.filter(|_| self.has_head) {
                self.handle(Input::Body { id, bytes: Bytes::copy_from_slice(piece) });
            } else {
                return;
            }
        }
    }

    fn end(&mut self) {
        if let Some(id) = self.open.filter(|_| self.has_head) {
            self.handle(Input::End { id });
        }
    }

    fn handle(&mut self, input: Input) {
        if matches!(input, Input::End { .. } | Input::Failed { .. }) {
            self.open = None;
        }
        self.watcher.handle(input).expect("this driver makes no mistakes");
        self.drain();
    }

    fn drain(&mut self) {
        let mut was_over = false;
        for _ in 0..MOST_POLLS {
            let output = self.watcher.poll(self.now);
            assert!(!self.over || matches!(output, Output::Done(_)), "an output after the end");
            match output {
                Output::Send(request) => {
                    assert_eq!(self.open.replace(request.id), None, "one exchange at most");
                    self.has_head = false;
                    self.transcript.push(format!("{} {}", request.id, request.http.uri()));
                }
                Output::Abort(id) => assert_eq!(self.open.take(), Some(id), "only what is open is aborted"),
                Output::Event(event) => self.event(event),
                Output::Notice(_) => {}
                Output::Wait(wait) => {
                    // Inputs that are ignored don't end a wait that is over. The next poll does.
                    if wait.until.is_none_or(|until| until > self.now) {
                        return;
                    }
                    assert!(!was_over, "it waits for a time in the past");
                    was_over = true;
                }
                Output::Done(done) => {
                    if !core::mem::replace(&mut self.over, true) {
                        self.transcript.push(done.to_string());
                    }
                    assert_eq!(self.open, None);
                    return;
                }
            }
        }
        panic!("it spins");
    }

    /// The diff accepts all events, and never has more objects than were delivered.
    fn event(&mut self, event: Event) {
        self.transcript.push(event.to_string());
        self.diff.handle(event);
        while let Some(change) = self.diff.poll() {
            if let Change::Synced { .. } = change {
                assert!(self.watcher.checkpoint().is_some());
            }
            self.transcript.push(change.to_string());
        }
    }
}

fn object(name: u8, version: u8) -> String {
    let name = name % 4;
    format!(
        r#"{{"kind":"Pod","apiVersion":"v1","metadata":{{"name":"p{name}","namespace":"d","uid":"u{name}","resourceVersion":"{}"}}}}"#,
        version.max(1)
    )
}
