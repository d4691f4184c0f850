//! Checks that lists begin and end, that their cause is right, and that a relist reports the state before it.

use core::time::Duration;

use watch_core::{Cause, Event, InitialCause, ListSemantics, Next, Notice, Output, ResourceVersion};

use super::place::Place;
use crate::probe::conversation::setup::Setup;
use crate::violation::{Oracle, Violation, broken};

#[derive(Clone, Debug, Default)]
pub(super) struct Lists {
    /// The number of objects so far of the list in progress.
    objects: Option<u64>,
    /// Whether a list was begun or completed in this process.
    had_any: bool,
    last: Option<InitialCause>,
    /// The state when the version was discarded: the version, and the time of the last event.
    left: Option<(ResourceVersion, Option<Duration>)>,
    /// The number of objects of the last complete list.
    complete: Option<u64>,
    /// A list may be older than the version in the configuration: the machine accepted that, or asks for the newest one.
    may_be_older: bool,
}

impl Lists {
    /// The object is read once more before the deadline.
    pub(super) const fn reads_finally(&mut self) {
        self.may_be_older = true;
    }

    /// Checks an output. `place` is the state before the output.
    pub(super) fn output(
        &mut self,
        output: &Output,
        setup: &Setup,
        place: &Place,
        now: Duration,
    ) -> Result<(), Violation> {
        if let Some(version) = place.version().filter(|_| !matches!(output, Output::Notice(Notice::Relisted { .. }))) {
            self.left = Some((version.clone(), place.as_of()));
        }
        match output {
            Output::Event(event) => self.event(event, setup),
            Output::Notice(Notice::Retrying { trouble, next: Next::Relist, .. }) => {
                self.may_be_older |= matches!(trouble.cause, Cause::Rollback { .. } | Cause::Status(_));
                Ok(())
            }
            Output::Notice(Notice::Relisted { cause, from, to, gap, objects, changes }) => {
                let broken = |what: &str| broken(Oracle::Restarts, format!("{output:?}: {what}"));
                // Here, the place is already the state after the list.
                if place.version() != Some(to) {
                    return broken("its version isn't the one that the notice reports");
                }
                if changes.is_some() {
                    return broken("a watcher can't know the changes");
                }
                if objects.is_some_and(|objects| self.complete != Some(objects)) {
                    return broken("the list had another number of objects");
                }
                if objects.is_some() && self.last.is_some_and(|last| last != InitialCause::Retry && last != *cause) {
                    return broken("the list began for another reason");
                }
                let Some((left, as_of)) = &self.left else { return broken("there was no version before the relist") };
                if left != from || *gap != as_of.map(|as_of| now.saturating_sub(as_of)) {
                    return broken(&format!("the version before was {left:?}, and the last event came at {as_of:?}"));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn event(&mut self, event: &Event, setup: &Setup) -> Result<(), Violation> {
        let broken = |what: &str| broken(Oracle::Grammar, format!("{event}: {what}"));
        match event {
            Event::InitialBegin { cause } => {
                if *cause == InitialCause::First && self.had_any {
                    return broken("there was a list before");
                }
                if *cause == InitialCause::Retry && self.objects.is_none() {
                    return broken("no list before was left incomplete");
                }
                self.objects = Some(0);
                self.had_any = true;
                self.last = Some(*cause);
            }
            Event::Initial(_) => match &mut self.objects {
                Some(objects) => *objects += 1,
                None => return broken("no list was begun"),
            },
            Event::InitialEnd { resource_version } => {
                let Some(objects) = self.objects.take() else { return broken("no list was begun") };
                let had_version = self.complete.replace(objects).is_some() || self.left.is_some();
                if let ListSemantics::NotOlderThan(least) = &setup.semantics
                    && resource_version.is_before(least)
                    && !had_version
                    && !self.may_be_older
                {
                    return broken(&format!("the configuration requires at least {least}"));
                }
            }
            Event::Added(_) | Event::Modified(_) | Event::Deleted(_) | Event::Bookmark { .. } => {}
        }
        Ok(())
    }
}
