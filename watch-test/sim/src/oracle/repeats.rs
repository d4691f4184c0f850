//! A notice isn't repeated while nothing has changed: operators stop reading a log that repeats itself.

use core::mem::{Discriminant, discriminant};

use watch_core::{Cause, During, Notice, Skipped, TransportErrorKind, Trouble};

use crate::violation::{Oracle, Violation, broken};

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Repeats {
    /// What was reported as not recoverable since the last progress.
    blocked: Vec<Blocked>,
    /// What was reported as skipped on this exchange.
    skipped: Vec<Discriminant<Skipped>>,
    /// A streaming list was requested since the last fallback.
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
    /// A request was sent.
    pub(crate) fn sent(&mut self, is_streaming_list: bool) {
        self.skipped.clear();
        self.has_streamed |= is_streaming_list;
    }

    /// The version moved, or a watch lasted.
    pub(crate) fn progress(&mut self) {
        self.blocked.clear();
    }

    /// Checks a notice.
    pub(crate) fn check(&mut self, notice: &Notice) -> Result<(), Violation> {
        let is_repeated = match notice {
            Notice::NeedsAttention { trouble, .. } => insert(&mut self.blocked, Blocked::of(trouble)),
            Notice::Skipped { what } => insert(&mut self.skipped, discriminant(what)),
            // A watch that fails can rule out streaming lists, too.
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
