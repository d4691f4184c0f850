//! One bad input, the state in which it arrives, and the expected outcome.

use std::ops::RangeInclusive;
use std::time::Duration;

use bytes::Bytes;
use watch_core::{Input, Phase, ResponseHead, TransportError, TransportErrorKind};

use crate::cuts::{CUTS, Cut};
use crate::rig::{Rig, page, pods};
use crate::transcript::with_bytes;

/// A bad input, built like a sentence: the request, the bytes, how they end, and the outcome.
pub(super) struct Case {
    pub(super) id: &'static str,
    what: &'static str,
    on: fn() -> Rig,
    head: Option<ResponseHead>,
    body: Bytes,
    end: End,
    /// The number of consecutive requests with this response.
    times: usize,
    gives: Vec<String>,
    waits: Option<RangeInclusive<u64>>,
}

/// What follows the body.
#[derive(Clone, Copy, Debug)]
enum End {
    Nothing,
    Clean,
    Broken(TransportErrorKind),
    /// This many seconds of silence.
    Silence(u64),
}

/// The outcome: the transcript, the events with their bytes, and the seconds until the next request.
#[derive(Debug, PartialEq)]
struct Outcome {
    log: Vec<String>,
    events: Vec<String>,
    waited: Option<u64>,
}

impl Outcome {
    /// An exchange that ended before it was processed isn't aborted.
    fn without_aborts(&self) -> (Vec<&String>, &[String], Option<u64>) {
        (self.log.iter().filter(|line| *line != "abort").collect(), &self.events, self.waited)
    }
}

/// When the machine is polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Polling {
    /// After each input.
    Always,
    /// After the complete response was handed in.
    Late,
}

/// A scene that doesn't fit the form of a [`Case`]: its id, what it shows, and the test.
pub(super) type Scene = (&'static str, &'static str, fn());

/// A watch after version 10 was requested.
pub(super) fn watch() -> Rig {
    Rig::live_soon(pods())
}

/// A LIST was requested.
pub(super) fn listing() -> Rig {
    Rig::new(pods())
}

/// The second page of a list at version 10 was requested.
pub(super) fn second_page() -> Rig {
    let mut rig = Rig::new(pods());
    rig.reply(200, page("10", "t1", &["a@1"]));
    rig
}

/// A version check was requested.
pub(super) fn checking() -> Rig {
    let mut rig = Rig::live(pods()).by_hand();
    rig.fail(TransportErrorKind::Reset).until_sent();
    assert!(rig.has_query("limit=1"));
    rig
}

impl Case {
    pub(super) fn new(id: &'static str, what: &'static str) -> Self {
        Self {
            id,
            what,
            on: watch,
            head: Some(ResponseHead::new(200).with_content_type("application/json")),
            body: Bytes::new(),
            end: End::Nothing,
            times: 1,
            gives: Vec::new(),
            waits: None,
        }
    }

    /// The state of the machine. Default: a watch after version 10.
    pub(super) fn on(mut self, on: fn() -> Rig) -> Self {
        self.on = on;
        self
    }

    pub(super) fn head(mut self, head: ResponseHead) -> Self {
        self.head = Some(head);
        self
    }

    pub(super) fn status(self, status: u16, content_type: &str) -> Self {
        self.head(ResponseHead::new(status).with_content_type(content_type))
    }

    pub(super) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    pub(super) fn ends(mut self) -> Self {
        self.end = End::Clean;
        self
    }

    pub(super) fn breaks(mut self, kind: TransportErrorKind) -> Self {
        self.end = End::Broken(kind);
        self
    }

    /// There is no head either.
    pub(super) fn fails(mut self, kind: TransportErrorKind) -> Self {
        self.head = None;
        self.breaks(kind)
    }

    pub(super) fn silent_for(mut self, seconds: u64) -> Self {
        self.end = End::Silence(seconds);
        self
    }

    /// The following requests get the same response.
    pub(super) fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// The seconds until the next request.
    pub(super) fn waits(mut self, seconds: RangeInclusive<u64>) -> Self {
        self.waits = Some(seconds);
        self
    }

    /// The transcript, up to the next request if there is one.
    pub(super) fn gives<S: Into<String>>(mut self, lines: impl IntoIterator<Item = S>) -> Self {
        self.gives = lines.into_iter().map(Into::into).collect();
        self
    }

    /// On a watch: unreadable bytes. The version to resume from stays. If the same happens again, a relist avoids them.
    pub(super) fn poison(self, cause: &str) -> Self {
        self.times(2).gives([
            "abort",
            &format!("~ resume 1: {cause}"),
            "> WATCH 10",
            "abort",
            &format!("~ relist 2: {cause}"),
            "> LIST",
        ])
    }

    /// # Errors
    /// Fails with the actual outcome.
    pub(super) fn check(&self) -> Result<(), String> {
        let uncut = self.play(Cut::None, Polling::Always);
        if uncut.log != self.gives {
            return Err(format!("{}: {}: gives {:#?}", self.id, self.what, uncut.log));
        }
        if let (Some(expected), Some(waited)) = (&self.waits, uncut.waited)
            && !expected.contains(&waited)
        {
            return Err(format!("{}: {}: waits {waited} s", self.id, self.what));
        }
        for cut in CUTS {
            let other = self.play(cut, Polling::Always);
            if other != uncut {
                return Err(format!("{}: {}: with {cut:?} {other:#?}", self.id, self.what));
            }
        }
        let late = self.play(Cut::Random(3), Polling::Late);
        if late.without_aborts() != uncut.without_aborts() {
            return Err(format!("{}: {}: polled late {late:#?}", self.id, self.what));
        }
        Ok(())
    }

    fn play(&self, cut: Cut, polling: Polling) -> Outcome {
        let mut rig = (self.on)();
        rig.take_log();
        rig.events.clear();
        let mut waited = None;
        for _ in 0..self.times {
            self.answer(&mut rig, cut, polling);
            let end = rig.now;
            if rig.watcher.phase() == Phase::BackingOff {
                rig.until_sent();
            }
            waited = rig.done.is_none().then(|| rig.now.since(end).as_secs());
        }
        Outcome { log: rig.take_log(), events: rig.events.iter().map(with_bytes).collect(), waited }
    }

    fn answer(&self, rig: &mut Rig, cut: Cut, polling: Polling) {
        let id = rig.id();
        let handle = |rig: &mut Rig, input| {
            rig.watcher.handle(input).unwrap();
            if polling == Polling::Always {
                rig.drain();
            }
        };
        if let Some(head) = &self.head {
            handle(rig, Input::Response { id, head: head.clone() });
            for bytes in cut.pieces(&self.body) {
                handle(rig, Input::Body { id, bytes });
            }
        }
        match self.end {
            End::Nothing => {}
            End::Clean => handle(rig, Input::End { id }),
            End::Broken(kind) => handle(rig, Input::Failed { id, error: TransportError::new(kind, "") }),
            End::Silence(seconds) => {
                rig.drain();
                rig.advance(Duration::from_secs(seconds));
            }
        }
        rig.drain();
    }
}
