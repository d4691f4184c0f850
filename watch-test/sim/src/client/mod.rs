//! A client: a machine, its `Diff`, the state that is saved between processes, the oracles, and the driver.

mod config;
mod observe;
pub(crate) mod planned;
mod process;

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use watch_core::trace::{Begin, Entry};
use watch_core::{Diff, Done, Input, Instant, Output, Phase, Wait, Watcher};
use watch_test::check::{Selection, StreamOracle};

use self::config::config;
use self::planned::{Crash, FalseLists, LateTimers, Opened, Unreachable};
use self::process::State;
use super::damage::Pending;
use super::net::Fact;
use super::oracle::backoff::Backoff;
use super::oracle::changes::Picture;
use super::oracle::checks::Checks;
use super::oracle::endings::BrokenOff;
use super::oracle::exchanges::Exchanges;
use super::oracle::limits::Limits;
use super::oracle::notices::Notices;
use super::oracle::rate::Rate;
use super::oracle::reconnects::Reconnects;
use super::oracle::recovery::Recovery;
use super::oracle::repeats::Repeats;
use super::oracle::settings::Settings;
use super::oracle::timeouts::Timeouts;
use super::oracle::unreadable::{Arrived, Unreadable};
use super::plan::{ClientSetup, Label, Oddities, StartAt, Watched};
use super::transcript::Transcript;
use super::violation::{Oracle, Violation, broken};

/// How long a late driver may take to hand in what is ready.
const MOMENT: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) setup: ClientSetup,
    pub(crate) watched: Watched,
    pub(crate) watcher: Watcher,
    diff: Diff,
    /// The `Diff` of the previous process, as of the moment of the snapshot. Both must report the same changes.
    shadow: Option<Diff>,
    picture: Picture,
    /// The hash of the changes of the `Diff`.
    pub(crate) changes: Transcript,
    pub(crate) sequence: StreamOracle,
    pub(crate) exchanges: Exchanges,
    pub(crate) limits: Limits,
    broken_off: BrokenOff,
    pub(super) unreadable: Unreadable,
    pub(crate) rate: Rate,
    pub(crate) notices: Notices,
    pub(crate) settings: Settings,
    pub(crate) backoff: Backoff,
    reconnects: Reconnects,
    pub(crate) repeats: Repeats,
    pub(crate) timeouts: Timeouts,
    pub(crate) checks: Checks,
    pub(crate) recovery: Recovery,
    saved: Vec<State>,
    /// The number of the process.
    pub(crate) process: u32,
    /// A list was complete, in this process or before the checkpoint from which it resumed.
    pub(crate) was_synced: bool,
    /// What the machine waits for.
    pub(crate) waits: Option<Wait>,
    pub(crate) done: Option<Done>,
    pub(crate) is_stopped: bool,
    /// The exchange that is open.
    pub(crate) link: Option<u64>,
    /// The end of the driver's pause, and whether facts are still handed in during it.
    pub(crate) paused_until: Duration,
    pub(crate) hands_in: bool,
    /// Whether facts were handed in during a pause. A poll follows the pause then.
    pub(crate) has_handed_in: bool,
    /// When the machine was last polled at or after the end of its wait.
    late_at: Option<Duration>,
    /// Whether facts were handed in since the last wait, of the open exchange or of one that is over.
    has_facts: bool,
    has_stale_facts: bool,
    pub(crate) late_timers: LateTimers,
    pub(crate) clock_back: Duration,
    pub(crate) unreachable: Unreachable,
    /// The recorded inputs and outputs of the first machine, if a trace was requested.
    pub(crate) recorded: Option<Vec<String>>,
    pub(crate) false_lists: FalseLists,
    /// The damage of the next events.
    pub(crate) damage: Pending,
    /// The number of watches that a proxy answers instead of the server.
    pub(crate) parrots: u64,
    pub(crate) crash: Option<Crash>,
    oddities: Oddities,
    /// The watch that is open.
    pub(crate) opened: Option<Opened>,
    /// The timeline in which the last request was sent.
    pub(crate) timeline: usize,
    /// The latest time that was passed to the machine.
    pub(crate) clock: Duration,
    /// The time of the first poll of this process.
    began: Option<Duration>,
    /// The time of the last event.
    pub(crate) spoke_at: Duration,
    /// Whether the machine has a reason for a relist.
    may_forget: bool,
    is_blocked: bool,
    /// Whether a bookmark arrived on the open watch.
    has_bookmark: bool,
    /// Whether a new event arrived since the last request.
    has_news: bool,
    /// The number of lists since the last event out of order.
    out_of_order: u32,
    /// The revision and the type of the last event, if it was ADDED or MODIFIED, and no streaming list was
    /// requested after it.
    pub(crate) last_change: Option<(u64, &'static str)>,
}

impl Client {
    pub(crate) fn new(setup: &ClientSetup, watched: Watched, oddities: Oddities) -> Result<Self, Violation> {
        Ok(Self {
            watcher: Watcher::new(config(setup, watched)?),
            setup: setup.clone(),
            watched,
            diff: Diff::new(),
            picture: Picture::new(oddities.versions),
            changes: Transcript::new(false),
            sequence: sequence(setup, oddities),
            exchanges: Exchanges::default(),
            limits: Limits::default(),
            broken_off: BrokenOff::default(),
            unreadable: Unreadable::default(),
            damage: Pending::default(),
            rate: Rate::default(),
            saved: Vec::new(),
            process: 0,
            was_synced: false,
            waits: None,
            done: None,
            is_stopped: false,
            link: None,
            paused_until: Duration::ZERO,
            hands_in: false,
            has_handed_in: false,
            has_facts: false,
            late_at: None,
            has_stale_facts: false,
            late_timers: LateTimers::default(),
            clock_back: Duration::ZERO,
            unreachable: Unreachable::default(),
            false_lists: FalseLists::NONE,
            recorded: None,
            parrots: 0,
            oddities,
            opened: None,
            timeline: 0,
            clock: Duration::ZERO,
            began: None,
            spoke_at: Duration::ZERO,
            notices: Notices::default(),
            settings: Settings::default(),
            backoff: Backoff::default(),
            reconnects: Reconnects::default(),
            repeats: Repeats::default(),
            timeouts: Timeouts::default(),
            shadow: None,
            crash: None,
            checks: Checks::default(),
            recovery: Recovery::default(),
            may_forget: false,
            is_blocked: false,
            has_bookmark: false,
            has_news: false,
            out_of_order: 0,
            last_change: None,
        })
    }

    /// When the machine is to be polled next.
    pub(crate) fn wakes_at(&self) -> Option<Duration> {
        if self.done.is_some() {
            return None;
        }
        if self.has_handed_in {
            return Some(self.paused_until);
        }
        let until = self.waits?.until?.since_origin();
        Some((until + self.late_timers.delay()).max(self.paused_until))
    }

    /// Returns whether the driver is too late for the machine's deadline. A deadline is a point in time, unlike a
    /// timeout. So an input counts only if it is handed in before the first poll after the deadline.
    pub(crate) fn misses_its_deadline(&self, now: Duration) -> bool {
        let deadline = self.watcher.freshness().deadline;
        deadline.is_some_and(|deadline| deadline.since_origin() <= now)
    }

    /// Records a response that may show the server's version.
    pub(crate) fn checked(&mut self, now: Duration, is_watch: bool, is_answered: bool, fact: &Fact) {
        if !self.clock_back.is_zero() {
            self.checks.clock_went_back();
        }
        match fact {
            Fact::End if is_watch => {
                if self.paused_until > now {
                    self.checks.ended_during_a_pause();
                } else if let Some(opened) = self.opened.filter(|_| self.watcher.phase() == Phase::Live) {
                    let is_late = self.is_late(now) || self.late_at.is_some_and(|at| now <= at + MOMENT);
                    self.checks.ended(now, opened.at + opened.asked, is_late);
                }
            }
            _ if is_answered && !is_watch => self.checks.answered(),
            _ => {}
        }
    }

    pub(crate) fn handle(&mut self, input: Input) -> Result<(), Violation> {
        match &input {
            Input::Body { bytes, .. } => self.limits.handed_in(bytes),
            Input::End { id } => {
                let is_watching = matches!(self.watcher.phase(), Phase::Live | Phase::StreamingList);
                self.broken_off.ended(is_watching && self.limits.is_within_an_object());
                self.exchanges.ended(*id);
            }
            Input::Failed { id, .. } => self.exchanges.ended(*id),
            Input::Relist => {
                if self.done.is_none() && !self.is_stopped {
                    self.exchanges.relist();
                    self.broken_off.ended(false);
                    self.unreadable.given_up();
                    self.sequence.forget();
                    self.rate.excuse();
                    self.settings.begins_again();
                    self.may_forget = true;
                }
            }
            Input::Stop => {
                self.is_stopped = true;
                self.exchanges.stopped();
            }
            Input::Response { .. } => {}
        }
        self.has_facts = true;
        self.hand_over(input)
    }

    /// Passes the machine a fact of an exchange that is over.
    pub(crate) fn hand_over_stale(&mut self, input: Input) -> Result<(), Violation> {
        self.has_stale_facts = true;
        self.hand_over(input)
    }

    /// Records that unreadable bytes were handed in.
    pub(crate) const fn unreadable_came(&mut self, what: Arrived) {
        self.unreadable.handed_in(what, self.is_blocked);
    }

    /// Passes any input to the machine.
    fn hand_over(&mut self, input: Input) -> Result<(), Violation> {
        let entry = self.recorded.is_some().then(|| Entry::Handled(input.clone()));
        self.watcher.handle(input).or_else(|misuse| broken(Oracle::Misuse, misuse.to_string()))?;
        self.record(entry);
        Ok(())
    }

    /// Returns whether the wait of the machine is over.
    fn is_late(&self, now: Duration) -> bool {
        self.waits.and_then(|wait| wait.until).is_some_and(|until| until.since_origin() <= now)
    }

    /// Polls the machine.
    pub(crate) fn poll(&mut self, now: Instant) -> Output {
        if self.is_late(now.since_origin()) {
            self.late_at = Some(now.since_origin());
        }
        let output = self.watcher.poll(now);
        if self.recorded.is_some() {
            let written = serde_json::value::to_raw_value(&output).ok();
            self.record(written.map(|output| Entry::Polled { now, output }));
        }
        output
    }

    /// Starts to record the inputs and outputs of the machine, which must be unused.
    pub(crate) fn start_recording(&mut self) {
        self.recorded = Some(Vec::new());
        self.record(Some(Entry::Begin(Begin::of(&self.watcher))));
    }

    fn record(&mut self, entry: Option<Entry>) {
        // Only one process: the next one has another machine.
        if let Some(lines) = self.recorded.as_mut().filter(|_| self.process == 0) {
            lines.extend(entry.and_then(|entry| serde_json::to_string(&entry).ok()));
        }
    }

    /// Replaces the machine by its clone.
    pub(crate) fn clone_machine(&mut self) {
        self.watcher = self.watcher.clone();
        self.diff = self.diff.clone();
    }

    /// Describes what the client waits for.
    pub(crate) fn pending(&self) -> String {
        let position = self.sequence.position();
        let mirror: Option<&BTreeMap<Arc<str>, Arc<Value>>> = self.sequence.objects();
        format!(
            "phase {}, waiting for {:?}, delivered up to {position:?} ({} objects), attempts {}",
            self.watcher.phase(),
            self.waits,
            mirror.map_or(0, BTreeMap::len),
            self.watcher.freshness().attempts,
        )
    }
}

/// Returns the oracle of the events of this client.
fn sequence(setup: &ClientSetup, oddities: Oddities) -> StreamOracle {
    let mut selection = Selection::all();
    if let Some(namespace) = &setup.namespace {
        selection = selection.namespace(namespace);
    }
    selection = match &setup.label {
        None => selection,
        Some(Label::Is(app)) => selection.label("app", app),
        Some(Label::IsNot(app)) => selection.label_not("app", app),
    };
    let oracle = StreamOracle::new(selection, oddities.stream).metadata_only(setup.metadata);
    if setup.start == StartAt::Now { oracle.without_list() } else { oracle }
}
