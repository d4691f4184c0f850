//! Drives one watcher, and hashes its outputs.

use core::time::Duration;

use bytes::Bytes;
use watch_core::{
    Input, Instant, Machine, Output, Phase, Request, RequestId, ResponseHead, TransportError, TransportErrorKind,
    Waiting,
};
use watch_test::check::Rng;

use super::hashed;
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};
use crate::world;

/// The most outputs without a wait.
const MOST: usize = 100_000;

/// A machine, and the time.
#[derive(Clone, Debug)]
pub(super) struct Rig<M> {
    pub(super) machine: M,
    pub(super) now: Duration,
    /// The last request, if it wasn't aborted.
    pub(super) open: Option<RequestId>,
}

impl<M: Machine> Rig<M> {
    pub(super) const fn new(machine: M) -> Self {
        Self { machine, now: Duration::ZERO, open: None }
    }

    /// Polls until the machine waits or is done, and returns all outputs. The last one is the wait or the end.
    pub(super) fn poll(&mut self, transcript: &mut Transcript) -> Result<Vec<Output>, Violation> {
        let mut outputs = Vec::new();
        while outputs.len() < MOST {
            let output = self.machine.poll(Instant::from_origin(self.now));
            transcript.note(|| format!("{:?} {output:?}", self.now));
            world::hashed::output(transcript, self.now, &output);
            match &output {
                Output::Send(request) => self.open = Some(request.id),
                Output::Abort(_) => self.open = None,
                _ => {}
            }
            let is_last = matches!(output, Output::Wait(_) | Output::Done(_));
            outputs.push(output);
            if is_last {
                if let Some(Output::Wait(wait)) = outputs.last() {
                    transcript.number(match wait.on {
                        Waiting::Head => 1,
                        Waiting::Data => 2,
                        Waiting::Backoff => 3,
                        _ => 999,
                    });
                    hashed::optional(transcript, wait.until, |transcript, until| {
                        hashed::time(transcript, until.since_origin());
                    });
                }
                return Ok(outputs);
            }
        }
        broken(Oracle::Spin, format!("{MOST} outputs without a wait"))
    }

    /// Hands in an input of the open exchange, which must be accepted.
    pub(super) fn hand(&mut self, input: impl FnOnce(RequestId) -> Input) -> Result<(), Violation> {
        let Some(id) = self.open else { return Ok(()) };
        let input = input(id);
        if matches!(input, Input::End { .. } | Input::Failed { .. }) {
            self.open = None;
        }
        self.machine.handle(input).or_else(|misuse| broken(Oracle::Misuse, misuse.to_string()))
    }

    pub(super) fn head(&mut self, head: ResponseHead) -> Result<(), Violation> {
        self.hand(|id| Input::Response { id, head })
    }

    /// Hands in a body in these pieces.
    pub(super) fn body(&mut self, pieces: impl IntoIterator<Item = Bytes>) -> Result<(), Violation> {
        pieces.into_iter().try_for_each(|bytes| self.hand(|id| Input::Body { id, bytes }))
    }

    pub(super) fn end(&mut self) -> Result<(), Violation> {
        self.hand(|id| Input::End { id })
    }

    pub(super) fn fails(&mut self, kind: TransportErrorKind) -> Result<(), Violation> {
        self.hand(|id| Input::Failed { id, error: TransportError::new(kind, "") })
    }

    /// Answers with 200 and a complete body.
    pub(super) fn answer(&mut self, body: impl Into<Bytes>) -> Result<(), Violation> {
        self.head(ResponseHead::new(200))?;
        self.body([body.into()])?;
        self.end()
    }

    /// Advances the time to the end of the last wait.
    pub(super) fn sleep(&mut self, outputs: &[Output]) {
        if let Some(Output::Wait(wait)) = outputs.last()
            && let Some(until) = wait.until
        {
            self.now = self.now.max(until.since_origin());
        }
    }

    pub(super) fn phase(&self) -> Phase {
        self.machine.watcher().phase()
    }
}

/// Returns the last request among these outputs.
pub(super) fn request(outputs: &[Output]) -> Option<&Request> {
    outputs.iter().rev().find_map(|output| if let Output::Send(request) = output { Some(request) } else { None })
}

/// Returns the parameters of a request, decoded.
pub(super) fn parameters(request: &Request) -> Vec<(String, String)> {
    let query = request.uri().split_once('?').map_or("", |(_, query)| query);
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// Cuts a body into pieces: as one, into bytes, or anywhere.
pub(super) fn pieces(rng: &mut Rng, body: &[u8]) -> Vec<Bytes> {
    let body = Bytes::copy_from_slice(body);
    let most = match rng.below(4) {
        0 => return vec![body],
        1 if body.len() < 1000 => 1,
        2 => 7,
        _ => 1 + body.len() as u64 / 2,
    };
    let (mut pieces, mut rest) = (Vec::new(), body);
    while !rest.is_empty() {
        let length = rng.between(1, most).min(rest.len() as u64) as usize;
        pieces.push(rest.split_to(length));
    }
    pieces
}

/// Returns whether an output doesn't depend on how inputs are grouped. The number of waits depends on it, and so does
/// whether the machine aborts an exchange that has ended.
pub(super) const fn is_result(output: &Output) -> bool {
    !matches!(output, Output::Wait(_) | Output::Abort(_))
}

/// Checks that the result doesn't depend on how the body was cut.
pub(super) fn same(outputs: &[Output], again: &[Output]) -> Result<(), Violation> {
    let (one, other) = (format!("{outputs:?}"), format!("{again:?}"));
    if one == other {
        return Ok(());
    }
    broken(Oracle::Cuts, format!("cut in other pieces it results in {other}, not {one}"))
}
