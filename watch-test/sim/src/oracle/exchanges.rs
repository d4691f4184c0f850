//! One exchange at a time; no events of an exchange that is over, and no output after the end.

use watch_core::{Event, InitialCause, Notice, Output, RequestId};

use crate::violation::{Oracle, Violation, broken};

#[derive(Clone, Debug, Default)]
pub(crate) struct Exchanges {
    /// The exchange that was sent last, unless it was aborted.
    open: Option<RequestId>,
    /// The last request id.
    last: Option<RequestId>,
    /// Its end was handed in.
    has_ended: bool,
    /// The watch is done.
    is_done: bool,
    /// The valid reasons for the next lists.
    reasons: Vec<InitialCause>,
}

impl Exchanges {
    /// The consumer stopped the watch: only the abort of the exchange, and then the end, may follow.
    pub(crate) const fn stopped(&mut self) {
        self.is_done = true;
    }

    /// Records that the consumer requested a relist.
    pub(crate) fn relist(&mut self) {
        self.reasons.push(InitialCause::Relist);
        self.has_ended = true;
    }

    /// Records that an end was handed in.
    pub(crate) fn ended(&mut self, id: RequestId) {
        self.has_ended |= self.open == Some(id);
    }

    pub(crate) fn output(&mut self, output: &Output) -> Result<(), Violation> {
        if self.is_done && !matches!(output, Output::Abort(_) | Output::Done(_)) {
            return broken(Oracle::Silence, format!("{output:?} after the end"));
        }
        match output {
            Output::Send(request) => {
                // An id in use again could be confused with the connection whose bytes still arrive.
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
                    return broken(Oracle::Silence, format!("{id} is aborted, but isn't open"));
                }
                self.open = None;
            }
            Output::Event(event) => {
                if self.open.is_none() {
                    return broken(Oracle::Silence, format!("{event}, although no exchange is open"));
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

    /// Checks that a list has a valid reason.
    fn event(&mut self, event: &Event) -> Result<(), Violation> {
        if let Event::InitialBegin { cause: InitialCause::Relist } = event {
            if self.reasons.is_empty() {
                return broken(Oracle::Restarts, "the cause of a list is a relist that the consumer didn't request");
            }
            self.reasons.clear();
        }
        Ok(())
    }
}
