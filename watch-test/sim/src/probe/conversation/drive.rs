//! Drives a machine through a conversation: hands in the server's answers at random times, and passes every output to
//! the judges.

use core::time::Duration;
use std::collections::VecDeque;

use watch_core::{
    Done, Input, Instant, Machine, Misuse, Output, RequestId, ResponseHead, TransportError, TransportErrorKind, Wait,
    Waiting,
};
use watch_test::check::{Rng, Who};

use super::answer::{Fact, Pause};
use super::asked::Asked;
use super::judge::Judge;
use super::script::Op;
use super::server::Server;
use super::setup::Setup;
use super::texts;
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};
use crate::world::hashed;

/// A conversation in progress.
pub(super) struct Conversation<'a, M> {
    pub(super) machine: M,
    pub(super) rng: Rng,
    pub(super) now: Duration,
    pub(super) judge: Judge<'a>,
    pub(super) server: Server,
    pub(super) transcript: &'a mut Transcript,
    /// The operations on the machine, to repeat them in other manners.
    pub(super) ops: Vec<Op>,
    /// Whether an input was handed in at or after the end of the machine's wait.
    pub(super) was_late: bool,
    pub(super) done: Option<Done>,
    /// All events and requests.
    pub(super) outputs: Vec<Output>,
    /// Whether Secrets are watched, so that texts of the server are hidden.
    hides: bool,
    style: DriverStyle,
    /// Whether the last exchange wasn't aborted.
    is_heard: bool,
    open: Option<RequestId>,
    sent: Duration,
    /// The remaining facts of the open exchange, and the time since which the first of them is awaited.
    pending: VecDeque<(Pause, Fact)>,
    since: Duration,
    wait: Option<Wait>,
    /// Facts of exchanges that are over.
    stale: VecDeque<Input>,
}

/// How the driver works.
#[derive(Clone, Copy, Debug)]
struct DriverStyle {
    /// Whether it hands in all inputs that are ready before it polls. Otherwise it polls after each input.
    all_at_once: bool,
    /// In one of this many waits the consumer intervenes, and in one of this many the driver is late.
    intervenes: u64,
    late: u64,
}

/// The result of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stepped {
    /// The conversation continues.
    Continues,
    /// The machine is done.
    Ended,
}

impl<'a, M: Machine> Conversation<'a, M> {
    pub(super) fn new(
        machine: M,
        rng: &mut Rng,
        setup: &'a Setup,
        server: Server,
        transcript: &'a mut Transcript,
    ) -> Self {
        let now = Duration::from_millis(rng.pick(&[0, 1, 1_000_000]));
        let style = DriverStyle {
            all_at_once: !rng.one_in(3),
            intervenes: rng.pick(&[12, 50, 1000]),
            late: rng.pick(&[8, 40, 100_000]),
        };
        Self {
            machine,
            rng: Rng::new(rng.next_u64()),
            now,
            judge: Judge::new(setup),
            server,
            transcript,
            ops: Vec::new(),
            was_late: false,
            done: None,
            outputs: Vec::new(),
            hides: setup.is_secrets,
            style,
            is_heard: false,
            open: None,
            sent: now,
            pending: VecDeque::new(),
            since: now,
            wait: None,
            stale: VecDeque::new(),
        }
    }

    /// Returns whether the consumer intervenes in this wait.
    pub(super) fn intervenes(&mut self) -> bool {
        self.rng.one_in(self.style.intervenes)
    }

    /// Polls until the machine waits or is done.
    pub(super) fn drain(&mut self) -> Result<(), Violation> {
        self.ops.push(Op::Drain(self.now));
        loop {
            self.judge.polls(self.now);
            let output = self.machine.poll(Instant::from_origin(self.now));
            self.observe(&output)?;
            if matches!(output, Output::Event(_) | Output::Send(_)) {
                self.outputs.push(output.clone());
            }
            match output {
                Output::Send(request) => {
                    self.retire();
                    let asked = Asked::read(&request);
                    self.open = Some(request.id);
                    self.is_heard = true;
                    self.sent = self.now;
                    self.since = self.now;
                    self.pending = self.server.answer(&asked).facts.into();
                }
                Output::Wait(wait) => {
                    self.wait = Some(wait);
                    // Inputs that are ignored don't end a wait that is over. The next poll does.
                    if wait.until.is_none_or(|until| until.since_origin() > self.now) {
                        return Ok(());
                    }
                }
                Output::Done(done) => {
                    self.done = Some(done);
                    return Ok(());
                }
                Output::Abort(_) => self.is_heard = false,
                Output::Event(_) | Output::Notice(_) => {}
            }
        }
    }

    /// Keeps the remaining facts of an exchange that is over.
    fn retire(&mut self) {
        let Some(id) = self.open.take() else { return };
        let rest = core::mem::take(&mut self.pending);
        self.stale.extend(rest.into_iter().take(3).map(|(_, fact)| input(id, fact)));
        self.stale.truncate(8);
    }

    fn observe(&mut self, output: &Output) -> Result<(), Violation> {
        let transcript = &mut *self.transcript;
        hashed::output(transcript, self.now, output);
        transcript.number(self.now.as_nanos() as u64);
        if let Output::Wait(wait) = output {
            let until = wait.until.map_or(u64::MAX, |until| until.since_origin().as_nanos() as u64);
            transcript.number(until);
            transcript.number(wait.on as u64);
        }
        hashed::watcher(transcript, self.machine.watcher());
        texts::output(transcript, output, self.hides);
        texts::same_request(output)?;
        let freshness = self.machine.watcher().freshness();
        transcript.number(freshness.waiting.map_or(0, |waiting| waiting as u64 + 1));
        transcript.number(freshness.deadline.map_or(0, |deadline| deadline.since_origin().as_nanos() as u64));
        transcript.line(self.now, Who::Client(0), || format!("{output:?}"));
        self.judge.output(output, self.machine.watcher())
    }

    /// Hands in an input, which must be accepted.
    pub(super) fn handle(&mut self, input: Input) -> Result<(), Violation> {
        self.transcript.line(self.now, Who::ToClient(0), || format!("{input:?}"));
        self.judge.input(&input);
        self.ops.push(Op::Handle(input.clone()));
        self.machine.handle(input).or_else(|misuse| broken(Oracle::Misuse, misuse.to_string()))
    }

    /// Does the next step: hands in the facts that are ready, or advances the time, and polls.
    pub(super) fn step(&mut self) -> Result<Stepped, Violation> {
        let Some(wait) = self.wait else { return Ok(Stepped::Ended) };
        let until = wait.until.map_or(self.now + Duration::from_secs(86_400), Instant::since_origin);
        if self.rng.one_in(24) {
            self.poll_early(wait, until)?;
        }
        let ready = self.pending.front().map(|(pause, _)| match *pause {
            Pause::None => self.now,
            Pause::For(pause) => self.now.max(self.since + pause),
            Pause::SinceSent(pause) => self.now.max(self.sent + pause),
            Pause::Beside(nanos) if nanos < 0 => self.now.max(until - Duration::from_nanos(nanos.unsigned_abs())),
            Pause::Beside(nanos) => until + Duration::from_nanos(nanos.unsigned_abs()),
        });
        let is_beside = matches!(self.pending.front(), Some((Pause::Beside(_), _)));
        match ready.filter(|ready| *ready <= until || is_beside) {
            Some(ready) => self.now = ready,
            None if self.rng.one_in(self.style.late) => {
                let late = self.rng.pick(&[1, 400_000_000, 1_000_000_000, 10_000_000_000, 3_600_000_000_000]);
                self.now = until + Duration::from_nanos(late);
            }
            None => self.now = until,
        }
        if ready.is_some_and(|ready| ready <= self.now) {
            self.was_late |= self.now >= until;
            self.deliver()?;
        }
        self.drain()?;
        Ok(if self.done.is_some() { Stepped::Ended } else { Stepped::Continues })
    }

    /// Checks that an early poll changes nothing.
    fn poll_early(&mut self, wait: Wait, until: Duration) -> Result<(), Violation> {
        let Some(left) = until.checked_sub(self.now).filter(|left| left.as_nanos() > 1) else { return Ok(()) };
        let first = self.pending.front().map(|(pause, _)| *pause);
        if matches!(first, Some(Pause::None)) {
            return Ok(());
        }
        let at = self.now + left / self.rng.pick(&[2, 3, 1000]);
        if let Some(Pause::For(pause)) = first
            && self.since + pause < at
        {
            return Ok(());
        }
        self.now = at;
        self.drain()?;
        if self.wait != Some(wait) && self.done.is_none() {
            return broken(Oracle::Spin, format!("polled at {at:?}, it waits for {:?} instead of {wait:?}", self.wait));
        }
        Ok(())
    }

    fn deliver(&mut self) -> Result<(), Violation> {
        let Some(id) = self.open else { return Ok(()) };
        while let Some((_, fact)) = self.pending.pop_front() {
            self.since = self.now;
            let is_last = matches!(fact, Fact::End | Fact::Failed(_));
            self.handle(input(id, fact))?;
            if is_last && self.is_heard && self.rng.one_in(8) {
                let late = self.rng.pick(&[Fact::End, Fact::Failed(TransportErrorKind::Reset)]);
                self.is_misuse(input(id, late), Misuse::AfterEnd(id))?;
            }
            let is_next_ready = matches!(self.pending.front(), Some((Pause::None, _)));
            if !(is_next_ready && self.style.all_at_once) {
                break;
            }
        }
        Ok(())
    }

    /// Hands in an input of an exchange that is over, which must be ignored.
    pub(super) fn hand_in_stale(&mut self) -> Result<(), Violation> {
        match self.stale.pop_front() {
            Some(input) => self.handle(input),
            None => Ok(()),
        }
    }

    /// Makes a mistake of a driver, which must be reported and must change nothing.
    pub(super) fn misuse(&mut self) -> Result<(), Violation> {
        let never = Input::End { id: serde_json::from_str("4294967296").or_else(|_| unreadable())? };
        let misuse = self.machine.handle(never);
        if !matches!(misuse, Err(Misuse::NeverSent(_))) {
            return broken(Oracle::Misuse, format!("the end of a request that was never sent: {misuse:?}"));
        }
        let on = self.wait.map(|wait| wait.on);
        if let Some(id) = self.open.filter(|_| on == Some(Waiting::Data)) {
            return self.is_misuse(input(id, Fact::Head(ResponseHead::new(200))), Misuse::SecondResponse(id));
        }
        let Some(id) = self.open.filter(|_| on == Some(Waiting::Head)) else { return Ok(()) };
        let early = self.rng.pick(&[Fact::End, Fact::Bytes(bytes::Bytes::from_static(b"{"))]);
        self.is_misuse(input(id, early), Misuse::BeforeResponse(id))
    }

    fn is_misuse(&mut self, input: Input, expected: Misuse) -> Result<(), Violation> {
        let what = format!("{input:?}");
        match self.machine.handle(input) {
            Err(misuse) if misuse == expected => Ok(()),
            result => broken(Oracle::Misuse, format!("{what}: {result:?}, not {expected:?}")),
        }
    }

    /// Replaces the machine by a new one, and discards the open exchange.
    pub(super) fn replace(&mut self, machine: M) {
        self.machine = machine;
        self.is_heard = false;
        self.open = None;
        self.pending.clear();
        self.stale.clear();
        self.wait = None;
    }
}

fn unreadable<T>() -> Result<T, Violation> {
    broken(Oracle::Misuse, "a request id can't be read")
}

fn input(id: RequestId, fact: Fact) -> Input {
    match fact {
        Fact::Head(head) => Input::Response { id, head },
        Fact::Bytes(bytes) => Input::Body { id, bytes },
        Fact::End => Input::End { id },
        Fact::Failed(kind) => Input::Failed { id, error: error(kind) },
    }
}

fn error(kind: TransportErrorKind) -> TransportError {
    TransportError::new(kind, "drawn")
}
