//! Whether a list is a streaming list, by the documentation of [`Notice::FellBack`] and `InitialList::Auto`.
//!
//! If the LIST after a fallback succeeds, streaming lists aren't used any more, after one refusal or two other failures.
//! If the LIST is refused in the same way, streaming wasn't the reason. A refusal is also remembered in the checkpoint.

use watch_core::{
    Cause, Checkpoint, During, Event, InitialList, Notice, Output, ResponseHead, Start, TimedOut, Trouble,
};

use crate::probe::conversation::asked::{Asked, Class};
use crate::probe::conversation::setup::Setup;
use crate::violation::{Oracle, Violation, broken};

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Streaming {
    state: State,
    failures: u32,
    class: Option<Class>,
    /// The status of a LIST that is refused, until the machine reports it.
    refused: Option<u16>,
    /// The state isn't known: the machine may not have read a refusal.
    is_lost: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Used,
    /// The last streaming list was refused with this status, or failed otherwise.
    Doubtful(Option<u16>),
    /// The LIST was refused as well.
    Innocent,
    Unsupported,
}

impl Streaming {
    /// Returns what a new process knows.
    pub(super) fn resumed(self, from: &Checkpoint) -> Result<Self, Violation> {
        let is_unsupported = serde_json::to_value(from).is_ok_and(|stored| stored["noStreamingList"] == true);
        if is_unsupported != (self.state == State::Unsupported) && !self.is_lost {
            return broken(Oracle::Resumable, format!("{from:?}, but of streaming lists is known: {:?}", self.state));
        }
        let state = if self.state == State::Unsupported { State::Unsupported } else { State::Used };
        Ok(Self { state, is_lost: self.is_lost, ..Self::default() })
    }

    pub(super) fn head(&mut self, head: &ResponseHead) {
        if matches!(self.class, Some(Class::List | Class::Page)) && head.status != 200 {
            self.refused = Some(head.status);
        }
    }

    /// Checks an output. `has_version`: there is a version to resume from before the output.
    pub(super) fn output(
        &mut self,
        output: &Output,
        asked: Option<&Asked>,
        setup: &Setup,
        has_version: bool,
        is_final: bool,
    ) -> Result<(), Violation> {
        let broken = |what: &str| broken(Oracle::Requests, format!("{output:?}: {what}"));
        match output {
            Output::Send(_) => {
                let Some(asked) = asked else { return Ok(()) };
                let class = asked.class;
                self.unread();
                self.class = Some(class);
                let may_stream = setup.bookmarks && setup.start != Start::InitialList(InitialList::List);
                let is_used = may_stream && self.state == State::Used && !self.is_lost;
                if class == Class::List && is_used && !has_version && !is_final {
                    return broken("no streaming list failed, but the list isn't one");
                }
                // A version check by a streaming list has a version.
                let is_list = class == Class::StreamingList && asked.version.is_none();
                if is_list && self.state == State::Unsupported && !self.is_lost {
                    return broken("the server has shown that it doesn't support streaming lists");
                }
            }
            Output::Event(Event::InitialBegin { .. }) => {
                let is_streaming = self.class == Some(Class::StreamingList);
                if is_streaming && self.state == State::Unsupported && !self.is_lost {
                    return broken("the server has shown that it doesn't support streaming lists");
                }
            }
            Output::Event(Event::InitialEnd { .. }) if self.class != Some(Class::StreamingList) => {
                self.unread();
                self.state = match self.state {
                    State::Doubtful(None) if self.failures < 2 => State::Used,
                    State::Doubtful(_) => State::Unsupported,
                    State::Innocent => State::Used,
                    known => known,
                };
            }
            Output::Notice(Notice::FellBack { trouble }) => self.fell_back(trouble),
            Output::Notice(Notice::Retrying { trouble, .. } | Notice::NeedsAttention { trouble, .. })
                if matches!(trouble.during, During::List { .. }) =>
            {
                self.refused = None;
                let status = trouble.cause.http_status();
                if status.is_some() && self.state == State::Doubtful(status) {
                    self.state = State::Innocent;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn fell_back(&mut self, trouble: &Trouble) {
        let status = trouble.cause.http_status();
        let is_expired = status == Some(410) || trouble.cause.status().is_some_and(watch_core::Status::is_expired);
        // After several expired versions, streaming lists are given up without a doubt.
        if trouble.during != During::StreamingList || is_expired {
            self.is_lost = true;
            return;
        }
        let refusal = status.filter(|status| matches!(status, 400 | 404..=406 | 415 | 422));
        let is_network = matches!(
            trouble.cause,
            Cause::Transport(_) | Cause::Truncated { .. } | Cause::Timeout { of: TimedOut::Head, .. }
        );
        self.failures += u32::from(refusal.is_none() && !is_network);
        self.state = State::Doubtful(refusal);
    }

    /// A LIST with this status ended without a notice: the machine may have read its refusal or not.
    fn unread(&mut self) {
        if let Some(status) = self.refused.take() {
            self.is_lost |= self.state == State::Doubtful(Some(status));
        }
    }
}
