//! What the consumer has received.

use alloc::boxed::Box;

use super::position::Position;
use crate::config::Start;
use crate::io::event::{Event, InitialCause};
use crate::io::notice::Notice;
use crate::io::time::Instant;
use crate::wire::version::ResourceVersion;

/// What the consumer has received. It follows the events that left the machine.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    position: Position,
    initial: Initial,
    /// Boxed, because it is rare.
    restart: Option<Box<Restart>>,
    /// The watch resumed from a checkpoint.
    #[cfg_attr(not(feature = "trace"), expect(dead_code, reason = "only a trace needs it"))]
    resumed: bool,
    /// When the consumer was last up to date: at the last event, bookmark or list. Bytes alone prove nothing: they may
    /// report that the version expired. The end of a watch proves nothing either: the server ends a watch that is too
    /// slow in the same way.
    as_of: Option<Instant>,
}

/// The state of the initial list.
#[derive(Clone, Copy, Debug)]
struct Initial {
    cause: InitialCause,
    begun: bool,
    /// The number of its objects that were emitted.
    objects: u64,
}

impl Initial {
    const fn to_come(cause: InitialCause) -> Self {
        Self { cause, begun: false, objects: 0 }
    }
}

/// A relist that is in progress.
#[derive(Clone, Debug)]
struct Restart {
    cause: InitialCause,
    from: ResourceVersion,
    since: Option<Instant>,
}

/// The effect of an event that left the machine.
#[derive(Debug)]
pub(crate) struct Followed {
    /// The version to resume from changed.
    pub(crate) moved: bool,
    /// The relist that the event completed.
    pub(crate) restarted: Option<Notice>,
}

impl Progress {
    pub(crate) fn new(start: &Start) -> Self {
        Self::at(match start {
            Start::InitialList(_) | Start::Now => Position::unknown(),
            Start::From(version) => Position::at(version.clone()),
        })
    }

    pub(crate) fn resumed(from: ResourceVersion) -> Self {
        Self { resumed: true, ..Self::at(Position::at(from)) }
    }

    const fn at(position: Position) -> Self {
        Self { position, initial: Initial::to_come(InitialCause::First), restart: None, resumed: false, as_of: None }
    }

    pub(crate) const fn position(&self) -> &Position {
        &self.position
    }

    /// Returns the version to resume from.
    pub(crate) const fn version(&self) -> Option<&ResourceVersion> {
        self.position.version()
    }

    /// Returns the newest version that was emitted.
    pub(crate) const fn seen(&self) -> Option<&ResourceVersion> {
        self.position.seen()
    }

    /// Returns whether a version check can show anything: versions that aren't numbers can't be compared.
    pub(crate) fn can_check(&self) -> bool {
        self.seen().is_some_and(ResourceVersion::is_ordered)
    }

    /// Returns the cause of the list that begins now.
    pub(crate) const fn initial_cause(&self) -> InitialCause {
        if self.initial.begun { InitialCause::Retry } else { self.initial.cause }
    }

    /// Returns when the consumer was last up to date.
    pub(crate) const fn as_of(&self) -> Option<Instant> {
        self.as_of
    }

    #[cfg(feature = "trace")]
    pub(crate) const fn is_resumed(&self) -> bool {
        self.resumed
    }

    #[cfg(feature = "trace")]
    pub(crate) const fn is_restarting(&self) -> bool {
        self.restart.is_some()
    }

    /// Follows an event that left the machine.
    pub(crate) fn follow(&mut self, event: &Event, now: Instant) -> Followed {
        let is_repeat = self.position.is_repeat(event);
        let moved = self.position.observe(event);
        let restarted = match event {
            Event::InitialBegin { .. } => {
                self.initial.begun = true;
                self.initial.objects = 0;
                None
            }
            Event::Initial(_) => {
                self.initial.objects += 1;
                None
            }
            Event::InitialEnd { .. } => {
                self.initial.begun = false;
                self.synced(Some(self.initial.objects), now)
            }
            // A repeat doesn't show that the consumer is up to date.
            Event::Added(_) | Event::Modified(_) if is_repeat => None,
            Event::Added(_) | Event::Modified(_) | Event::Deleted(_) | Event::Bookmark { .. } => self.synced(None, now),
        };
        Followed { moved, restarted }
    }

    /// The consumer is up to date if there is a version to resume from, after a list of this many objects or by
    /// resuming. That ends a relist.
    fn synced(&mut self, objects: Option<u64>, now: Instant) -> Option<Notice> {
        let to = self.position.version().cloned()?;
        self.as_of = Some(now);
        let Restart { cause, from, since } = *self.restart.take()?;
        let gap = since.map(|since| now.since(since));
        Some(Notice::Relisted { cause, from, to, gap, objects, changes: None })
    }

    /// A watch without a version begins.
    pub(crate) fn unordered(&mut self) {
        self.position.unordered();
    }

    /// Moves to a version without an event.
    pub(crate) fn jump(&mut self, version: ResourceVersion) {
        self.position.jump(version);
    }

    /// Discards the version to resume from. Returns whether there was one.
    pub(crate) fn restart(&mut self, cause: InitialCause) -> bool {
        let from = self.position.forget();
        let had_version = from.is_some();
        if let Some(from) = from {
            self.restart = Some(Box::new(Restart { cause, from, since: self.as_of }));
            self.initial = Initial::to_come(cause);
        }
        had_version
    }

    /// The server's history was replaced.
    pub(crate) fn roll_back(&mut self) {
        self.position.forget_seen();
        self.initial = Initial::to_come(InitialCause::Rollback);
        if let Some(restart) = &mut self.restart {
            restart.cause = InitialCause::Rollback;
        }
    }
}
