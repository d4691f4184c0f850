//! The table of what to do about a failure.
//!
//! A 410 as HTTP status and a 410 as ERROR event take the same row, because both are a [`Cause::Status`] here.
//! client-go's choices are in `tools/cache/reflector.go` (`ListAndWatch`, `watchList`, `handleWatch`).

use alloc::boxed::Box;

use super::memory::tally::{ENOUGH, Tally};
use super::memory::{Health, Intent, Progress};
use crate::config::OnExpired;
use crate::io::cause::{Cause, TimedOut};
use crate::io::event::InitialCause;
use crate::io::output::Done;
use crate::io::trouble::{During, Trouble};
use crate::wire::version::InvalidResourceVersion;
use crate::wire::{Status, WireError};

/// After this many consecutive failures to resolve the server's name, to establish TLS or to get credentials, the
/// outage isn't temporary: with the waits in between they took 12 to 24 s.
const PERSISTENT: u32 = 5;

/// After this many consecutive version checks without a list as the answer, the watch continues without the check. With
/// the backoff, that takes more than a minute. A LIST can fail for ever where a WATCH works: for example, if the store
/// has an object that can't be decoded ("unable to transform key").
const MOST_UNANSWERED: u32 = 2 * ENOUGH;

/// What to do about a failure.
#[derive(Debug)]
pub(super) enum Verdict {
    /// Retry the same after the backoff.
    Resume,
    /// The connection of an open watch broke: resume, without the backoff if that is rare.
    Reconnect,
    /// Retry the same after the backoff, and report that it needs attention.
    Blocked,
    /// Relist; immediately if the version certainly can't be used, and this is the first time since there was progress.
    Relist(InitialCause),
    /// Request the list again in one page; once, and immediately unless it took too many pages.
    Unpaged,
    /// Fall back from a streaming list to LIST; immediately, once.
    FallBack,
    /// Request a list that isn't older than what was seen.
    NotOlder,
    /// The server has shown an older version than was seen: repeat the version check.
    Doubt,
    /// Accept that the server's history was replaced, and relist.
    Rollback,
    /// LIST is forbidden: check the version by a streaming list, which is a WATCH; immediately, once.
    CheckByWatch,
    /// The version check isn't possible: continue without it, immediately.
    Unchecked,
    /// End the watch.
    End(Done),
}

/// Decides what to do about a failure. The tally already includes it. `was_open`: the head of the response was received.
pub(super) fn verdict(
    trouble: &Trouble,
    was_open: bool,
    health: &Health,
    intent: &Intent,
    progress: &Progress,
) -> Verdict {
    let tally = health.tally();
    let is_list = matches!(trouble.during, During::List { .. });
    let is_streaming = trouble.during == During::StreamingList;
    let is_page = is_page(trouble);
    match &trouble.cause {
        // This applies to every request.
        Cause::Transport(error) if error.kind.needs_attention() && tally.unreachable >= PERSISTENT => Verdict::Blocked,
        _ if trouble.during == During::VersionCheck => check(trouble, tally, intent, progress),
        // The next watch of such a server doesn't report what was deleted in the gap. A server that can't be reached, or
        // that returns an error, gets only the version check: it costs less than a list.
        _ if is_broken_watch(trouble) && health.regressions().forgets_deletions() => {
            Verdict::Relist(InitialCause::Broken)
        }
        _ if is_broken_watch(trouble) && was_open => Verdict::Reconnect,
        _ if is_too_busy(trouble, tally, intent, progress) => Verdict::NotOlder,
        Cause::Status(status) => on_status(status, trouble, tally, intent, progress),
        Cause::UnexpectedResponse { status, .. } => match status {
            // Proxies and filters write these as plain text; they mean the same.
            410 => on_status(&Status::new(410, "Gone", ""), trouble, tally, intent, progress),
            400 | 404 | 405 | 406 | 415 | 422 if is_streaming => Verdict::FallBack,
            413 | 414 | 431 if is_page => unpaged(intent),
            // API Priority and Fairness writes 429 as plain text, and authenticating proxies write 401 as plain text.
            429 => Verdict::Resume,
            401 if tally.unauthorized < 2 => Verdict::Resume,
            400 | 401 | 403..=407 | 413..=415 | 422 | 431 => Verdict::Blocked,
            _ => escalate(trouble, tally),
        },
        // The network failed: what was seen stays valid, and the server isn't to blame. But some networks break, or
        // never begin, streaming lists in particular.
        Cause::Transport(_) | Cause::Truncated { .. } if !is_streaming => Verdict::Resume,
        Cause::Transport(_) | Cause::Truncated { .. } => escalate(trouble, tally),
        // kube-apiserver answers some expired versions (of Events) with an empty 200 (kubernetes#104171).
        Cause::ShortWatch { .. } if tally.short >= 2 => Verdict::Relist(InitialCause::Trouble),
        Cause::ShortWatch { .. } => Verdict::Resume,
        // Some servers ignore `sendInitialEvents` and never send the marker (antrea#8123, kubernetes#140890).
        Cause::Timeout { of: TimedOut::InitialEnd, .. } => Verdict::FallBack,
        Cause::Timeout { .. } if !is_streaming => Verdict::Resume,
        Cause::Timeout { .. } | Cause::NoInitialEnd => escalate(trouble, tally),
        // A retry would return the same version.
        Cause::Unreadable(error) if is_streaming && is_too_long(error) => Verdict::FallBack,
        Cause::Unreadable(error) if is_list && is_too_long(error) => Verdict::Blocked,
        Cause::Unreadable(error) if is_too_long(error) => Verdict::Relist(InitialCause::Trouble),
        // Retrying would return the same bytes. Try another form of the request; if there is none, report it: the
        // object has to be fixed on the server.
        Cause::Unreadable(_) if is_streaming && tally.unreadable >= 2 => Verdict::FallBack,
        Cause::Unreadable(_) if is_list && tally.unreadable >= 2 => Verdict::Blocked,
        Cause::Unreadable(_) if tally.unreadable >= 2 => Verdict::Relist(InitialCause::Trouble),
        Cause::Unreadable(_) => Verdict::Resume,
        Cause::Rollback { .. } => outdated(tally, progress),
        // More events may be missing on this watch, so relist; the version of the list shows whether the server was
        // rolled back. If there never was a list, LIST may be forbidden: retry, after a version check.
        Cause::OldEvent { .. } if health.regressions().had_list() => Verdict::Relist(InitialCause::OutOfOrder),
        Cause::OldEvent { .. } => escalate(trouble, tally),
        // The version check that follows shows whether the server is older than what was seen. If it never is, a relist
        // avoids the bookmark.
        Cause::OldBookmark { .. } => escalate(trouble, tally),
        Cause::SlowOpening { .. } => Verdict::Resume,
        // A server that ignores `sendInitialEvents` may add objects for ever.
        Cause::TooManyObjects { .. } if is_streaming => Verdict::FallBack,
        Cause::NoVersion if is_page => unpaged(intent),
        Cause::NoVersion | Cause::TooManyObjects { .. } => Verdict::Blocked,
        Cause::MixedPages { .. } | Cause::EndlessList { .. } => unpaged(intent),
    }
}

/// Returns whether the established connection of a watch broke or is dead.
fn is_broken_watch(trouble: &Trouble) -> bool {
    let is_broken = match &trouble.cause {
        Cause::Transport(error) => error.kind.is_after_connecting(),
        Cause::Truncated { .. } => true,
        Cause::Timeout { of, .. } => !matches!(of, TimedOut::Head),
        _ => false,
    };
    is_broken && matches!(trouble.during, During::Watch { .. })
}

/// Returns whether the error is a resourceVersion that is longer than accepted.
fn is_too_long(error: &WireError) -> bool {
    matches!(error.version(), Some(InvalidResourceVersion::TooLong { .. }))
}

/// Decides about a status that the server returned.
fn on_status(status: &Status, trouble: &Trouble, tally: &Tally, intent: &Intent, progress: &Progress) -> Verdict {
    let is_streaming = trouble.during == During::StreamingList;
    let is_page = is_page(trouble);
    // A status without a code is recognised by its reason.
    if status.is_expired() {
        return match (&trouble.during, intent.on_expired()) {
            _ if is_page => unpaged(intent),
            (During::StreamingList, _) if tally.streaming >= ENOUGH => Verdict::FallBack,
            (During::Watch { .. }, OnExpired::Stop) => Verdict::End(Done::Expired(Box::new(trouble.clone()))),
            _ => Verdict::Relist(InitialCause::Expired),
        };
    }
    if status.is_resource_version_too_large() {
        return match &trouble.during {
            During::Watch { .. } => Verdict::Relist(InitialCause::Rollback),
            During::List { .. } => outdated(tally, progress),
            During::StreamingList if !intent.is_consistent() => outdated(tally, progress),
            During::StreamingList | During::VersionCheck => escalate(trouble, tally),
        };
    }
    match status.code {
        // A continue token that the server can't read, or that makes the request too long for a proxy.
        400 | 413 | 414 | 431 if is_page => unpaged(intent),
        // A server whose feature is off refuses the parameters of a streaming list with 422; proxies in front of other
        // servers use other statuses. If streaming isn't the reason, the LIST is refused too.
        400 | 404 | 405 | 406 | 415 | 422 if is_streaming => Verdict::FallBack,
        // The API server understood the request and rejected it: an invalid selector, a resource that can't be watched.
        400 | 405 | 406 | 415 | 422 => Verdict::End(Done::Refused(Box::new(trouble.clone()))),
        // Each retry requests fresh credentials. If those don't help, it needs attention.
        401 if tally.unauthorized >= 2 => Verdict::Blocked,
        403 | 404 | 413 | 414 | 431 => Verdict::Blocked,
        // The server is overloaded; a relist would add to its load (kubernetes#100878).
        401 | 409 | 429 => Verdict::Resume,
        _ => escalate(trouble, tally),
    }
}

/// Retries; after enough failures, tries another way.
fn escalate(trouble: &Trouble, tally: &Tally) -> Verdict {
    match trouble.during {
        During::StreamingList if tally.streaming >= ENOUGH => Verdict::FallBack,
        During::Watch { .. } if tally.server >= ENOUGH => Verdict::Relist(InitialCause::Trouble),
        _ => Verdict::Resume,
    }
}

/// Returns whether the request had a continue token.
const fn is_page(trouble: &Trouble) -> bool {
    matches!(trouble.during, During::List { page: 2.. })
}

fn unpaged(intent: &Intent) -> Verdict {
    if intent.is_unpaged() { Verdict::Resume } else { Verdict::Unpaged }
}

/// Decides about an answer that is older than what was seen: a replica lags, or the server was restored from a backup.
///
/// Only time distinguishes the two. Rising versions don't: the versions of a replica that catches up rise, and so do
/// those of a restored server that accepts writes. One answer of kube-apiserver would be enough, because it serves a
/// consistent LIST from etcd's leader, or from a cache that has caught up with it (KEP-2340). Aggregated servers and
/// stores with read replicas (kine) promise less. So a rollback is accepted after [`ENOUGH`] consecutive answers, over
/// at least 4 s (`backoff::Confirmations`). One answer that isn't older, from any replica, refutes them. "Too large
/// resource version" counts as an older answer: kube-apiserver returns it after it waited 3 s for its cache
/// (`waitUntilFreshAndBlock`).
///
/// If a lagging replica is mistaken for a rollback, the consumer gets one list of an older state, and the next watch
/// corrects it. If a rollback isn't detected, the consumer keeps a state that doesn't exist any more.
fn outdated(tally: &Tally, progress: &Progress) -> Verdict {
    match tally.outdated {
        ENOUGH.. => Verdict::Rollback,
        // Nothing was seen: the configuration requires a version that the server doesn't have.
        _ if progress.seen().is_none() => Verdict::NotOlder,
        _ => Verdict::Doubt,
    }
}

/// Decides about a failed version check.
fn check(trouble: &Trouble, tally: &Tally, intent: &Intent, progress: &Progress) -> Verdict {
    match &trouble.cause {
        Cause::Rollback { .. } => outdated(tally, progress),
        Cause::Status(status) if status.is_resource_version_too_large() => outdated(tally, progress),
        // The check is impossible: it isn't allowed, or its answer can't be read.
        Cause::NoVersion | Cause::TooManyObjects { .. } => Verdict::Unchecked,
        Cause::Unreadable(error) if is_too_long(error) => Verdict::Unchecked,
        Cause::Unreadable(_) | Cause::EndlessList { .. } if tally.unreadable >= ENOUGH => Verdict::Unchecked,
        cause if cause.http_status() == Some(403) && intent.can_check_by_watch() => Verdict::CheckByWatch,
        cause if matches!(cause.http_status(), Some(400 | 403..=407 | 410 | 413..=415 | 422 | 431)) => {
            Verdict::Unchecked
        }
        cause if cause.http_status() == Some(401) && tally.unauthorized >= 2 => Verdict::Blocked,
        // A restarting server refuses both lists and watches, for about half a minute. If a server refuses only lists
        // for longer than that, its watches may still work.
        Cause::Transport(_) => Verdict::Resume,
        cause if cause.http_status() == Some(401) => Verdict::Resume,
        _ if tally.unanswered >= MOST_UNANSWERED => Verdict::Unchecked,
        // Otherwise, repeat the check until it is answered.
        _ => Verdict::Resume,
    }
}

/// Returns whether the server repeatedly answered a consistent LIST with 429. From Kubernetes 1.37 on, kube-apiserver
/// may do so while its watch cache can't catch up with etcd, instead of passing the LIST on to etcd
/// (`ConsistentListFromCacheSkipTimeoutFallback`). A list that isn't older than what was seen is enough, and the cache
/// has it.
fn is_too_busy(trouble: &Trouble, tally: &Tally, intent: &Intent, progress: &Progress) -> bool {
    let is_set = matches!(trouble.during, During::List { page: 1 } | During::StreamingList);
    let is_consistent = intent.is_consistent() && progress.seen().is_some();
    trouble.cause.http_status() == Some(429) && is_set && is_consistent && tally.busy >= ENOUGH
}
