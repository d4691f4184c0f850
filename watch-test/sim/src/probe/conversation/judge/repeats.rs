//! Events that are older than what was seen.
//!
//! A watch emits them only if the server repeats its objects. A server counts as such if a watch begins with old ADDED
//! events and directly follows a list of the objects, or a version check if there never was such a list. It also does
//! if a list follows old ADDED events and shows no restore. A broken watch of such a server is followed by a list,
//! because its next watch doesn't report what was deleted in between ([`watch_core::InitialCause::Broken`]).

use core::time::Duration;

use watch_core::{Cause, Event, Next, Notice, Output, ResourceVersion, ResponseHead, Skipped, Waiting};

use super::clock::Clock;
use super::received::Received;
use super::received::object;
use crate::oracle::reconnects::is_break;
use crate::probe::conversation::asked::{Asked, Class};
use crate::violation::{Oracle, Violation, broken};

/// The time within which a watch returns the objects that it begins with.
const BEGINS: Duration = Duration::from_secs(10);

/// The time within which a watch must end after its streaming list, so that the next one still follows the list.
const RECENT: Duration = Duration::from_secs(10);

#[derive(Clone, Debug)]
pub(super) struct Repeats {
    /// The server repeats its objects.
    is_known: bool,
    /// A watch was closed for old ADDED events, and no list or version check was answered since.
    is_suspected: bool,
    /// A list or a version check was answered, and no watch was opened since. The list had the objects.
    is_fresh: bool,
    follows_objects: bool,
    had_objects: bool,
    /// The last request was a version check.
    is_checking: bool,
    open: Option<Watch>,
    is_watch: bool,
    /// When the open watch completed its streaming list.
    listed: Option<Duration>,
    /// An old event couldn't be read, so the state of the machine is unknown.
    is_lost: bool,
}

/// The open watch.
#[derive(Clone, Copy, Debug)]
struct Watch {
    /// The waited time at its beginning.
    began: Duration,
    was_fresh: bool,
    /// It directly follows an answer, and there were only ADDED events since.
    is_beginning: bool,
    has_skipped: bool,
}

impl Repeats {
    pub(super) const fn new() -> Self {
        Self {
            is_known: false,
            is_suspected: false,
            is_fresh: false,
            follows_objects: false,
            had_objects: false,
            is_checking: false,
            open: None,
            is_watch: false,
            listed: None,
            is_lost: false,
        }
    }

    /// The head of the open exchange is processed by the next output.
    pub(super) fn opens(&mut self, head: &ResponseHead, clock: &Clock) {
        if self.is_watch && is_accepted(head) {
            let was_fresh = core::mem::replace(&mut self.is_fresh, false);
            self.open = Some(Watch { began: clock.total(), was_fresh, is_beginning: was_fresh, has_skipped: false });
        }
    }

    /// Checks an output. `version` is the version to resume from before the output.
    pub(super) fn output(
        &mut self,
        output: &Output,
        asked: Option<&Asked>,
        version: Option<&ResourceVersion>,
        received: &Received,
        clock: &Clock,
    ) -> Result<(), Violation> {
        if has_ended(output)
            && let Some(listed) = self.listed.take()
        {
            self.is_fresh &= clock.now().saturating_sub(listed) < RECENT;
        }
        match output {
            Output::Send(_) => {
                let Some(asked) = asked else { return Ok(()) };
                // Where the check isn't possible, the watch is the only source, which counts as an answer.
                if self.is_checking && asked.class == Class::Watch {
                    self.answered(false);
                }
                self.is_checking =
                    asked.class == Class::Version || asked.class == Class::StreamingList && version.is_some();
                self.is_watch = asked.class.is_watch();
                self.open = None;
                Ok(())
            }
            Output::Event(event) => self.event(event, output, version, clock),
            Output::Notice(Notice::Skipped { what: Skipped::Duplicate { .. } }) => {
                if let Some(open) = &mut self.open {
                    open.has_skipped = true;
                }
                Ok(())
            }
            Output::Notice(Notice::Retrying { trouble, next, .. }) => match &trouble.cause {
                Cause::OldEvent { .. } => self.old_event(output, received, clock),
                Cause::SlowOpening { .. } => {
                    self.is_fresh |= self.open.take().is_some_and(|open| open.was_fresh);
                    Ok(())
                }
                cause if is_break(cause) && trouble.during.kind() == "watch" => {
                    if self.is_known && self.had_objects && !self.is_lost && *next != Next::Relist {
                        let message = "the server begins each watch with all objects, so a list must follow";
                        return broken(Oracle::Restarts, format!("{output:?}: {message}"));
                    }
                    Ok(())
                }
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn event(
        &mut self,
        event: &Event,
        output: &Output,
        version: Option<&ResourceVersion>,
        clock: &Clock,
    ) -> Result<(), Violation> {
        match event {
            Event::InitialEnd { .. } => {
                self.answered(true);
                self.listed = self.is_watch.then(|| clock.now());
                if let Some(open) = &mut self.open {
                    open.is_beginning = true;
                }
            }
            Event::Bookmark { .. } => {
                if let Some(open) = &mut self.open {
                    open.is_beginning = false;
                }
            }
            Event::Added(_) | Event::Modified(_) | Event::Deleted(_) => {
                self.begins(matches!(event, Event::Added(_)), clock);
                let is_old = object(event)
                    .zip(version)
                    .is_some_and(|(object, version)| object.resource_version().is_before(version));
                if !is_old || matches!(event, Event::Deleted(_)) || self.is_lost {
                    return Ok(());
                }
                if !self.is_known && !self.may_repeat() {
                    let message = "an old event, and nothing shows that the server repeats its objects";
                    return broken(Oracle::Ordered, format!("{output:?} after {version:?}: {message}"));
                }
                self.is_known = true;
            }
            Event::InitialBegin { .. } | Event::Initial(_) => {}
        }
        Ok(())
    }

    /// A watch was closed for an old event.
    fn old_event(&mut self, output: &Output, received: &Received, clock: &Clock) -> Result<(), Violation> {
        if self.is_lost {
            return Ok(());
        }
        if self.is_known {
            return broken(Oracle::Restarts, format!("{output:?}: the server repeats its objects"));
        }
        let Some(change) = received.next_change().filter(|_| !self.open.is_none_or(|open| open.has_skipped)) else {
            self.is_lost = true;
            return Ok(());
        };
        self.begins(change.kind == "ADDED", clock);
        if self.may_repeat() {
            return broken(Oracle::Restarts, format!("{output:?}: the watch begins with it, directly after a list"));
        }
        self.is_suspected |= change.kind == "ADDED";
        Ok(())
    }

    /// Returns whether an old event shows that the server repeats its objects.
    fn may_repeat(&self) -> bool {
        self.open.is_some_and(|open| open.is_beginning) && (self.follows_objects || !self.had_objects)
    }

    fn begins(&mut self, is_added: bool, clock: &Clock) {
        if let Some(open) = &mut self.open {
            open.is_beginning &= is_added && clock.total().saturating_sub(open.began) <= BEGINS;
        }
    }

    /// A list or a version check isn't older than what was seen.
    fn answered(&mut self, has_objects: bool) {
        self.is_known |= core::mem::take(&mut self.is_suspected);
        self.is_fresh = true;
        self.had_objects |= has_objects;
        self.follows_objects = has_objects;
    }
}

/// Returns whether the open exchange is over by the time of the output.
fn has_ended(output: &Output) -> bool {
    match output {
        Output::Send(_) | Output::Notice(Notice::Retrying { .. }) => true,
        Output::Wait(wait) => wait.on == Waiting::Backoff,
        _ => false,
    }
}

/// Returns whether the body of a response is read as what was requested.
pub(super) fn is_accepted(head: &ResponseHead) -> bool {
    let is_json = head.content_type.as_deref().is_none_or(|kind| {
        ["application/json", "application/octet-stream"].contains(&kind.split(';').next().unwrap_or_default().trim())
    });
    head.status == 200 && is_json && head.content_encoding.as_deref().is_none_or(|encoding| encoding == "identity")
}
