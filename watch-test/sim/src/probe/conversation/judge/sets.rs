//! Lists begin and end, say why they come, and a relist reports what it replaced.

use core::time::Duration;

use watch_core::{Event, InitialCause, Notice, Output, ResourceVersion};

use super::place::Place;
use crate::violation::{Oracle, Violation, broken};

#[derive(Clone, Debug, Default)]
pub(super) struct Sets {
    /// The objects of the list that is under way.
    objects: Option<u64>,
    /// A list was begun, or completed, in this process.
    had_any: bool,
    last: Option<InitialCause>,
    /// What was known when the version was given up: the version, and since when nothing came.
    left: Option<(ResourceVersion, Option<Duration>)>,
    /// The last list that was completed had this many objects.
    complete: Option<u64>,
}

impl Sets {
    /// Checks an output. `place` is where events were up to before it.
    pub(super) fn output(&mut self, output: &Output, place: &Place, now: Duration) -> Result<(), Violation> {
        if let Some(version) = place.version().filter(|_| !matches!(output, Output::Notice(Notice::Relisted { .. }))) {
            self.left = Some((version.clone(), place.as_of()));
        }
        match output {
            Output::Event(event) => self.event(event),
            Output::Notice(Notice::Relisted { cause, from, to, gap, objects, changes }) => {
                let broken = |what: &str| broken(Oracle::Restarts, format!("{output:?}: {what}"));
                // The place is already that after the list.
                if place.version() != Some(to) {
                    return broken("it isn't at the version that it says");
                }
                if changes.is_some() {
                    return broken("the watcher knows no changes");
                }
                if objects.is_some_and(|objects| self.complete != Some(objects)) {
                    return broken("the list had another number of objects");
                }
                if objects.is_some() && self.last.is_some_and(|last| last != InitialCause::Retry && last != *cause) {
                    return broken("the list began for another reason");
                }
                let Some((left, as_of)) = &self.left else { return broken("there was no version to begin with") };
                if left != from || *gap != as_of.map(|as_of| now.saturating_sub(as_of)) {
                    return broken(&format!("it left {left:?}, and the last news came at {as_of:?}"));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn event(&mut self, event: &Event) -> Result<(), Violation> {
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
            Event::InitialEnd { .. } => match self.objects.take() {
                Some(objects) => self.complete = Some(objects),
                None => return broken("no list was begun"),
            },
            Event::Added(_) | Event::Modified(_) | Event::Deleted(_) | Event::Bookmark { .. } => {}
        }
        Ok(())
    }
}
