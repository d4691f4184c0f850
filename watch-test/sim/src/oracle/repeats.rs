//! A notice isn't repeated while nothing has changed: operators stop reading a log that repeats itself.

use core::mem::{Discriminant, discriminant};

use watch_core::{Cause, During, Notice, Skipped, TransportErrorKind, Trouble};

use crate::violation::{Oracle, Violation, broken};

#[derive(Clone, Debug, Default)]
pub(crate) struct Repeats {
    /// The failures that were reported as needing attention since the last progress.
    blocked: Vec<Blocked>,
    /// The kinds of skipped events that were reported on this exchange.
    skipped: Vec<Discriminant<Skipped>>,
    /// Whether a streaming list was requested since the last fallback.
    has_streamed: bool,
}

/// A failure that is reported once: an HTTP status of one kind of request, or a kind of failed connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blocked {
    Answer(Discriminant<During>, Option<u16>),
    Connection(TransportErrorKind),
}

impl Blocked {
    fn of(trouble: &Trouble) -> Self {
        match &trouble.cause {
            Cause::Transport(error) => Self::Connection(error.kind),
            _ => Self::Answer(discriminant(&trouble.during), trouble.cause.http_status()),
        }
    }
}

impl Repeats {
    /// Records a request.
    pub(crate) fn sent(&mut self, is_streaming_list: bool) {
        self.skipped.clear();
        self.has_streamed |= is_streaming_list;
    }

    /// Records progress: the version increased, or a watch lasted.
    pub(crate) fn progress(&mut self) {
        self.blocked.clear();
    }

    /// Checks a notice.
    pub(crate) fn check(&mut self, notice: &Notice) -> Result<(), Violation> {
        let is_repeated = match notice {
            Notice::NeedsAttention { trouble, .. } => insert(&mut self.blocked, Blocked::of(trouble)),
            Notice::Skipped { what } => insert(&mut self.skipped, discriminant(what)),
            // A watch that fails can also show that the server has no streaming lists.
            Notice::FellBack { trouble } if trouble.during == During::StreamingList => {
                !core::mem::take(&mut self.has_streamed)
            }
            _ => false,
        };
        if is_repeated {
            broken(Oracle::Notices, format!("reported again although nothing changed: {notice}"))
        } else {
            Ok(())
        }
    }
}

/// Adds an element. Returns whether it was there already.
fn insert<T: PartialEq>(list: &mut Vec<T>, new: T) -> bool {
    let is_known = list.contains(&new);
    if !is_known {
        list.push(new);
    }
    is_known
}
