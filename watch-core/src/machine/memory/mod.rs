//! What the machine remembers from one state to the next.

pub(crate) mod backoff;
pub(crate) mod final_read;
pub(crate) mod position;
pub(crate) mod regression;
mod rng;
pub(crate) mod streaming;
mod tally;
pub(crate) mod waited;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use core::time::Duration;

use self::backoff::{Backoff, Confirmations, Restarts};
use self::final_read::FinalRead;
use self::position::Position;
use self::regression::Regressions;
use self::rng::Rng;
use self::streaming::StreamingLists;
use self::tally::Tally;
use self::waited::Waited;
use crate::config::{Config, InitialSet, ListSemantics, OnExpired, Parts, Start};
use crate::io::checkpoint::Checkpoint;
use crate::io::counters::Counters;
use crate::io::event::{Event, InitialCause};
use crate::io::notice::Notice;
use crate::io::output::Output;
use crate::io::phase::Phase;
use crate::io::request::RequestId;
use crate::io::time::Instant;
use crate::io::trouble::{Cause, During, Silence, Trouble};
use crate::wire::version::ResourceVersion;

/// What outlives a state. States decide; this only keeps.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    pub(crate) config: Config,
    pub(crate) rng: Rng,
    pub(crate) backoff: Backoff,
    /// That of restarts: no event makes it small again, only time without one.
    pub(crate) restarts: Restarts,
    pub(crate) position: Position,
    pub(crate) regressions: Regressions,
    pub(crate) counters: Counters,
    pub(crate) tally: Tally,
    /// What to ask for when there is no version to resume from.
    pub(crate) aim: Aim,
    pub(crate) streaming: StreamingLists,
    /// The list is asked for in one page, since paging it failed.
    pub(crate) unpaged: bool,
    /// How recent the next set must be.
    pub(crate) semantics: ListSemantics,
    /// The server is asked how far it is before a watch is opened again (the version check): its backup may have been
    /// restored, and kube-apiserver accepts a version from its future and is silent until it has passed it
    /// (`etcd3/watcher.go`). So after every end of a watch that the server didn't announce, after every watch that wasn't
    /// opened, or not at once, after watches that brought nothing for long, and in a new process. Whatever shows a
    /// version that isn't older answers the question.
    pub(crate) probe: bool,
    /// When it was last asked, or began: for checks that are asked for by time.
    checked: Option<Instant>,
    /// A check that is asked for by time isn't due before, since the driver had something to hand in when it was.
    check_not_before: Instant,
    /// LIST is forbidden, so that the version check is a streaming list that isn't older than what was seen.
    pub(crate) checks_by_watch: bool,
    /// The backoff of checks that are repeated because of what they showed.
    pub(crate) confirmations: Confirmations,
    /// The watch that is asked for next directly follows what showed how far the server is, or can't be checked.
    pub(crate) is_checked: bool,
    /// For how long was waited.
    pub(crate) waited: Waited,
    /// For how long watches stood that brought nothing at all.
    pub(crate) idle: Duration,
    /// The last answer was 401.
    pub(crate) stale_credentials: bool,
    /// When everything ends.
    pub(crate) deadline: Option<Instant>,
    pub(crate) final_read: FinalRead,
    initial: Initial,
    restart: Option<Restart>,
    /// It began with a checkpoint.
    resumed: bool,
    /// When the consumer last had all there was: with the last event, bookmark or set. That bytes came proves nothing (they
    /// may say that the version expired), nor does the end of a watch (so ends one that was too slow).
    as_of: Option<Instant>,
    queue: VecDeque<Output>,
    sent: u64,
}

/// What to ask for when there is no version to resume from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aim {
    /// The whole set.
    Set,
    /// Just the present version.
    Version,
    /// A watch without one: the ancestor's way.
    Unversioned,
}

/// Where the initial set stands.
#[derive(Clone, Copy, Debug)]
struct Initial {
    cause: InitialCause,
    begun: bool,
    /// How many objects of it were handed out.
    objects: u64,
}

impl Initial {
    const fn to_come(cause: InitialCause) -> Self {
        Self { cause, begun: false, objects: 0 }
    }
}

/// A restart under way.
#[derive(Clone, Debug)]
struct Restart {
    cause: InitialCause,
    from: ResourceVersion,
    since: Option<Instant>,
}

impl Memory {
    pub(crate) fn new(config: Config) -> Self {
        let parts = config.parts();
        let (aim, position) = match &parts.start {
            Start::InitialSet(_) => (Aim::Set, Position::unknown()),
            Start::From(version) => (Aim::Set, Position::at(version.clone())),
            Start::Now => (Aim::Version, Position::unknown()),
        };
        Self {
            rng: Rng::new(config.seed()),
            backoff: Backoff::default(),
            restarts: Restarts::default(),
            position,
            regressions: Regressions::default(),
            counters: Counters::default(),
            tally: Tally::default(),
            aim,
            streaming: StreamingLists::default(),
            unpaged: false,
            semantics: parts.list_semantics.clone(),
            probe: false,
            checked: None,
            check_not_before: Instant::ORIGIN,
            checks_by_watch: false,
            confirmations: Confirmations::default(),
            // There was no watch before the first: nothing was seen that the server could have lost meanwhile.
            is_checked: true,
            waited: Waited::default(),
            idle: Duration::ZERO,
            stale_credentials: false,
            deadline: None,
            final_read: FinalRead::None,
            initial: Initial::to_come(InitialCause::First),
            restart: None,
            resumed: false,
            as_of: None,
            queue: VecDeque::new(),
            sent: 0,
            config,
        }
    }

    pub(crate) fn resume(config: Config, from: &Checkpoint) -> Self {
        let mut memory = Self::new(config);
        memory.position = Position::at(from.resource_version().clone());
        memory.aim = Aim::Set;
        memory.resumed = true;
        // Nobody knows what happened to the server since that process ended.
        memory.probe = true;
        if from.no_streaming_list() {
            memory.streaming.rule_out();
        }
        memory
    }

    pub(crate) fn parts(&self) -> &Parts {
        self.config.parts()
    }

    pub(crate) fn checkpoint(&self) -> Option<Checkpoint> {
        let version = self.position.version()?;
        Some(Checkpoint::new(&self.config, version.clone(), self.streaming.are_ruled_out()))
    }

    /// Whether the set is to be asked for by a streaming list. Its end is a bookmark, so without bookmarks it has none.
    pub(crate) fn wants_streaming_list(&self) -> bool {
        let parts = self.parts();
        let may_stream = parts.bookmarks && parts.start != Start::InitialSet(InitialSet::List);
        may_stream && self.streaming.are_used()
    }

    /// Whether the server is to be asked how far it is: also when the set is to be asked for and it has shown less than
    /// was seen, since that question costs it less. Versions that aren't numbers show nothing.
    pub(crate) fn takes_probe(&mut self, now: Instant) -> bool {
        let is_wanted = core::mem::take(&mut self.probe);
        let has_place = self.position.version().is_some() || self.aim == Aim::Set && self.tally.behind > 0;
        let is_asked = is_wanted && has_place && self.can_check();
        if is_asked {
            self.checked = Some(now);
        }
        is_asked
    }

    /// Whether the version check can be a WATCH instead of a LIST, and isn't yet.
    pub(crate) fn can_check_by_watch(&self) -> bool {
        !self.checks_by_watch && self.wants_streaming_list()
    }

    /// Whether the answer to a version check can show anything.
    pub(crate) fn can_check(&self) -> bool {
        self.position.seen().is_some_and(ResourceVersion::is_ordered)
    }

    /// What a set must not be older than: the newest version that was seen, or that the set is asked for with. Servers that
    /// ignore `resourceVersion` answer 200 with what they have (kmock), where kube-apiserver says "Too large resource
    /// version" (`waitUntilFreshAndBlock`).
    pub(crate) fn set_must_have(&self) -> Option<&ResourceVersion> {
        match &self.semantics {
            ListSemantics::NotOlderThan(asked) if self.position.seen().is_none_or(|seen| seen.is_before(asked)) => {
                Some(asked)
            }
            _ => self.position.seen(),
        }
    }

    /// The server has what was seen.
    pub(crate) const fn is_up_to_date(&mut self) {
        self.tally.behind = 0;
        self.tally.unanswered = 0;
        self.is_checked = true;
    }

    /// When an open watch ends for a check, if the configuration asks for that.
    pub(crate) fn check_due(&mut self, now: Instant) -> Option<Instant> {
        let every = self.parts().check_every.filter(|_| self.can_check())?;
        let due = (*self.checked.get_or_insert(now) + every).max(self.check_not_before);
        self.check_not_before = self.waited.put_off(due);
        Some(self.check_not_before)
    }

    /// When it is to give up, if there is no progress until then. As for other deadlines only the time counts for which was
    /// waited: after a computer has slept for hours, the server is asked again before it is given up.
    pub(crate) fn gives_up(&self, now: Instant) -> Option<Instant> {
        let patience = self.parts().give_up_after?;
        let lasted = self.tally.since.map(|_| self.waited.total().saturating_sub(self.tally.waited))?;
        Some(self.waited.put_off(now + patience.saturating_sub(lasted)))
    }

    /// When the final read is to be asked for; `None` if there is none, or it was.
    pub(crate) fn final_read_at(&self) -> Option<Instant> {
        let ahead = self.parts().deadline.map(final_read::ahead).filter(|ahead| !ahead.is_zero())?;
        let deadline = self.deadline.filter(|_| matches!(self.final_read, FinalRead::Pending))?;
        Some(Instant::from_origin(deadline.since_origin().saturating_sub(ahead)))
    }

    /// The final read is asked for now. When the driver is late, the deadline waits for it.
    pub(crate) fn ask_finally(&mut self, now: Instant) {
        self.final_read = FinalRead::Asked { at: now, attempts: self.backoff.attempts() };
        let ahead = self.parts().deadline.map(final_read::ahead).unwrap_or_default();
        self.deadline = self.deadline.max(Some(now + ahead));
        self.restart(InitialCause::Relist);
        self.semantics = ListSemantics::Consistent;
        // The read itself shows how far the server is.
        self.probe = false;
    }

    /// The deadline came. What counts as the last trouble then: none on a watch that is open; the silence of a final read
    /// that wasn't answered.
    pub(crate) fn deadline_came(&mut self, phase: Phase, now: Instant) {
        match self.final_read {
            _ if phase == Phase::Live => self.tally.over(),
            FinalRead::Asked { at, attempts } if attempts == self.backoff.attempts() => {
                let of = if phase == Phase::Opening { Silence::Head } else { Silence::List };
                let cause = Cause::Silence { of, lasted: now.since(at) };
                self.tally.last = Some(self.trouble(During::List { page: 1 }, cause, None));
            }
            _ => {}
        }
    }

    /// When the consumer last had all there was.
    pub(crate) const fn as_of(&self) -> Option<Instant> {
        self.as_of
    }

    pub(crate) const fn next_id(&mut self) -> RequestId {
        self.sent += 1;
        RequestId(self.sent)
    }

    /// Nothing was sent, and no restart asked for.
    #[cfg(feature = "trace")]
    pub(crate) fn is_unused(&self) -> bool {
        self.sent == 0 && self.restart.is_none() && self.deadline.is_none() && self.queue.is_empty()
    }

    #[cfg(feature = "trace")]
    pub(crate) const fn is_resumed(&self) -> bool {
        self.resumed
    }

    pub(crate) const fn has_sent(&self, id: RequestId) -> bool {
        0 < id.0 && id.0 <= self.sent
    }

    pub(crate) fn say(&mut self, notice: Notice) {
        self.queue.push_back(Output::Notice(notice));
    }

    pub(crate) fn abort(&mut self, id: RequestId) {
        self.queue.push_back(Output::Abort(id));
    }

    pub(crate) fn next_queued(&mut self) -> Option<Output> {
        self.queue.pop_front()
    }

    /// The one door through which outputs leave: what passes here is what is remembered.
    pub(crate) fn leaving(&mut self, output: &mut Output, now: Instant) {
        let Output::Event(event) = output else { return };
        if let Some(object) = event.object_mut() {
            object.watched_as_secret(self.config.watches_secrets());
        }
        let is_repeat = self.position.is_before(event) && !matches!(event, Event::Deleted(_));
        if self.position.observe(event) {
            self.progress();
        }
        match event {
            Event::InitialBegin { .. } => {
                self.initial.begun = true;
                self.initial.objects = 0;
            }
            Event::InitialEnd { .. } => {
                self.initial.begun = false;
                self.unpaged = false;
                // From now on there is something seen that a set from the past would contradict.
                self.semantics = ListSemantics::Consistent;
                self.tally.behind = 0;
                self.checked = Some(now);
                self.regressions.listed(now);
                if matches!(self.final_read, FinalRead::Asked { .. }) {
                    self.final_read = FinalRead::Answered;
                    self.tally.over();
                }
                self.is_checked = true;
                self.whole(Some(self.initial.objects), now);
            }
            // It doesn't show that the consumer has all there is.
            Event::Added(_) | Event::Modified(_) if is_repeat => {}
            Event::Added(_) | Event::Modified(_) | Event::Deleted(_) | Event::Bookmark { .. } => self.whole(None, now),
            Event::Initial(_) => self.initial.objects += 1,
        }
    }

    /// The consumer has all there is, if there is a version to resume from: by a set of that many objects, or by going on.
    /// That ends a restart.
    fn whole(&mut self, objects: Option<u64>, now: Instant) {
        if let Some(to) = self.position.version().cloned()
            && let Some(Restart { cause, from, since }) = self.restart.take()
        {
            let blind_for = since.map(|since| now.since(since));
            self.say(Notice::Restarted { cause, from, to, blind_for, objects, changes: None });
        }
        if self.position.version().is_some() {
            self.as_of = Some(now);
        }
    }

    /// Something happened that a server without working watches can't bring about.
    pub(crate) fn progress(&mut self) {
        self.backoff.reset();
        self.confirmations = Confirmations::default();
        self.tally = Tally::default();
    }

    /// Why the set that begins now comes.
    pub(crate) const fn initial_cause(&self) -> InitialCause {
        if self.initial.begun { InitialCause::Retry } else { self.initial.cause }
    }

    /// Gives up the version: what comes next begins anew.
    pub(crate) fn restart(&mut self, cause: InitialCause) {
        if let Some(from) = self.position.forget() {
            // There is something seen that a set from the past would contradict.
            self.semantics = ListSemantics::Consistent;
            self.restart = Some(Restart { cause, from, since: self.as_of });
            self.initial = Initial::to_come(cause);
        }
        self.aim = match self.parts().on_expired {
            OnExpired::RestartWithoutVersion if cause == InitialCause::Expired => Aim::Unversioned,
            _ => Aim::Set,
        };
    }

    /// The server's history is another one than was seen: believed from now on, and said to be so.
    pub(crate) fn roll_back(&mut self) {
        self.semantics = ListSemantics::Consistent;
        self.position.forget_seen();
        self.tally.behind = 0;
        self.initial = Initial::to_come(InitialCause::Rollback);
        if let Some(restart) = &mut self.restart {
            restart.cause = InitialCause::Rollback;
        }
    }

    /// Puts together what went wrong.
    pub(crate) fn trouble(&self, during: During, cause: Cause, header: Option<Duration>) -> Box<Trouble> {
        let cause = if self.config.watches_secrets() { cause.without_values() } else { cause };
        let said = cause.status().and_then(|status| status.retry_after());
        let parts = self.parts();
        let longest = parts.timing.longest_retry_after;
        Box::new(Trouble {
            target: parts.target.clone(),
            resource: parts.resource.clone(),
            namespace: parts.namespace.clone(),
            name: parts.name.clone(),
            during,
            retry_after: header.max(said).map(|wait| wait.min(longest)),
            cause,
        })
    }
}
