//! A driver for tests: a watcher, a clock, and the outputs.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use watch_core::{
    Change, Checkpoint, Config, ConfigBuilder, Diff, Done, Event, Input, Instant, JsonCheck, Notice, Output, Request,
    RequestId, Resource, ResponseHead, TransportError, TransportErrorKind, Wait, Watcher,
};

use crate::transcript::{line, query};

/// The most polls without time or input in between. More is a machine that spins.
const MOST_POLLS: usize = 200_000;

/// A watcher with its own clock. Every call drains it into the fields below.
#[derive(Clone, Debug)]
pub(crate) struct Rig {
    pub(crate) watcher: Watcher,
    pub(crate) now: Instant,
    pub(crate) sent: Vec<Request>,
    pub(crate) events: Vec<Event>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) aborted: Vec<RequestId>,
    pub(crate) done: Option<Done>,
    pub(crate) wait: Option<Wait>,
    /// The sequence of phases, as `phase` returns them.
    pub(crate) phases: BTreeSet<(String, String)>,
    /// All outputs in order, one per line.
    pub(crate) log: Vec<String>,
    /// Version checks are left to the test. Otherwise the rig answers them like a server that has what was seen, and
    /// keeps them out of the fields above.
    by_hand: bool,
}

/// A streaming list was requested.
pub(crate) fn streaming() -> Rig {
    Rig::new(Config::builder(Resource::core("v1", "pods")).namespace("default").json_check(CHECK.get()))
}

thread_local! {
    /// How much of the JSON the machines of this thread check.
    static CHECK: Cell<JsonCheck> = const { Cell::new(JsonCheck::Structure) };
}

/// Runs a test with each setting.
pub(crate) fn with_each_check(mut test: impl FnMut(JsonCheck)) {
    for check in [JsonCheck::Full, JsonCheck::Structure] {
        CHECK.set(check);
        test(check);
    }
}

/// The changes that a `Diff` reports for all events.
pub(crate) fn changes(rig: &Rig) -> Vec<String> {
    let mut diff = Diff::new();
    rig.events.iter().for_each(|event| diff.handle(event.clone()));
    std::iter::from_fn(|| diff.poll())
        .filter(|change| !matches!(change, Change::Synced { .. }))
        .map(|change| change.to_string())
        .collect()
}

pub(crate) const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A watch of pods in `default`, by LIST.
pub(crate) fn pods() -> ConfigBuilder {
    Config::builder(Resource::core("v1", "pods"))
        .namespace("default")
        .json_check(CHECK.get())
        .start(watch_core::Start::InitialList(watch_core::InitialList::List))
}

impl Rig {
    pub(crate) fn new(config: ConfigBuilder) -> Self {
        Self::with(Watcher::new(config.build().unwrap()))
    }

    /// Resumes in another process, with a server at the same version.
    pub(crate) fn resume(config: ConfigBuilder, from: &Checkpoint) -> Self {
        Self::with(Watcher::resume(config.build().unwrap(), from).unwrap())
    }

    pub(crate) fn with(watcher: Watcher) -> Self {
        Self::starting(watcher, false)
    }

    /// The same, with version checks left to the test.
    pub(crate) fn with_checks(watcher: Watcher) -> Self {
        Self::starting(watcher, true)
    }

    /// From now on, version checks are left to the test.
    pub(crate) fn by_hand(mut self) -> Self {
        self.by_hand = true;
        self
    }

    fn starting(watcher: Watcher, by_hand: bool) -> Self {
        let mut rig = Self {
            watcher,
            now: Instant::from_origin(Duration::from_secs(1000)),
            sent: Vec::new(),
            events: Vec::new(),
            notices: Vec::new(),
            aborted: Vec::new(),
            done: None,
            wait: None,
            phases: BTreeSet::new(),
            log: Vec::new(),
            by_hand,
        };
        rig.drain();
        rig
    }

    pub(crate) fn drain(&mut self) {
        let mut check = None;
        for _ in 0..MOST_POLLS {
            let before = format!("{:?}", self.watcher.phase());
            let output = self.watcher.poll(self.now);
            self.phases.insert((before, format!("{:?}", self.watcher.phase())));
            if let Some(version) = self.watcher.freshness().resource_version
                && let Output::Send(request) = &output
                && is_check(request)
                // Tests rarely concern these, except for their effect on the watches.
                && !request.refresh_credentials
                && !self.by_hand
            {
                check = Some((request.id, list(&version.text(), &[])));
                continue;
            }
            if matches!(output, Output::Wait(_))
                && let Some((id, body)) = check.take()
            {
                let head = ResponseHead::new(200).with_content_type("application/json");
                for input in [Input::Response { id, head }, Input::Body { id, bytes: body.into() }, Input::End { id }] {
                    self.watcher.handle(input).unwrap();
                }
                continue;
            }
            self.log.extend(line(&output).filter(|_| self.done.is_none()));
            match output {
                Output::Send(request) => self.sent.push(request),
                Output::Abort(id) => self.aborted.push(id),
                Output::Event(event) => self.events.push(event),
                Output::Notice(notice) => self.notices.push(notice),
                Output::Wait(wait) => {
                    self.wait = Some(wait);
                    return;
                }
                Output::Done(done) => {
                    self.wait = None;
                    self.done = Some(done);
                    return;
                }
            }
        }
        panic!("the machine spins: {:?}", self.watcher);
    }

    pub(crate) fn handle(&mut self, input: Input) -> &mut Self {
        self.watcher.handle(input).unwrap();
        self.drain();
        self
    }

    /// The last request.
    pub(crate) fn request(&self) -> &Request {
        self.sent.last().expect("a request was sent")
    }

    pub(crate) fn id(&self) -> RequestId {
        self.request().id
    }

    /// Its path and query.
    pub(crate) fn uri(&self) -> String {
        self.request().http.uri().to_string()
    }

    pub(crate) fn has_query(&self, pair: &str) -> bool {
        self.request().http.uri().query().unwrap_or_default().split('&').any(|found| found == pair)
    }

    pub(crate) fn head(&mut self, head: ResponseHead) -> &mut Self {
        let id = self.id();
        self.handle(Input::Response { id, head })
    }

    /// 200 with JSON to come.
    pub(crate) fn open(&mut self) -> &mut Self {
        self.head(ResponseHead::new(200).with_content_type("application/json"))
    }

    pub(crate) fn body(&mut self, bytes: impl Into<Bytes>) -> &mut Self {
        let (id, bytes) = (self.id(), bytes.into());
        self.handle(Input::Body { id, bytes })
    }

    /// Ends the body of the last request.
    pub(crate) fn end(&mut self) -> &mut Self {
        let id = self.id();
        self.handle(Input::End { id })
    }

    pub(crate) fn fail(&mut self, kind: TransportErrorKind) -> &mut Self {
        let id = self.id();
        self.handle(Input::Failed { id, error: TransportError::new(kind, "test") })
    }

    /// A complete response.
    pub(crate) fn reply(&mut self, status: u16, body: impl Into<Bytes>) -> &mut Self {
        let (id, bytes) = (self.id(), body.into());
        self.head(ResponseHead::new(status).with_content_type("application/json"));
        // The machine may decide, and even send the next request, before it read all of this one.
        self.handle(Input::Body { id, bytes }).handle(Input::End { id })
    }

    /// Advances the clock, with a poll whenever the machine requests one.
    pub(crate) fn advance(&mut self, duration: Duration) -> &mut Self {
        let end = self.now + duration;
        while let Some(until) = self.wait.and_then(|wait| wait.until).filter(|until| *until <= end) {
            assert!(until > self.now, "the wait ends in the past");
            self.now = until;
            self.drain();
        }
        self.now = end;
        self.drain();
        self
    }

    /// Advances the clock to the next wake-up.
    pub(crate) fn wake(&mut self) -> &mut Self {
        self.now = self.wait.expect("it waits").until.expect("for a time");
        self.drain();
        self
    }

    /// Advances the clock until one more request is sent.
    pub(crate) fn until_sent(&mut self) -> &mut Self {
        let before = self.sent.len();
        while self.sent.len() == before {
            self.wake();
        }
        self
    }

    /// Advances the clock until a request is open.
    pub(crate) fn settle(&mut self) -> &mut Self {
        while self.wait.expect("it waits").on == watch_core::Waiting::Backoff {
            self.wake();
        }
        self
    }

    /// Takes the events so far, as text.
    pub(crate) fn take_events(&mut self) -> Vec<String> {
        self.events.drain(..).map(|event| event.to_string()).collect()
    }

    /// Takes the notices so far, as text.
    pub(crate) fn take_notices(&mut self) -> Vec<String> {
        self.notices.drain(..).map(|notice| notice.to_string()).collect()
    }

    /// Takes the outputs since the last call, one per line.
    pub(crate) fn take_log(&mut self) -> Vec<String> {
        std::mem::take(&mut self.log)
    }

    /// Completes a LIST without objects at version 10, up to the request of a watch.
    pub(crate) fn live_soon(config: ConfigBuilder) -> Self {
        let mut rig = Self::new(config);
        rig.reply(200, list("10", &[]));
        rig.events.clear();
        rig
    }

    /// Does the same, up to an open watch.
    pub(crate) fn live(config: ConfigBuilder) -> Self {
        let mut rig = Self::live_soon(config);
        rig.open();
        rig
    }
}

/// Whether a request is a version check.
pub(crate) fn is_check(request: &Request) -> bool {
    query(request, "limit").as_deref() == Some("1") && query(request, "continue").is_none()
}

/// A list of pods as kube-apiserver writes it; each as `name@version`.
pub(crate) fn list(version: &str, pods: &[&str]) -> String {
    page(version, "", pods)
}

pub(crate) fn page(version: &str, token: &str, pods: &[&str]) -> String {
    let token = if token.is_empty() { String::new() } else { format!(r#","continue":"{token}""#) };
    let items: Vec<_> = pods
        .iter()
        .map(|pod| format!("{{{}", &pod_json(pod)["{\"kind\":\"Pod\",\"apiVersion\":\"v1\",".len()..]))
        .collect();
    format!(
        r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{"resourceVersion":"{version}"{token}}},"items":[{}]}}{}"#,
        items.join(","),
        "\n"
    )
}

pub(crate) fn pod_json(pod: &str) -> String {
    let (name, version) = pod.split_once('@').unwrap();
    format!(
        r#"{{"kind":"Pod","apiVersion":"v1","metadata":{{"name":"{name}","namespace":"default","uid":"uid-{name}","resourceVersion":"{version}"}}}}"#
    )
}

/// One line of a watch: `event("ADDED", "a@5")`.
pub(crate) fn event(kind: &str, pod: &str) -> String {
    format!(r#"{{"type":"{kind}","object":{}}}{}"#, pod_json(pod), "\n")
}

pub(crate) fn bookmark(version: &str) -> String {
    format!(
        r#"{{"type":"BOOKMARK","object":{{"kind":"Pod","apiVersion":"v1","metadata":{{"resourceVersion":"{version}"}}}}}}{}"#,
        "\n"
    )
}

pub(crate) fn initial_end(version: &str) -> String {
    format!(
        r#"{{"type":"BOOKMARK","object":{{"kind":"Pod","apiVersion":"v1","metadata":{{"resourceVersion":"{version}","annotations":{{"k8s.io/initial-events-end":"true"}}}}}}}}{}"#,
        "\n"
    )
}

/// A `Status`, compact.
pub(crate) fn status(code: u16, reason: &str, message: &str) -> String {
    format!(
        r#"{{"kind":"Status","apiVersion":"v1","metadata":{{}},"status":"Failure","message":"{message}","reason":"{reason}","code":{code}}}{}"#,
        "\n"
    )
}

/// The same as an ERROR event.
pub(crate) fn error(code: u16, reason: &str, message: &str) -> String {
    format!(r#"{{"type":"ERROR","object":{}}}{}"#, status(code, reason, message).trim_end(), "\n")
}
