//! What can't be read is told, and never passed over in silence.
//!
//! That nothing is lost by it the oracle of the stream sees, but only when something follows; here it must be said, also
//! of the last event there is.

use watch_core::{Notice, Output};

use crate::violation::{Oracle, Violation, broken};

/// What arrived that can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrived {
    /// A whole document of a watch: nothing can be waited for.
    Document,
    /// Bytes of a watch with which more may belong.
    Bytes,
    /// All of a list.
    List,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unreadable {
    owed: Option<Arrived>,
    /// It waited since, so that all that came before was told.
    has_waited: bool,
    /// What was open was given up: what still comes of it is never looked at.
    is_deaf: bool,
}

impl Unreadable {
    /// It was handed in. `is_blocked`: somebody was told to mend something, and until there is progress it isn't said
    /// again of the same kind, whatever it was that came.
    pub(crate) const fn handed_in(&mut self, what: Arrived, is_blocked: bool) {
        if !(self.is_deaf || is_blocked) {
            // Within one that has no end, a whole document is no document.
            if !matches!(self.owed, Some(Arrived::Bytes)) {
                self.owed = Some(what);
                self.has_waited = false;
            }
        }
    }

    /// The exchange was given up by whoever drives.
    pub(crate) const fn given_up(&mut self) {
        self.owed = None;
        self.is_deaf = true;
    }

    pub(crate) fn output(&mut self, output: &Output) -> Result<(), Violation> {
        match output {
            Output::Notice(Notice::Retrying { .. } | Notice::NeedsAttention { .. } | Notice::FellBack { .. })
            | Output::Done(_) => self.owed = None,
            Output::Wait(_) if self.owed == Some(Arrived::Document) => {
                return broken(Oracle::Unreadable, "an event can't be read, and it waits for the next without a word");
            }
            Output::Wait(_) => self.has_waited = true,
            Output::Event(event) if self.owed.is_some() && self.has_waited => {
                return broken(Oracle::Unreadable, format!("{event} behind what can't be read, and no word of that"));
            }
            Output::Send(request) if self.owed.is_some() => {
                let uri = request.http.uri();
                return broken(
                    Oracle::Unreadable,
                    format!("something can't be read; it asks anew without a word: {uri}"),
                );
            }
            Output::Send(_) => self.is_deaf = false,
            _ => {}
        }
        Ok(())
    }
}
