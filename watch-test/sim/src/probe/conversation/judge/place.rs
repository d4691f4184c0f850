//! Checks that the checkpoint covers exactly the returned events, and that `synced_as_of` is the time of the last
//! event.

use core::cmp::Ordering;
use core::time::Duration;

use watch_core::{Event, Instant, Next, Notice, Output, ResourceVersion, Start, Watcher};

use crate::probe::conversation::asked::{Asked, Class};
use crate::violation::{Oracle, Violation, broken};

/// The version up to which events were returned, by the documentation of `Event` and `Checkpoint`.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    version: Option<ResourceVersion>,
    /// Set while a watch without a version has returned only ADDED events: the version of the newest one.
    unordered: Option<Option<ResourceVersion>>,
    /// Whether the machine has a reason to discard its version.
    may_forget: bool,
    /// Whether a failure was reported as needing attention. It isn't reported again until there is progress.
    is_blocked: bool,
    /// Whether the version may become the one of a list of one object.
    may_jump: bool,
    /// Whether the object is read once more before the deadline. There is no notice for that.
    reads_finally: bool,
    as_of: Option<Duration>,
}

impl Place {
    pub(super) fn new(start: &Start) -> Self {
        match start {
            Start::From(version) => Self::resumed(version),
            Start::Now => Self { may_jump: true, ..Self::default() },
            _ => Self::default(),
        }
    }

    /// Sets that the machine is a wait for an object.
    pub(super) const fn reading_finally(mut self) -> Self {
        self.reads_finally = true;
        self
    }

    pub(super) fn resumed(version: &ResourceVersion) -> Self {
        Self { version: Some(version.clone()), ..Self::default() }
    }

    pub(super) const fn version(&self) -> Option<&ResourceVersion> {
        self.version.as_ref()
    }

    pub(super) const fn as_of(&self) -> Option<Duration> {
        self.as_of
    }

    pub(super) fn relist(&mut self) {
        self.version = None;
        self.may_forget = true;
        self.may_jump = false;
    }

    pub(super) fn output(&mut self, output: &Output, watcher: &Watcher, now: Duration) -> Result<(), Violation> {
        match output {
            Output::Event(event) => self.event(event, now),
            Output::Notice(Notice::Retrying { next: Next::Relist, .. } | Notice::FellBack { .. }) => {
                self.may_forget = true;
            }
            Output::Notice(Notice::NeedsAttention { .. }) => self.is_blocked = true,
            Output::Send(request) => {
                self.unordered = (Asked::read(request).class == Class::Unversioned).then_some(None);
            }
            // The reason of the abort follows as the next output.
            Output::Abort(_) => return Ok(()),
            _ => {}
        }
        let freshness = watcher.freshness();
        self.is_blocked &= freshness.attempts > 0;
        self.may_forget |= self.is_blocked || self.reads_finally;
        let found = freshness.resource_version;
        if found.is_none() && self.may_forget {
            self.version = None;
        }
        if let (Some(found), None, true) = (found, &self.version, self.may_jump) {
            self.version = Some(found.clone());
            self.may_jump = false;
        }
        if found != self.version.as_ref() {
            let message =
                format!("the version to resume from is {found:?}, not that of the events, {:?}", self.version);
            return broken(Oracle::Resumable, message);
        }
        self.may_forget &= matches!(output, Output::Notice(_));
        let checkpoint = watcher.checkpoint();
        if checkpoint.as_ref().map(watch_core::Checkpoint::resource_version) != found {
            return broken(Oracle::Resumable, format!("{checkpoint:?}, but the version to resume from is {found:?}"));
        }
        let as_of = freshness.synced_as_of.map(Instant::since_origin);
        if as_of != self.as_of {
            return broken(
                Oracle::Resumable,
                format!("synced as of {as_of:?}, but the last event came at {:?}", self.as_of),
            );
        }
        Ok(())
    }

    fn event(&mut self, event: &Event, now: Duration) {
        let found = match event {
            Event::InitialBegin { .. } => {
                self.version = None;
                self.unordered = None;
                return;
            }
            Event::Initial(_) => return,
            Event::InitialEnd { resource_version } | Event::Bookmark { resource_version } => {
                self.unordered = None;
                self.version = Some(resource_version.clone());
                self.as_of = Some(now);
                return;
            }
            Event::Added(object) | Event::Modified(object) | Event::Deleted(object) => object.resource_version(),
        };
        if let Some(newest) = &mut self.unordered {
            if matches!(event, Event::Added(_)) {
                if newest.as_ref().is_none_or(|newest| newest.is_before(found)) {
                    *newest = Some(found.clone());
                }
                return;
            }
            let newest = newest.take().filter(|newest| found.is_before(newest));
            self.unordered = None;
            self.version = Some(newest.unwrap_or_else(|| found.clone()));
            self.as_of = Some(now);
            return;
        }
        let Some(version) = &mut self.version else { return };
        let is_deletion = matches!(event, Event::Deleted(_));
        let order = found.compare(version);
        if order == Some(Ordering::Greater) || order.is_none() && !is_deletion {
            *version = found.clone();
        }
        if order != Some(Ordering::Less) || is_deletion {
            self.as_of = Some(now);
        }
    }
}
