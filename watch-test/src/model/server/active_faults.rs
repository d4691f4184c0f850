//! The faults of one request.

use core::time::Duration;

use bytes::Bytes;
use http::HeaderValue;

use crate::fault::{End, Fault, Refusal};

/// The faults of one request, from all rules that match it.
#[derive(Clone, Debug, Default)]
pub(crate) struct ActiveFaults {
    pub(crate) refusal: Option<Refusal>,
    pub(crate) shaping: Shaping,
    pub(crate) texts: Vec<InjectedText>,
    pub(crate) bookmarks: Option<Option<Duration>>,
    pub(crate) no_end_marker: bool,
    pub(crate) ignores_send_initial_events: bool,
    pub(crate) repeats_objects: bool,
    pub(crate) has_old_deletions: bool,
    pub(crate) departs_silently: bool,
    pub(crate) ignores_limit: bool,
    pub(crate) answers_future: bool,
    /// The `Content-Type` of replies in JSON; `Some(None)`: none.
    pub(crate) content_type: Option<Option<HeaderValue>>,
    pub(crate) replica: usize,
}

/// The faults of a body on its way out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shaping {
    pub(crate) head_delay: Duration,
    /// The number of bytes before it ends, and how it ends.
    pub(crate) cut: Option<(u64, End)>,
    /// The number of bytes before it stalls, and for how long.
    pub(crate) stall: Option<(u64, Option<Duration>)>,
    /// The size of the largest piece, and the pause after each.
    pub(crate) pieces: Option<(usize, Duration)>,
}

/// A text to send after this number of events.
#[derive(Clone, Debug)]
pub(crate) struct InjectedText {
    pub(crate) after_events: u64,
    pub(crate) text: Bytes,
    pub(crate) then_end: bool,
}

impl ActiveFaults {
    pub(super) fn add(&mut self, fault: &Fault) {
        match fault {
            Fault::Refuse(refusal) => self.refusal = Some(refusal.clone()),
            Fault::DelayHead { by } => self.shaping.head_delay = *by,
            Fault::Cut { after_bytes, end } => self.shaping.cut = Some((*after_bytes, *end)),
            Fault::Stall { after_bytes, lasts } => self.shaping.stall = Some((*after_bytes, *lasts)),
            Fault::Drip { bytes, every } => self.shaping.pieces = Some((*bytes, *every)),
            Fault::Split { bytes } => self.shaping.pieces = Some((*bytes, Duration::ZERO)),
            Fault::Say { text, after_events, then_end } => {
                let text = Bytes::copy_from_slice(text.as_bytes());
                self.texts.push(InjectedText { after_events: *after_events, text, then_end: *then_end });
            }
            Fault::Bookmarks { every } => self.bookmarks = Some(*every),
            Fault::NoEndMarker => self.no_end_marker = true,
            Fault::IgnoreSendInitialEvents => self.ignores_send_initial_events = true,
            Fault::RepeatObjects => self.repeats_objects = true,
            Fault::OldDeletions => self.has_old_deletions = true,
            Fault::SilentDepartures => self.departs_silently = true,
            Fault::IgnoreLimit => self.ignores_limit = true,
            Fault::AnswerFuture => self.answers_future = true,
            // It was checked when the rule was added.
            Fault::ContentType { value } => {
                self.content_type = Some(value.as_ref().and_then(|value| HeaderValue::from_str(value).ok()));
            }
            Fault::Replica { number } => self.replica = *number,
        }
    }
}
