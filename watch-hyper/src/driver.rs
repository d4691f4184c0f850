//! The loop that executes the outputs of the machine, in `poll` form.

use core::task::{Context, Poll, ready};
use core::time::Duration;

use watch_core::{ConfigError, Done, Event, Input, Instant, ListChanges, Machine, Notice, Output};

use crate::budget;
use crate::clock::{Clock, Timer};
use crate::exchange::Exchange;
use crate::meter::Meter;
use crate::spans::Spans;
use crate::stream::Stopping;
use crate::transport::Transport;

/// Sends the machine's requests and passes the responses to the machine, in the task that polls it.
///
/// The network is read only when the machine returns `Wait`. A consumer that takes no events leaves the bytes in the
/// socket, and TCP slows the server down.
pub(crate) struct Driver<M> {
    machine: M,
    transport: Transport,
    exchange: Option<Exchange>,
    spans: Spans,
    meter: Meter,
    clock: Clock,
    timer: Timer,
    /// The end of the wait that the machine returned last. `None` if it must be polled: an input was handed in, or the
    /// wait is over.
    waiting: Option<Option<Instant>>,
    stopping: Stopping,
    /// `Input::Stop` was handed in.
    is_stopped: bool,
    observer: Box<dyn FnMut(&Notice) + Send>,
    /// The changes that a `Diff`, if there is one, found in the last list.
    compared: Option<ListChanges>,
    done: Option<Done>,
}

impl<M: Machine> Driver<M> {
    /// `is_metered`: whether the metrics are counted, unless the transport overrides it.
    pub(crate) fn new(machine: M, transport: Transport, is_metered: bool) -> Self {
        let config = machine.watcher().config();
        Self {
            spans: Spans::new(config),
            meter: Meter::new(config, transport.metered_or(is_metered)),
            machine,
            transport,
            exchange: None,
            clock: Clock::start(),
            timer: Timer::default(),
            waiting: None,
            stopping: Stopping::default(),
            is_stopped: false,
            observer: Box::new(|_| {}),
            compared: None,
            done: None,
        }
    }

    /// Ends the watch before the first request, because the type of its objects is wrong.
    pub(crate) fn refuse(&mut self, error: ConfigError) {
        tracing::error!(target = self.machine.watcher().config().target(), %error, "the watch can't begin");
        self.done = Some(Done::WrongType(error));
    }

    /// Returns the next event; `None` after the end.
    ///
    /// Takes part in tokio's budget (`tokio::task::coop`): a watch that always has something ready still lets other
    /// tasks run.
    pub(crate) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        self.heed_stop(cx);
        while self.done.is_none() {
            let _entered = self.spans.current().clone().entered();
            // If there is no progress, this unit of the budget is returned: many idle watches in one task must not use
            // it up.
            let budget = ready!(budget::poll_proceed(cx));
            // Before the machine sees the time: if this task was woken late, an input that is ready proves that the
            // server wasn't silent.
            if let Some(until) = self.waiting {
                ready!(self.poll_wait(until, cx));
                self.waiting = None;
                budget.made_progress();
            }
            let now = self.clock.now();
            match self.machine.poll(now) {
                Output::Send(request) => {
                    self.spans.sending(&request, &self.machine.watcher().freshness(), self.clock.now());
                    let has_set = self.machine.watcher().freshness().resource_version.is_some();
                    self.meter.sending(request.kind, has_set, self.clock.now());
                    self.exchange = Some(self.transport.send(request));
                }
                Output::Abort(id) => {
                    tracing::debug!(%id, "abort");
                    self.exchange = None;
                }
                Output::Event(event) => {
                    self.spans.event(&event);
                    self.meter.event(&event, now);
                    // A watch that always has an event never reaches the wait, so the gauges are updated here too.
                    self.meter.freshness(&self.machine.watcher().freshness(), self.clock);
                    budget.made_progress();
                    return Poll::Ready(Some(event));
                }
                Output::Notice(notice) => self.report(notice),
                Output::Wait(wait) => {
                    self.meter.counters(self.machine.watcher().counters());
                    self.meter.freshness(&self.machine.watcher().freshness(), self.clock);
                    self.waiting = Some(wait.until);
                    continue;
                }
                Output::Done(done) => {
                    tracing::info!(%done, "the watch ended");
                    self.exchange = None;
                    self.meter.counters(self.machine.watcher().counters());
                    self.meter.done(&done);
                    self.done = Some(done);
                }
            }
            budget.made_progress();
        }
        Poll::Ready(None)
    }

    /// Returns `Ready` when an input was handed in, or when the time of the wait has come. Hands in one input a poll:
    /// the machine processes it before it checks timeouts, and waits for further inputs of a late driver.
    fn poll_wait(&mut self, until: Option<Instant>, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(exchange) = &mut self.exchange
            && let Poll::Ready(input) = exchange.poll_input(cx)
        {
            match &input {
                Input::Response { .. } => self.meter.head(self.clock.now()),
                Input::Body { bytes, .. } => self.meter.bytes(exchange.wire_bytes(bytes.len()), bytes.len()),
                Input::End { .. } | Input::Failed { .. } => {
                    self.meter.bytes(exchange.wire_bytes(0), 0);
                    self.exchange = None;
                }
                _ => {}
            }
            self.handle(input);
            return Poll::Ready(());
        }
        let Some(until) = until else { return Poll::Pending };
        self.timer.poll_until(self.clock.instant(until), cx)
    }

    /// Stops the machine if a stop was requested; otherwise a request to stop wakes this task.
    fn heed_stop(&mut self, cx: &Context<'_>) {
        if !self.is_stopped && self.stopping.poll(cx).is_ready() {
            self.is_stopped = true;
            self.handle(Input::Stop);
        }
    }

    fn handle(&mut self, input: Input) {
        self.waiting = None;
        if let Err(misuse) = self.machine.handle(input) {
            // Unreachable: the exchange yields its inputs in the only valid order. If it happens, the timeouts of the
            // machine recover from it.
            debug_assert!(false, "{misuse}");
            tracing::error!(%misuse);
        }
    }

    fn report(&mut self, mut notice: Notice) {
        // This notice follows the last event of the list. The changes of that event were polled before the notice.
        if let Notice::Relisted { objects: Some(_), changes, .. } = &mut notice {
            *changes = self.compared;
        }
        self.spans.notice(&notice, &self.machine.watcher().freshness());
        self.meter.notice(&notice);
        (self.observer)(&notice);
    }

    /// Stores the changes of the last list.
    pub(crate) const fn compared(&mut self, changes: Option<ListChanges>) {
        self.compared = changes;
    }

    /// Counts an object that doesn't fit its type.
    pub(crate) fn undecodable(&mut self) {
        self.meter.undecodable();
    }

    pub(crate) fn observe(&mut self, observer: impl FnMut(&Notice) + Send + 'static) {
        self.observer = Box::new(observer);
    }

    pub(crate) const fn machine(&self) -> &M {
        &self.machine
    }

    pub(crate) const fn machine_mut(&mut self) -> &mut M {
        self.waiting = None;
        &mut self.machine
    }

    pub(crate) fn relist(&mut self) {
        self.handle(Input::Relist);
    }

    pub(crate) const fn stopping(&self) -> &Stopping {
        &self.stopping
    }

    /// Converts an instant of the machine to tokio's clock.
    pub(crate) fn on_clock(&self, at: Instant) -> tokio::time::Instant {
        self.clock.instant(at)
    }

    /// Returns the time since `then`.
    pub(crate) fn since(&self, then: Instant) -> Duration {
        self.clock.now().since(then)
    }

    pub(crate) const fn done(&self) -> Option<&Done> {
        self.done.as_ref()
    }
}
