//! What outlives a state.

pub(crate) mod backoff;
mod deadline;
mod elapsed;
mod health;
mod intent;
mod outbox;
mod periodic_check;
pub(crate) mod position;
mod progress;
mod reconnect;
pub(crate) mod regression;
mod rng;
pub(crate) mod streaming;
pub(crate) mod tally;
mod version_check;
pub(crate) mod waited;

use core::time::Duration;

pub(crate) use self::deadline::Deadline;
pub(crate) use self::elapsed::Elapsed;
pub(crate) use self::health::Health;
pub(crate) use self::intent::{Aim, Intent};
pub(crate) use self::outbox::Outbox;
pub(crate) use self::progress::Progress;
pub(crate) use self::rng::Rng;
pub(crate) use self::waited::Waited;
#[cfg(feature = "trace")]
use crate::config::Start;
use crate::config::{Config, Parts};
use crate::io::cause::{Cause, TimedOut};
use crate::io::checkpoint::Checkpoint;
use crate::io::event::{Event, InitialCause};
use crate::io::output::Output;
use crate::io::phase::Phase;
use crate::io::time::Instant;
use crate::io::trouble::{During, Trouble};

/// What outlives a state, in parts. Only the methods of a part write it. Code that needs one part receives only that
/// part, so its signature shows what it can access. This type has what concerns several parts.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    pub(crate) config: Config,
    pub(crate) rng: Rng,
    /// The time that the machine has waited.
    pub(crate) waited: Waited,
    /// The deadline, and the final read.
    pub(crate) deadline: Deadline,
    /// What to request next.
    pub(crate) intent: Intent,
    /// The failures and the backoffs.
    pub(crate) health: Health,
    /// What the consumer has received.
    pub(crate) progress: Progress,
    /// Outputs that wait to be emitted.
    pub(crate) outbox: Outbox,
    /// When a live watch was opened that the consumer has closed by a relist since the last `poll`.
    pub(crate) closed: Option<Instant>,
}

impl Memory {
    pub(crate) fn new(config: Config) -> Self {
        let parts = config.parts();
        let (intent, progress) = (Intent::new(parts), Progress::new(&parts.start));
        Self::with(intent, progress, config)
    }

    pub(crate) fn resume(config: Config, from: &Checkpoint) -> Self {
        let intent = Intent::resumed(config.parts(), from.no_streaming_list());
        Self::with(intent, Progress::resumed(from.resource_version().clone()), config)
    }

    fn with(intent: Intent, progress: Progress, config: Config) -> Self {
        Self {
            rng: Rng::new(config.seed()),
            waited: Waited::default(),
            deadline: Deadline::new(config.parts().deadline),
            intent,
            health: Health::default(),
            progress,
            outbox: Outbox::default(),
            closed: None,
            config,
        }
    }

    pub(crate) fn parts(&self) -> &Parts {
        self.config.parts()
    }

    pub(crate) fn checkpoint(&self) -> Option<Checkpoint> {
        let version = self.progress.version()?;
        Some(Checkpoint::new(&self.config, version.clone(), self.intent.are_streaming_lists_ruled_out()))
    }

    /// Returns when an open watch ends for a periodic version check, if one is configured and `is_possible` now.
    pub(crate) fn check_due(&mut self, is_possible: bool, now: Instant) -> Option<Instant> {
        self.intent.check.due(is_possible && self.progress.can_check(), &self.waited, now)
    }

    /// Returns whether the due time of a periodic version check has passed.
    pub(crate) fn is_check_over(&self, now: Instant) -> bool {
        self.progress.can_check() && self.intent.check.is_over(now)
    }

    /// A live watch ended, whatever ended it.
    pub(crate) fn lasted(&mut self, opened: Instant, now: Instant) {
        if now.since(opened) >= backoff::LASTING {
            self.health.progress();
        }
        // The watch was open at the time when the machine would have given up.
        if self.gives_up(now).is_some_and(|due| due <= now) {
            self.health.over();
        }
    }

    /// Returns when to give up, if there is no progress until then.
    pub(crate) fn gives_up(&mut self, now: Instant) -> Option<Instant> {
        let patience = self.parts().give_up_after?;
        self.health.gives_up(patience, &self.waited, now)
    }

    /// Counts one more failure, and returns how long to wait.
    pub(crate) fn backoff(&mut self) -> Duration {
        self.backoff_within(Duration::MAX)
    }

    /// Counts one more failure, and returns how long to wait, with a backoff no longer than this.
    pub(crate) fn backoff_within(&mut self, longest: Duration) -> Duration {
        self.health.backoff(longest, &self.config.parts().timing, &mut self.rng)
    }

    /// Returns a random part of the time over which the clients of a lost server spread.
    pub(crate) fn spread(&mut self) -> Duration {
        reconnect::spread(self.config.parts().timing.shortest_backoff, &mut self.rng)
    }

    /// The final read is sent now.
    pub(crate) fn ask_finally(&mut self, now: Instant) {
        self.deadline.ask(now);
        self.restart(InitialCause::Relist);
        self.intent.be_consistent();
        // The final read itself shows the server's version.
        self.intent.check.skip();
    }

    /// The deadline was reached. Sets the last failure: none on an open watch; a timeout if the final read wasn't
    /// answered.
    pub(crate) fn deadline_reached(&mut self, phase: Phase, now: Instant) {
        match phase {
            Phase::Live => self.health.over(),
            // A read that was dropped for a relist isn't a timeout.
            Phase::Starting => {}
            _ => {
                let Some(at) = self.deadline.unanswered() else { return };
                let of = if phase == Phase::Opening { TimedOut::Head } else { TimedOut::List };
                let cause = Cause::Timeout { of, lasted: now.since(at) };
                let trouble = Trouble::new(&self.config, During::List { page: 1 }, cause, None);
                self.health.set_last(trouble, &self.waited, now);
            }
        }
    }

    /// Returns whether nothing was sent and no relist was requested.
    #[cfg(feature = "trace")]
    pub(crate) fn is_unused(&self) -> bool {
        // A relist replaces the start from now on, even if there is no version yet.
        let starts_now = self.config.parts().start == Start::Now && !self.progress.is_resumed();
        let is_restarting = self.progress.is_restarting() || (starts_now && self.intent.aim() == Aim::List);
        self.outbox.is_unused() && !is_restarting && self.deadline.at().is_none()
    }

    /// Records an output that leaves the machine. All outputs pass here.
    pub(crate) fn record(&mut self, output: &mut Output, now: Instant) {
        let Output::Event(event) = output else { return };
        if let Some(object) = event.object_mut() {
            object.watched_as_secret(self.config.watches_secrets());
        }
        let followed = self.progress.follow(event, now);
        if followed.moved {
            self.health.progress();
        }
        if let Event::InitialEnd { .. } = event {
            self.intent.synced(now);
            self.health.synced(now);
            if self.deadline.answers() {
                self.health.over();
            }
        }
        if let Some(restarted) = followed.restarted {
            self.outbox.notify(restarted);
        }
    }

    /// Discards the version to resume from, so the next request is a list.
    pub(crate) fn restart(&mut self, cause: InitialCause) {
        if self.progress.restart(cause) {
            // An old list would contradict what was seen.
            self.intent.be_consistent();
        }
        self.intent.restart(cause);
    }

    /// The server's history was replaced. Accepts that, and reports it.
    pub(crate) fn roll_back(&mut self) {
        self.intent.be_consistent();
        self.progress.roll_back();
        self.health.roll_back();
    }

    /// The server has what was seen.
    pub(crate) fn is_up_to_date(&mut self, now: Instant) {
        self.health.is_up_to_date(now);
        self.intent.check.settle();
    }
}
