//! The outputs of a machine, as numbers and bytes of the hash by which two runs are compared.
//!
//! Kinds have explicit numbers here, and fields are hashed as they are. No rendered text is hashed, so neither the
//! wording of a message nor the name of a type changes the table of hashes; what the machine does, and when, changes
//! it. A number is never used for another kind.

use core::time::Duration;

use watch_core::wire::{FrameErrorKind, Status, WireError};
use watch_core::{
    Cause, Change, Done, During, Event, InitialCause, Next, Notice, Output, Phase, RequestKind, ResourceVersion,
    Skipped, TimedOut, TransportErrorKind, Trouble, Watcher,
};

use crate::transcript::Transcript;

/// The number of a kind without one: a run in which it occurs still has a hash.
const UNKNOWN: u64 = 999;

pub(crate) fn output(transcript: &mut Transcript, now: Duration, output: &Output) {
    match output {
        Output::Send(request) => {
            transcript.number(1);
            time(transcript, now);
            transcript.number(match request.kind {
                RequestKind::List => 1,
                RequestKind::Watch => 2,
            });
            text(transcript, request.http.uri().path_and_query().map_or("", |path| path.as_str()));
            request.http.headers().values().for_each(|value| transcript.count(value.as_bytes()));
            transcript.number(u64::from(request.refresh_credentials));
        }
        Output::Event(occurred) => {
            transcript.number(2);
            event(transcript, occurred);
        }
        Output::Notice(reported) => {
            transcript.number(3);
            notice(transcript, reported);
        }
        Output::Done(ended) => {
            transcript.number(4);
            done(transcript, ended);
        }
        Output::Abort(id) => {
            transcript.number(5);
            let digits: String = id.to_string().chars().filter(char::is_ascii_digit).collect();
            text(transcript, &digits);
        }
        // How often it waits depends on how bodies are cut; what it reports doesn't.
        Output::Wait(_) => {}
    }
}

/// Hashes the machine's public state after an output that isn't `Wait`: how often it waits depends on how bodies are
/// cut.
pub(crate) fn watcher(transcript: &mut Transcript, watcher: &Watcher) {
    let freshness = watcher.freshness();
    transcript.number(match freshness.phase {
        Phase::Starting => 1,
        Phase::Opening => 2,
        Phase::Refused => 3,
        Phase::Listing => 4,
        Phase::StreamingList => 5,
        Phase::Live => 6,
        Phase::BackingOff => 7,
        Phase::Done => 8,
        _ => UNKNOWN,
    });
    optional(transcript, freshness.resource_version, version);
    optional(transcript, freshness.synced_as_of, |transcript, at| time(transcript, at.since_origin()));
    transcript.number(u64::from(freshness.attempts));
    optional(transcript, freshness.trouble, trouble);
    optional(transcript, freshness.trouble_since, |transcript, at| time(transcript, at.since_origin()));
    transcript.number(u64::from(freshness.needs_attention));
    let counters = watcher.counters();
    transcript.number(counters.duplicates);
    transcript.number(counters.regressions);
}

/// Hashes the changes that a `Diff` returns for an event.
pub(crate) fn change(transcript: &mut Transcript, change: &Change) {
    let (kind, object) = match change {
        Change::Added(object) => (1, object),
        Change::Modified(object) => (2, object),
        Change::Deleted(object) => (3, object),
        Change::Vanished(vanished) => {
            transcript.number(4);
            text(transcript, vanished.namespace().unwrap_or_default());
            text(transcript, vanished.name());
            text(transcript, vanished.uid().as_deref().unwrap_or_default());
            return version(transcript, vanished.last());
        }
        Change::Synced { resource_version } => {
            transcript.number(5);
            return version(transcript, resource_version);
        }
    };
    transcript.number(kind);
    transcript.count(object.raw());
}

pub(crate) fn event(transcript: &mut Transcript, event: &Event) {
    let (kind, object) = match event {
        Event::InitialBegin { cause } => {
            transcript.number(1);
            return initial_cause(transcript, *cause);
        }
        Event::InitialEnd { resource_version } => {
            transcript.number(2);
            return version(transcript, resource_version);
        }
        Event::Bookmark { resource_version } => {
            transcript.number(3);
            return version(transcript, resource_version);
        }
        Event::Initial(object) => (4, object),
        Event::Added(object) => (5, object),
        Event::Modified(object) => (6, object),
        Event::Deleted(object) => (7, object),
    };
    transcript.number(kind);
    transcript.count(object.raw());
}

fn initial_cause(transcript: &mut Transcript, cause: InitialCause) {
    transcript.number(match cause {
        InitialCause::First => 1,
        InitialCause::Retry => 2,
        InitialCause::Expired => 3,
        InitialCause::Rollback => 4,
        InitialCause::OutOfOrder => 5,
        InitialCause::Broken => 6,
        InitialCause::Trouble => 7,
        InitialCause::Relist => 8,
        _ => UNKNOWN,
    });
}

fn notice(transcript: &mut Transcript, notice: &Notice) {
    match notice {
        Notice::Retrying { trouble: cause, attempt, after, next } => {
            transcript.number(1);
            trouble(transcript, cause);
            transcript.number(u64::from(*attempt));
            time(transcript, *after);
            transcript.number(match next {
                Next::Resume => 1,
                Next::Relist => 2,
                Next::Check => 3,
                _ => UNKNOWN,
            });
        }
        Notice::NeedsAttention { trouble: cause, after } => {
            transcript.number(2);
            trouble(transcript, cause);
            time(transcript, *after);
        }
        Notice::Relisted { cause, from, to, gap, objects, changes } => {
            transcript.number(3);
            initial_cause(transcript, *cause);
            version(transcript, from);
            version(transcript, to);
            optional(transcript, *gap, time);
            optional(transcript, *objects, Transcript::number);
            optional(transcript, *changes, |transcript, changes| {
                transcript.number(changes.added);
                transcript.number(changes.modified);
                transcript.number(changes.removed);
            });
        }
        Notice::FellBack { trouble: cause } => {
            transcript.number(4);
            trouble(transcript, cause);
        }
        Notice::Skipped { what } => {
            transcript.number(5);
            match what {
                Skipped::BookmarkWithoutVersion => transcript.number(1),
                Skipped::BookmarkVersionTooLong { bytes } => {
                    transcript.number(2);
                    transcript.number(*bytes as u64);
                }
                Skipped::Duplicate { found } => {
                    transcript.number(3);
                    version(transcript, found);
                }
                _ => transcript.number(UNKNOWN),
            }
        }
        _ => transcript.number(UNKNOWN),
    }
}

fn done(transcript: &mut Transcript, done: &Done) {
    match done {
        Done::Stopped => transcript.number(1),
        Done::DeadlineReached => transcript.number(2),
        Done::Expired(cause) => {
            transcript.number(3);
            trouble(transcript, cause);
        }
        Done::Refused(cause) => {
            transcript.number(4);
            trouble(transcript, cause);
        }
        Done::GaveUp { attempts, last } => {
            transcript.number(5);
            transcript.number(u64::from(*attempts));
            trouble(transcript, last);
        }
        _ => transcript.number(UNKNOWN),
    }
}

fn trouble(transcript: &mut Transcript, trouble: &Trouble) {
    match &trouble.during {
        During::List { page } => {
            transcript.number(1);
            transcript.number(u64::from(*page));
        }
        During::StreamingList => transcript.number(2),
        During::VersionCheck => transcript.number(3),
        During::Watch { after } => {
            transcript.number(4);
            optional(transcript, after.as_ref(), version);
        }
        _ => transcript.number(UNKNOWN),
    }
    cause(transcript, &trouble.cause);
    optional(transcript, trouble.retry_after, time);
}

fn cause(transcript: &mut Transcript, cause: &Cause) {
    let between = |transcript: &mut Transcript, kind, first: &ResourceVersion, second: &ResourceVersion| {
        transcript.number(kind);
        version(transcript, first);
        version(transcript, second);
    };
    match cause {
        Cause::Status(answered) => {
            transcript.number(1);
            status(transcript, answered);
        }
        Cause::Transport(error) => {
            transcript.number(2);
            transcript.number(transport(error.kind));
        }
        Cause::Timeout { of, lasted } => {
            transcript.number(3);
            transcript.number(silence(*of));
            time(transcript, *lasted);
        }
        Cause::Unreadable(error) => {
            transcript.number(4);
            unreadable(transcript, error);
        }
        Cause::NoVersion => transcript.number(5),
        Cause::TooManyObjects { limit } => {
            transcript.number(6);
            transcript.number(*limit);
        }
        Cause::Truncated { bytes } => {
            transcript.number(7);
            transcript.number(*bytes as u64);
        }
        // Its excerpt and its content type aren't hashed, because their texts differ if they are hidden or missing.
        Cause::UnexpectedResponse { status, .. } => {
            transcript.number(8);
            transcript.number(u64::from(*status));
        }
        Cause::ShortWatch { lasted } => {
            transcript.number(9);
            time(transcript, *lasted);
        }
        Cause::NoInitialEnd => transcript.number(10),
        Cause::Rollback { seen, found } => between(transcript, 11, seen, found),
        Cause::OldEvent { seen, found } => between(transcript, 12, seen, found),
        Cause::OldBookmark { seen, found } => between(transcript, 13, seen, found),
        Cause::SlowOpening { lasted } => {
            transcript.number(14);
            time(transcript, *lasted);
        }
        Cause::MixedPages { first, then } => between(transcript, 15, first, then),
        Cause::EndlessList { pages } => {
            transcript.number(16);
            transcript.number(u64::from(*pages));
        }
        _ => transcript.number(UNKNOWN),
    }
}

fn status(transcript: &mut Transcript, status: &Status) {
    transcript.number(u64::from(status.code));
    text(transcript, &status.reason);
    transcript.number(status.details.retry_after_seconds as u64);
    text(transcript, status.continue_token.as_deref().unwrap_or_default());
}

fn unreadable(transcript: &mut Transcript, error: &WireError) {
    match error {
        WireError::Frame(error) => {
            transcript.number(1);
            transcript.number(error.offset);
            transcript.number(match error.kind {
                FrameErrorKind::Unexpected { .. } => 1,
                FrameErrorKind::TooLarge { .. } => 2,
                FrameErrorKind::TooDeep => 3,
                FrameErrorKind::LineBreakInString => 4,
                FrameErrorKind::Mismatched => 5,
                _ => UNKNOWN,
            });
        }
        WireError::Malformed(error) => {
            transcript.number(2);
            optional(transcript, error.offset, |transcript, offset| transcript.number(offset as u64));
        }
        _ => transcript.number(UNKNOWN),
    }
}

const fn transport(kind: TransportErrorKind) -> u64 {
    match kind {
        TransportErrorKind::Resolve => 1,
        TransportErrorKind::Refused => 2,
        TransportErrorKind::Connect => 3,
        TransportErrorKind::Tls => 4,
        TransportErrorKind::Credentials => 5,
        TransportErrorKind::Reset => 6,
        TransportErrorKind::Truncated => 7,
        TransportErrorKind::Timeout => 8,
        TransportErrorKind::Protocol => 9,
        TransportErrorKind::Other => 10,
        _ => UNKNOWN,
    }
}

const fn silence(of: TimedOut) -> u64 {
    match of {
        TimedOut::Head => 1,
        TimedOut::List => 2,
        TimedOut::ListEnd => 3,
        TimedOut::Watch => 4,
        TimedOut::Bookmarks => 5,
        TimedOut::Object => 6,
        TimedOut::InitialEnd => 7,
        TimedOut::ErrorBody => 8,
        _ => UNKNOWN,
    }
}

fn version(transcript: &mut Transcript, version: &ResourceVersion) {
    text(transcript, &version.to_string());
}

fn text(transcript: &mut Transcript, text: &str) {
    transcript.count(text.as_bytes());
}

fn time(transcript: &mut Transcript, time: Duration) {
    transcript.number(time.as_nanos() as u64);
}

/// Present and absent values have different hashes, also when the value is 0.
pub(crate) fn optional<T>(transcript: &mut Transcript, value: Option<T>, count: impl FnOnce(&mut Transcript, T)) {
    transcript.number(u64::from(value.is_some()));
    if let Some(value) = value {
        count(transcript, value);
    }
}
