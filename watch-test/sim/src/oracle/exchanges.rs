//! One exchange at a time; nothing is told of one that is over, and nothing at all behind the end.

use watch_core::{Event, InitialCause, Notice, Output, RequestId};

use crate::violation::{Oracle, Violation, broken};

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exchanges {
    /// The one that was sent last, unless it was given up.
    open: Option<RequestId>,
    /// The last that was sent.
    last: Option<RequestId>,
    /// Its end was handed in.
    has_ended: bool,
    /// All was said.
    is_done: bool,
    /// Why the next set may come: each reason is good for one.
    reasons: Vec<InitialCause>,
}

impl Exchanges {
    /// The consumer said that it wants no more: nothing but the end may come, and before it that the exchange is
    /// dropped.
    pub(crate) const fn stopped(&mut self) {
        self.is_done = true;
    }

    /// The consumer asked for the set.
    pub(crate) fn relist(&mut self) {
        self.reasons.push(InitialCause::Relist);
        self.has_ended = true;
    }

    /// An end was handed in.
    pub(crate) fn ended(&mut self, id: RequestId) {
        self.has_ended |= self.open == Some(id);
    }

    pub(crate) fn output(&mut self, output: &Output) -> Result<(), Violation> {
        if self.is_done && !matches!(output, Output::Abort(_) | Output::Done(_)) {
            return broken(Oracle::Silence, format!("{output:?} behind the end"));
        }
        match output {
            Output::Send(request) => {
                // A number that was used before could be that of a connection whose bytes still come.
                if self.last.is_some_and(|last| request.id <= last) {
                    return broken(Oracle::Silence, format!("{} was used before", request.id));
                }
                self.last = Some(request.id);
                if let Some(open) = self.open
                    && !self.has_ended
                {
                    return broken(Oracle::Silence, format!("{} is sent while {open} is open", request.id));
                }
                self.open = Some(request.id);
                self.has_ended = false;
            }
            Output::Abort(id) => {
                if self.open != Some(*id) || (self.has_ended && !self.is_done && self.reasons.is_empty()) {
                    return broken(Oracle::Silence, format!("{id} is dropped, which isn't open"));
                }
                self.open = None;
            }
            Output::Event(event) => {
                if self.open.is_none() {
                    return broken(Oracle::Silence, format!("{event}, though no exchange is open"));
                }
                return self.event(event);
            }
            Output::Notice(Notice::Retrying { .. } | Notice::NeedsAttention { .. } | Notice::FellBack { .. }) => {
                self.open = None;
            }
            Output::Done(_) => self.is_done = true,
            Output::Notice(_) | Output::Wait(_) => {}
        }
        Ok(())
    }

    /// A set comes for a reason, and says which.
    fn event(&mut self, event: &Event) -> Result<(), Violation> {
        if let Event::InitialBegin { cause: InitialCause::Relist } = event {
            if self.reasons.is_empty() {
                return broken(Oracle::Restarts, "a set comes because the consumer asked, but it didn't");
            }
            self.reasons.clear();
        }
        Ok(())
    }
}
