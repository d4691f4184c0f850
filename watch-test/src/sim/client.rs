//! One who watches: a machine, a `Diff` behind it, what is saved between processes, and the judges.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use watch_core::{
    Checkpoint, Config, Diff, DiffSnapshot, Done, Event, InitialSet, Input, Instant, LabelSelector,
    Limits as CoreLimits, ListSemantics, Next, Notice, OnExpired, Output, Phase, Representation, Resource, Start,
    Timing, Wait, Watcher,
};

use super::counts::Counts;
use super::oracle::changes::Picture;
use super::oracle::exchanges::Exchanges;
use super::oracle::limits::Limits;
use super::oracle::rate::Rate;
use super::oracle::sequence::{Position, Sequence, broken, number};
use super::plan::{ClientSetup, Label, Saved, StartAt, Watched};
use super::truth::{Selection, Truth};
use super::violation::{Oracle, Violation};

/// See the module.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) setup: ClientSetup,
    pub(crate) watched: Watched,
    pub(crate) watcher: Watcher,
    diff: Diff,
    picture: Picture,
    pub(crate) sequence: Sequence,
    pub(crate) exchanges: Exchanges,
    pub(crate) limits: Limits,
    pub(crate) rate: Rate,
    saved: Vec<State>,
    /// Which process this is.
    pub(crate) process: u32,
    /// A set was whole, in this process or before the checkpoint that it began with.
    pub(crate) was_told: bool,
    /// What the machine waits for.
    pub(crate) waits: Option<Wait>,
    pub(crate) done: Option<Done>,
    pub(crate) is_stopped: bool,
    /// The exchange that is open.
    pub(crate) link: Option<u64>,
    /// Until when the driver does nothing, and whether facts are handed in all the same.
    pub(crate) paused_until: Duration,
    pub(crate) hands_in: bool,
    pub(crate) late_timers: (u32, Duration),
    pub(crate) clock_back: Duration,
    /// Connections that fail, and how.
    pub(crate) unreachable: (u64, u8),
    /// When the watch that is open was opened, and for how long it was asked for.
    pub(crate) opened: Option<(Duration, Duration)>,
    /// In which history the exchange that was sent last was begun.
    pub(crate) timeline: usize,
    /// The latest time that the machine was told.
    pub(crate) clock: Duration,
    /// When something came last.
    pub(crate) spoke_at: Duration,
    /// Backoffs without chance in them, one after the other.
    pub(crate) plain_waits: u32,
    /// Why the set may come anew.
    may_forget: bool,
    is_blocked: bool,
    /// A bookmark came on the watch that is open.
    has_bookmark: bool,
    /// The revision of the last change that was told, if nothing else was told since.
    pub(crate) last_change: Option<u64>,
}

/// What a process saved for the next.
#[derive(Clone, Debug)]
struct State {
    at: Duration,
    checkpoint: Checkpoint,
    diff: DiffSnapshot,
    picture: Picture,
    sequence: Sequence,
}

impl Client {
    pub(crate) fn new(setup: &ClientSetup, watched: Watched) -> Result<Self, Violation> {
        let has_set = setup.start != StartAt::Now;
        Ok(Self {
            watcher: Watcher::new(config(setup, watched)?),
            setup: setup.clone(),
            watched,
            diff: Diff::new(),
            picture: Picture::default(),
            sequence: Sequence::new(Selection::of(setup), setup.metadata, has_set),
            exchanges: Exchanges::default(),
            limits: Limits::default(),
            rate: Rate::default(),
            saved: Vec::new(),
            process: 0,
            was_told: false,
            waits: None,
            done: None,
            is_stopped: false,
            link: None,
            paused_until: Duration::ZERO,
            hands_in: false,
            late_timers: (0, Duration::ZERO),
            clock_back: Duration::ZERO,
            unreachable: (0, 0),
            opened: None,
            timeline: 0,
            clock: Duration::ZERO,
            spoke_at: Duration::ZERO,
            plain_waits: 0,
            may_forget: false,
            is_blocked: false,
            has_bookmark: false,
            last_change: None,
        })
    }

    /// When the machine is to be polled next.
    pub(crate) fn wakes_at(&self) -> Option<Duration> {
        if self.done.is_some() {
            return None;
        }
        let until = self.waits?.until?.since_origin();
        let late = if self.late_timers.0 > 0 { self.late_timers.1 } else { Duration::ZERO };
        Some((until + late).max(self.paused_until))
    }

    pub(crate) fn handle(&mut self, input: Input) -> Result<(), Violation> {
        match &input {
            Input::Body { bytes, .. } => self.limits.handed_in(bytes),
            Input::End { id } | Input::Failed { id, .. } => self.exchanges.ended(*id),
            Input::Relist => {
                if self.done.is_none() && !self.is_stopped {
                    self.exchanges.relist();
                    self.sequence.forget();
                    self.rate.excuse();
                    self.may_forget = true;
                }
            }
            Input::Stop => {
                self.is_stopped = true;
                self.exchanges.stopped();
            }
            Input::Response { .. } => {}
        }
        self.watcher.handle(input).or_else(|misuse| broken(Oracle::Misuse, misuse.to_string()))
    }

    /// Judges what the machine says, having been told that time; requests are judged by the world, which knows the server.
    pub(crate) fn output(
        &mut self,
        now: Duration,
        output: &Output,
        truth: &Truth,
        counts: &mut Counts,
    ) -> Result<(), Violation> {
        self.limits.output()?;
        self.exchanges.output(output)?;
        match output {
            Output::Event(event) => self.event(event, truth, counts)?,
            Output::Notice(Notice::Retrying { next: Next::Relist, .. } | Notice::FellBack { .. }) => {
                self.may_forget = true;
            }
            // It is said once, until there is progress.
            Output::Notice(Notice::Blocked { .. }) => self.is_blocked = true,
            Output::Wait(wait) => {
                self.follow()?;
                self.waits = Some(*wait);
                let is_watching = matches!(self.watcher.phase(), Phase::Live | Phase::StreamingList);
                self.limits.waits(is_watching, self.setup.largest)?;
                if wait.until.is_some_and(|until| until.since_origin() <= now) {
                    return broken(Oracle::Spin, format!("at {now:?} it waits until {:?}", wait.until));
                }
                self.check_deadline(now, wait)?;
                self.check_checkpoint()?;
            }
            Output::Done(done) => {
                self.check_done(done)?;
                self.done = Some(done.clone());
            }
            Output::Send(_) => {
                self.follow()?;
                self.has_bookmark = false;
                self.limits.sent();
            }
            Output::Abort(_) | Output::Notice(_) => {}
        }
        Ok(())
    }

    fn event(&mut self, event: &Event, truth: &Truth, counts: &mut Counts) -> Result<(), Violation> {
        let before = self.sequence.position();
        self.sequence.event(truth, self.timeline, event)?;
        match event {
            Event::InitialBegin { cause } => counts.one("set", &format!("{cause:?}")),
            Event::InitialEnd { .. } => {
                self.was_told = true;
                self.may_forget = false;
            }
            Event::Initial(_) => counts.one("event", "INITIAL"),
            Event::Added(_) => counts.one("event", "ADDED"),
            Event::Modified(_) => counts.one("event", "MODIFIED"),
            Event::Deleted(_) => counts.one("event", "DELETED"),
            Event::Bookmark { .. } => {
                self.has_bookmark = true;
                counts.one("event", "BOOKMARK");
            }
        }
        let is_live = !matches!(event, Event::InitialBegin { .. } | Event::Initial(_) | Event::InitialEnd { .. });
        if is_live && self.sequence.position() != before {
            self.rate.progress();
            self.is_blocked = false;
        }
        self.last_change = match event {
            Event::Added(object) | Event::Modified(object) => number(object.resource_version()).ok(),
            _ => None,
        };
        self.diff.handle(event.clone());
        if self.setup.start == StartAt::Now {
            // Nobody can have a picture of what began without a set.
            while self.diff.poll().is_some() {}
            return Ok(());
        }
        while let Some(change) = self.diff.poll() {
            counts.one("change", change_name(&change));
            self.picture.change(&change, self.sequence.mirror())?;
        }
        Ok(())
    }

    /// Every deadline there is (the table in `watch-core`'s documentation), with its default.
    fn check_deadline(&self, now: Duration, wait: &Wait) -> Result<(), Violation> {
        let phase = self.watcher.phase();
        let most = match phase {
            Phase::Opening => 65,
            Phase::Listing => 60,
            Phase::StreamingList => 30,
            Phase::Refused => 10,
            Phase::Live if self.has_bookmark => 150,
            Phase::Live => self.setup.watch + 15,
            _ => 300,
        };
        match wait.until.map(Instant::since_origin) {
            Some(until) if until <= now + Duration::from_secs(most) => Ok(()),
            until => broken(Oracle::Liveness, format!("{phase}, it waits until {until:?}; {most} s are promised")),
        }
    }

    /// The machine may give up its version, but must say why.
    fn follow(&mut self) -> Result<(), Violation> {
        let has_version = self.watcher.freshness().resource_version.is_some();
        if has_version || self.sequence.position() == Position::Unknown {
            return Ok(());
        }
        if !self.may_forget && !self.is_blocked {
            return broken(Oracle::Restarts, "it gave up its version, and didn't say why");
        }
        self.sequence.forget();
        Ok(())
    }

    /// The checkpoint covers exactly what was told.
    fn check_checkpoint(&self) -> Result<(), Violation> {
        let version = self.watcher.checkpoint().map(|checkpoint| checkpoint.resource_version().text().into_owned());
        let position = match self.sequence.position() {
            Position::Unknown => None,
            Position::At { revision, .. } | Position::Void(revision) => Some(revision.to_string()),
        };
        let is_from_now_on = self.setup.start == StartAt::Now && position.is_none();
        if version != position && !is_from_now_on {
            return broken(
                Oracle::Resumable,
                format!("the checkpoint is {version:?}, but what was told goes up to {position:?}"),
            );
        }
        if !matches!(self.sequence.position(), Position::Void(_)) && self.setup.start != StartAt::Now {
            self.picture.is_like(self.sequence.mirror())?;
        }
        Ok(())
    }

    fn check_done(&self, done: &Done) -> Result<(), Violation> {
        let is_right = match done {
            Done::Stopped => self.is_stopped,
            Done::Expired(_) => self.setup.stop_on_expired && !self.is_stopped,
            // Only if the server said so: the world refuses with these on purpose.
            Done::Refused(_) => !self.is_stopped,
            _ => false,
        };
        if is_right { Ok(()) } else { broken(Oracle::Endings, format!("it ended: {done}")) }
    }

    /// Saves what the next process needs: the last state of each moment, however bodies are cut.
    pub(crate) fn save(&mut self, now: Duration) {
        let (Some(checkpoint), Ok(config)) = (self.watcher.checkpoint(), config(&self.setup, self.watched)) else {
            return;
        };
        if matches!(self.sequence.position(), Position::Unknown) {
            return;
        }
        if self.saved.last().is_some_and(|last| last.checkpoint == checkpoint) {
            return;
        }
        if self.saved.last().is_some_and(|last| last.at == now) {
            self.saved.pop();
        } else if self.saved.len() >= 8 {
            self.saved.remove(4);
        }
        self.saved.push(State {
            at: now,
            checkpoint,
            diff: self.diff.snapshot(&config),
            picture: self.picture.clone(),
            sequence: self.sequence.clone(),
        });
    }

    /// A new process begins.
    pub(crate) fn begin(&mut self, from: Saved) -> Result<(), Violation> {
        let index = match from {
            Saved::Newest => self.saved.len().checked_sub(1),
            Saved::Older => self.saved.len().checked_sub(2).or_else(|| self.saved.len().checked_sub(1)),
            Saved::Nothing | Saved::Foreign => None,
        };
        let config = config(&self.setup, self.watched)?;
        if from == Saved::Foreign
            && let Some(saved) = self.saved.last()
        {
            let other = ClientSetup { label: Some(Label::Is("other".into())), ..self.setup.clone() };
            if Watcher::resume(self::config(&other, self.watched)?, &saved.checkpoint).is_ok() {
                return broken(Oracle::Resumable, "the checkpoint of another watch was taken");
            }
        }
        let process = self.process + 1;
        let saved = self.saved.clone();
        let mut next = Self::new(&self.setup, self.watched)?;
        if let Some(state) = index.map(|index| saved[index].clone()) {
            next.watcher = resume(config.clone(), &state.checkpoint)?;
            next.diff = restore(&state.diff, &config)?;
            next.picture = state.picture;
            next.sequence = state.sequence;
            next.was_told = true;
            next.saved = saved[..=index.unwrap_or_default()].to_vec();
        }
        next.process = process;
        next.unreachable = self.unreachable;
        next.timeline = self.timeline;
        *self = next;
        self.exchanges = Exchanges::default();
        Ok(())
    }

    /// The machine is replaced by a clone of itself.
    pub(crate) fn clone_machine(&mut self) {
        self.watcher = self.watcher.clone();
        self.diff = self.diff.clone();
    }

    /// What it waits for, for people.
    pub(crate) fn pending(&self) -> String {
        let position = self.sequence.position();
        let mirror: Option<&BTreeMap<Arc<str>, Arc<Value>>> = self.sequence.mirror();
        format!(
            "phase {}, waiting for {:?}, told up to {position:?} ({} objects), attempts {}",
            self.watcher.phase(),
            self.waits,
            mirror.map_or(0, BTreeMap::len),
            self.watcher.freshness().attempts,
        )
    }
}

/// Through JSON, as a process that ends would.
fn resume(config: Config, checkpoint: &Checkpoint) -> Result<Watcher, Violation> {
    let failed = |why: String| Violation::new(Oracle::Resumable, why);
    let json = serde_json::to_string(checkpoint).map_err(|error| failed(error.to_string()))?;
    let read: Checkpoint = serde_json::from_str(&json).map_err(|error| failed(error.to_string()))?;
    Watcher::resume(config, &read).map_err(|error| failed(error.to_string()))
}

fn restore(snapshot: &DiffSnapshot, config: &Config) -> Result<Diff, Violation> {
    let failed = |why: String| Violation::new(Oracle::Resumable, why);
    let json = serde_json::to_string(snapshot).map_err(|error| failed(error.to_string()))?;
    let read: DiffSnapshot = serde_json::from_str(&json).map_err(|error| failed(error.to_string()))?;
    Diff::restore(read, config).map_err(|error| failed(error.to_string()))
}

fn config(setup: &ClientSetup, watched: Watched) -> Result<Config, Violation> {
    let resource = match watched {
        Watched::ConfigMaps => Resource::core("v1", "configmaps"),
        Watched::Events => Resource::core("v1", "events"),
        Watched::Widgets => Resource::new("example.com", "v1", "widgets"),
    };
    let mut timing = Timing::default();
    timing.watch = Duration::from_secs(setup.watch.max(1));
    let mut limits = CoreLimits::default();
    limits.object = setup.largest.max(64);
    let mut builder = Config::builder(resource)
        .seed(setup.seed)
        .timing(timing)
        .limits(limits)
        .page_size(setup.page.filter(|page| *page > 0))
        .bookmarks(setup.bookmarks)
        .start(match setup.start {
            StartAt::Auto => Start::InitialSet(InitialSet::Auto),
            StartAt::List => Start::InitialSet(InitialSet::List),
            StartAt::Now => Start::Now,
        });
    if let Some(namespace) = &setup.namespace {
        builder = builder.namespace(namespace);
    }
    if let Some(label) = &setup.label {
        builder = builder.labels(match label {
            Label::Is(value) => LabelSelector::new().equal("app", value),
            Label::IsNot(value) => LabelSelector::new().not_equal("app", value),
        });
    }
    if setup.any {
        builder = builder.list_semantics(ListSemantics::Any);
    }
    if setup.stop_on_expired {
        builder = builder.on_expired(OnExpired::Stop);
    }
    if setup.metadata {
        builder = builder.representation(Representation::Metadata);
    }
    // A plan that asks for what can't be is a mistake of the plan's author.
    builder.build().or_else(|error| broken(Oracle::Misuse, format!("the plan's setup: {error}")))
}

const fn change_name(change: &watch_core::Change) -> &'static str {
    match change {
        watch_core::Change::Added(_) => "Added",
        watch_core::Change::Modified(_) => "Modified",
        watch_core::Change::Deleted(_) => "Deleted",
        watch_core::Change::Vanished(_) => "Vanished",
        watch_core::Change::Synced { .. } => "Synced",
    }
}
