//! Each judge detects a machine with a fault of its kind.

use core::time::Duration;

use watch_core::{Input, Instant, Machine, Misuse, Notice, Output, TransportError, TransportErrorKind, Watcher};
use watch_test::check::Rng;

use super::drive::{Conversation, Stepped};
use super::server::Server;
use super::setup::{Purpose, Setup};
use super::store::KEYS;
use super::versions::Versions;
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation};

/// The fault of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// Its clock is a millisecond slower than the driver's clock, or a second ahead of it.
    ClockSlow,
    ClockAhead,
    /// Every fifth event is lost, or comes twice.
    LosesEvents,
    DoublesEvents,
    /// It returns no notices.
    IsSilent,
    /// It ignores a part of the inputs.
    NoRetryAfter,
    NoUnauthorized,
    NoStop,
    /// It receives each failure as another kind of failure.
    OtherFailures,
    /// It continues after its end.
    NeverEnds,
    /// A wait whose time is over ends at an input that changes nothing.
    Hurries,
}

struct Broken {
    inner: Watcher,
    fault: Fault,
    events: u64,
    again: Option<Output>,
    over: bool,
}

impl Machine for Broken {
    fn handle(&mut self, input: Input) -> Result<(), Misuse> {
        let input = match (self.fault, input) {
            (Fault::NoRetryAfter, Input::Response { id, mut head }) => {
                head.retry_after = None;
                Input::Response { id, head }
            }
            (Fault::NoUnauthorized, Input::Response { id, mut head }) if head.status == 403 => {
                head.status = 401;
                Input::Response { id, head }
            }
            (Fault::NoStop, Input::Stop) => return Ok(()),
            (Fault::OtherFailures, Input::Failed { id, .. }) => {
                Input::Failed { id, error: TransportError::new(TransportErrorKind::Timeout, "") }
            }
            (_, input) => input,
        };
        self.inner.handle(input)
    }

    fn poll(&mut self, now: Instant) -> Output {
        if let Some(again) = self.again.take() {
            return again;
        }
        let at = now.since_origin();
        let now = match self.fault {
            Fault::ClockSlow => at.saturating_sub(Duration::from_millis(1)),
            Fault::ClockAhead => at + Duration::from_secs(1),
            _ => at,
        };
        loop {
            let output = self.inner.poll(Instant::from_origin(now));
            self.events += u64::from(matches!(output, Output::Event(_)));
            let is_fifth = matches!(output, Output::Event(_)) && self.events.is_multiple_of(5);
            match (self.fault, &output) {
                (Fault::LosesEvents, _) if is_fifth => {}
                (Fault::IsSilent, Output::Notice(Notice::Retrying { .. })) => {}
                (Fault::DoublesEvents, Output::Event(event)) if is_fifth => {
                    self.again = Some(Output::Event(event.clone()));
                    return output;
                }
                (Fault::NeverEnds, Output::Done(_)) if core::mem::replace(&mut self.over, true) => {
                    self.inner = Watcher::new(self.inner.config().clone());
                }
                (Fault::Hurries, Output::Wait(wait)) if wait.until.is_some_and(|until| until.since_origin() <= now) => {
                }
                _ => return output,
            }
        }
    }

    fn watcher(&self) -> &Watcher {
        &self.inner
    }
}

/// Runs a conversation with a faulty machine, for judges with this setup.
fn conversation(seed: u64, fault: Fault, change: impl Fn(&mut Setup)) -> Result<(), Violation> {
    let mut rng = Rng::stream(seed, "tests");
    let versions = Versions::draw(&mut rng);
    let mut setup = Setup::draw(&mut rng, &versions, Purpose::Watch)?;
    let inner = Watcher::new(setup.config.clone());
    change(&mut setup);
    let server = Server::draw(&mut rng, versions, KEYS.len());
    let machine = Broken { inner, fault, events: 0, again: None, over: false };
    let mut transcript = Transcript::new(false);
    let mut conversation = Conversation::new(machine, &mut rng, &setup, server, &mut transcript);
    conversation.drain()?;
    for _ in 0..100 {
        if conversation.rng.one_in(40) {
            conversation.handle(Input::Stop)?;
        }
        if conversation.done.is_some() || conversation.step()? == Stepped::Ended {
            break;
        }
    }
    conversation.drain()?;
    conversation.drain()
}

/// Returns the first violation among some seeds.
fn found(fault: Fault, change: impl Fn(&mut Setup)) -> Option<Violation> {
    (0..150).find_map(|seed| conversation(seed, fault, &change).err())
}

#[test]
fn no_judge_rejects_a_machine_without_a_fault() {
    assert_eq!(found(Fault::None, |_| {}), None);
}

#[test]
fn each_fault_is_found() {
    for (fault, oracles) in [
        (Fault::ClockSlow, &[Oracle::Liveness, Oracle::Rate][..]),
        (Fault::ClockAhead, &[Oracle::Liveness, Oracle::Endings]),
        (Fault::LosesEvents, &[Oracle::Resumable, Oracle::Restarts]),
        // A list in which an object occurs twice has another number of objects than `Relisted` reports.
        (Fault::DoublesEvents, &[Oracle::Grammar, Oracle::Resumable, Oracle::Restarts]),
        // Without the notice, the judge of pages doesn't know that a page failed.
        (Fault::IsSilent, &[Oracle::Resumable, Oracle::Silence, Oracle::Requests]),
        (Fault::NoRetryAfter, &[Oracle::Patience, Oracle::Rate]),
        (Fault::NoUnauthorized, &[Oracle::Reference, Oracle::Requests]),
        (Fault::NoStop, &[Oracle::Silence, Oracle::Endings]),
        (Fault::OtherFailures, &[Oracle::Reference, Oracle::Liveness]),
        (Fault::NeverEnds, &[Oracle::Silence, Oracle::Endings]),
        (Fault::Hurries, &[Oracle::Liveness]),
    ] {
        let violation = found(fault, |_| {});
        assert!(violation.as_ref().is_some_and(|found| oracles.contains(&found.oracle)), "{fault:?}: {violation:?}");
    }
}

#[test]
fn a_setting_that_is_not_followed_is_found() {
    type Change = fn(&mut Setup);
    let changes: [(&str, Change); 12] = [
        ("page size", |setup| setup.page = Some(77)),
        ("selector", |setup| setup.labels = Some("app=other".into())),
        ("path", |setup| setup.path.push('s')),
        ("bookmarks", |setup| setup.bookmarks = !setup.bookmarks),
        ("representation", |setup| setup.is_metadata = !setup.is_metadata),
        ("response timeout", |setup| setup.timing.response_timeout += Duration::from_nanos(1)),
        ("watch timeout", |setup| setup.timing.watch *= 2),
        ("size of an object", |setup| setup.limits.object = 150),
        ("nesting", |setup| setup.limits.nesting = 3),
        ("objects of a list", |setup| setup.limits.objects = 1),
        ("body of an error", |setup| setup.limits.error_body = 100),
        ("longest Retry-After", |setup| setup.timing.longest_retry_after = Duration::from_millis(1)),
    ];
    for (name, change) in changes {
        assert!(found(Fault::None, change).is_some(), "{name}");
    }
}

#[test]
fn a_secret_that_is_shown_is_found() {
    let violation = found(Fault::None, |setup| setup.is_secrets = true);
    assert!(violation.is_some_and(|found| found.message.contains("a value of a Secret is shown")));
}
