//! What outlives a state.

pub(crate) mod backoff;
mod deadline;
mod health;
mod intent;
mod outbox;
pub(crate) mod position;
mod progress;
pub(crate) mod regression;
mod rng;
pub(crate) mod streaming;
pub(crate) mod tally;
mod version_check;
pub(crate) mod waited;

pub(crate) use self::deadline::Deadline;
pub(crate) use self::health::Health;
pub(crate) use self::intent::{Aim, Intent};
pub(crate) use self::outbox::Outbox;
pub(crate) use self::progress::Progress;
pub(crate) use self::rng::Rng;
pub(crate) use self::waited::Waited;
use crate::config::{Config, Parts};
use crate::io::cause::{Cause, TimedOut};
use crate::io::checkpoint::Checkpoint;
use crate::io::event::{Event, InitialCause};
use crate::io::output::Output;
use crate::io::phase::Phase;
use crate::io::time::Instant;
use crate::io::trouble::{During, Trouble};

/// What outlives a state, in parts that are each written by their own methods alone. What needs one part is given that
/// part, so that its signature says what it may see; here is what concerns several.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    pub(crate) config: Config,
    pub(crate) rng: Rng,
    /// For how long was waited.
    pub(crate) waited: Waited,
    /// When everything ends.
    pub(crate) deadline: Deadline,
    /// What to ask for.
    pub(crate) intent: Intent,
    /// How it goes.
    pub(crate) health: Health,
    /// Where the consumer is.
    pub(crate) progress: Progress,
    /// What waits to be sent.
    pub(crate) outbox: Outbox,
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

    /// When an open watch ends for a version check, if the configuration asks for that.
    pub(crate) fn check_due(&mut self, now: Instant) -> Option<Instant> {
        let every = self.parts().check_every.filter(|_| self.progress.can_check())?;
        Some(self.intent.check.due(every, &self.waited, now))
    }

    /// Whether an open watch ends now for a version check.
    pub(crate) fn is_check_due(&mut self, now: Instant) -> bool {
        self.check_due(now).is_some_and(|due| due <= now)
    }

    /// When it is to give up, if there is no progress until then.
    pub(crate) fn gives_up(&self, now: Instant) -> Option<Instant> {
        self.health.gives_up(self.parts().give_up_after?, &self.waited, now)
    }

    /// The final read is asked for now.
    pub(crate) fn ask_finally(&mut self, now: Instant) {
        self.deadline.ask(self.health.attempts(), now);
        self.restart(InitialCause::Relist);
        self.intent.be_consistent();
        // The read itself shows how far the server is.
        self.intent.check.skip();
    }

    /// The deadline came. What counts as the last trouble then: none on a watch that is open; the silence of a final read
    /// that wasn't answered.
    pub(crate) fn deadline_came(&mut self, phase: Phase, now: Instant) {
        match phase {
            Phase::Live => self.health.over(),
            // A read that was dropped for a relist wasn't silent.
            Phase::Starting => {}
            _ => {
                let Some(at) = self.deadline.unanswered(self.health.attempts()) else { return };
                let of = if phase == Phase::Opening { TimedOut::Head } else { TimedOut::List };
                let cause = Cause::Timeout { of, lasted: now.since(at) };
                self.health.set_last(Trouble::new(&self.config, During::List { page: 1 }, cause, None));
            }
        }
    }

    /// Nothing was sent, and no restart asked for.
    #[cfg(feature = "trace")]
    pub(crate) fn is_unused(&self) -> bool {
        self.outbox.is_unused() && !self.progress.is_restarting() && self.deadline.at().is_none()
    }

    /// The one door through which outputs leave: what passes here is what is remembered.
    pub(crate) fn leaving(&mut self, output: &mut Output, now: Instant) {
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
            self.outbox.say(restarted);
        }
    }

    /// Gives up the version: what comes next begins with the set.
    pub(crate) fn restart(&mut self, cause: InitialCause) {
        if self.progress.restart(cause) {
            // There is something seen that a set from the past would contradict.
            self.intent.be_consistent();
        }
        self.intent.restart(cause);
    }

    /// The server's history is another one than was seen: believed from now on, and said to be so.
    pub(crate) fn roll_back(&mut self) {
        self.intent.be_consistent();
        self.progress.roll_back();
        self.health.roll_back();
    }

    /// The server has what was seen.
    pub(crate) const fn is_up_to_date(&mut self, now: Instant) {
        self.health.is_up_to_date(now);
        self.intent.check.settle();
    }
}
