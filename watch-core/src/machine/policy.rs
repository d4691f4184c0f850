//! The table of what to do about a failure.
//!
//! A 410 as HTTP status and as ERROR event take the same row, since both are a [`Cause::Status`] by the time they come
//! here. client-go's choices are in `tools/cache/reflector.go` (`ListAndWatch`, `watchList`, `handleWatch`).

use alloc::boxed::Box;

use super::memory::regression::Regressions;
use super::memory::tally::{ENOUGH, Tally};
use super::memory::{Health, Intent, Progress};
use crate::config::OnExpired;
use crate::io::cause::{Cause, TimedOut};
use crate::io::event::InitialCause;
use crate::io::output::Done;
use crate::io::trouble::{During, Trouble};
use crate::wire::version::InvalidResourceVersion;
use crate::wire::{Status, WireError};

/// After this many consecutive failures to resolve the server's name, to agree on TLS or to get credentials, the outage
/// isn't temporary: with the waits in between they took 12 to 24 s.
const PERSISTENT: u32 = 5;

/// After this many version checks in a row that weren't answered with a list, the watch goes on without: over a minute with
/// the backoff. A LIST can fail for ever where a WATCH works, as with an object in the store that can't be
/// decoded ("unable to transform key").
const MOST_UNANSWERED: u32 = 2 * ENOUGH;

/// What to do about a failure.
#[derive(Debug)]
pub(super) enum Verdict {
    /// Retry the same after the backoff.
    Resume,
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

/// Decides. The tally already includes this failure.
pub(super) fn verdict(trouble: &Trouble, health: &Health, intent: &Intent, progress: &Progress) -> Verdict {
    let tally = health.tally();
    let is_list = matches!(trouble.during, During::List { .. });
    let is_streaming = trouble.during == During::StreamingList;
    let is_page = is_page(trouble);
    match &trouble.cause {
        // This applies to every request.
        Cause::Transport(error) if error.kind.needs_attention() && tally.unreachable >= PERSISTENT => Verdict::Blocked,
        _ if trouble.during == During::VersionCheck => check(trouble, tally, intent, progress),
        _ if is_lossy_break(trouble, health.regressions()) => Verdict::Relist(InitialCause::Broken),
        _ if is_too_busy(trouble, tally, intent, progress) => Verdict::NotOlder,
        Cause::Status(status) => said(status, trouble, tally, intent, progress),
        Cause::UnexpectedResponse { status, .. } => match status {
            // Proxies and filters write these as plain text; they mean the same.
            410 => said(&Status::new(410, "Gone", ""), trouble, tally, intent, progress),
            400 | 404 | 405 | 406 | 415 | 422 if is_streaming => Verdict::FallBack,
            413 | 414 | 431 if is_page => unpaged(intent),
            // Priority and fairness says so in plain text; authenticating proxies say 401.
            429 => Verdict::Resume,
            401 if tally.unauthorized < 2 => Verdict::Resume,
            400 | 401 | 403..=407 | 413..=415 | 422 | 431 => Verdict::Blocked,
            _ => worn_out(trouble, tally),
        },
        // The network: what was seen stays valid, and the server isn't to blame. But some break off, or never begin,
        // streaming lists in particular.
        Cause::Transport(_) | Cause::Truncated { .. } if !is_streaming => Verdict::Resume,
        Cause::Transport(_) | Cause::Truncated { .. } => worn_out(trouble, tally),
        // kube-apiserver answers some expired versions (of Events) with an empty 200 (kubernetes#104171).
        Cause::ShortWatch { .. } if tally.short >= 2 => Verdict::Relist(InitialCause::Trouble),
        Cause::ShortWatch { .. } => Verdict::Resume,
        // Some servers ignore `sendInitialEvents` and never send the marker (antrea#8123, kubernetes#140890).
        Cause::Timeout { of: TimedOut::InitialEnd, .. } => Verdict::FallBack,
        Cause::Timeout { .. } if !is_streaming => Verdict::Resume,
        Cause::Timeout { .. } | Cause::NoInitialEnd => worn_out(trouble, tally),
        // No other attempt brings a shorter one.
        Cause::Unreadable(error) if is_streaming && is_too_long(error) => Verdict::FallBack,
        Cause::Unreadable(error) if is_list && is_too_long(error) => Verdict::Blocked,
        Cause::Unreadable(error) if is_too_long(error) => Verdict::Relist(InitialCause::Trouble),
        // Retrying would return the same bytes. Try another form of the request; if there is none, report it: the
        // object has to be fixed on the server.
        Cause::Unreadable(_) if is_streaming && tally.unreadable >= 2 => Verdict::FallBack,
        Cause::Unreadable(_) if is_list && tally.unreadable >= 2 => Verdict::Blocked,
        Cause::Unreadable(_) if tally.unreadable >= 2 => Verdict::Relist(InitialCause::Trouble),
        Cause::Unreadable(_) => Verdict::Resume,
        Cause::Rollback { .. } => behind(tally, progress),
        // It can't be known what else is missing on this watch, so the set is asked for; its version shows whether the
        // server went back. Where no list was ever had, it may be forbidden: then the question how far the server is.
        Cause::OldEvent { .. } if health.regressions().had_list() => Verdict::Relist(InitialCause::OutOfOrder),
        Cause::OldEvent { .. } => worn_out(trouble, tally),
        // The version check that follows shows whether the server is older than what was seen. If it never is, a relist
        // avoids the bookmark.
        Cause::OldBookmark { .. } => worn_out(trouble, tally),
        Cause::SlowOpening { .. } => Verdict::Resume,
        // A server that ignores `sendInitialEvents` may go on with additions for ever.
        Cause::TooManyObjects { .. } if is_streaming => Verdict::FallBack,
        Cause::NoVersion if is_page => unpaged(intent),
        Cause::NoVersion | Cause::TooManyObjects { .. } => Verdict::Blocked,
        Cause::MixedPages { .. } | Cause::EndlessList { .. } => unpaged(intent),
    }
}

/// A watch was open and broke, of a server whose next watch doesn't say what was deleted meanwhile
/// ([`Regressions::forgets_deletions`]). What can't be reached at all isn't
/// asked for more than the question how far it is, nor is a server that answers with an error.
fn is_lossy_break(trouble: &Trouble, regressions: &Regressions) -> bool {
    let is_broken = match &trouble.cause {
        Cause::Transport(error) => error.kind.is_behind_connecting(),
        Cause::Truncated { .. } => true,
        Cause::Timeout { of, .. } => !matches!(of, TimedOut::Head),
        _ => false,
    };
    is_broken && matches!(trouble.during, During::Watch { .. }) && regressions.forgets_deletions()
}

/// A resourceVersion is longer than is accepted.
fn is_too_long(error: &WireError) -> bool {
    matches!(error.version(), Some(InvalidResourceVersion::TooLong { .. }))
}

/// Decides about a status that the server returned.
fn said(status: &Status, trouble: &Trouble, tally: &Tally, intent: &Intent, progress: &Progress) -> Verdict {
    let is_streaming = trouble.during == During::StreamingList;
    let is_page = is_page(trouble);
    // Statuses without a code are known by their reason.
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
            During::List { .. } => behind(tally, progress),
            During::StreamingList if !intent.is_consistent() => behind(tally, progress),
            During::StreamingList | During::VersionCheck => worn_out(trouble, tally),
        };
    }
    match status.code {
        // A continue token that the server can't read, or that makes the request too long for a proxy.
        400 | 413 | 414 | 431 if is_page => unpaged(intent),
        // The parameters of streaming lists are refused with 422 where the feature is off; proxies in front of other
        // servers find other ways to say no. If it wasn't about the streaming, the LIST will be refused too.
        400 | 404 | 405 | 406 | 415 | 422 if is_streaming => Verdict::FallBack,
        // The API server understood the request and says that it can't be right: a bad selector, a resource that can't
        // be watched.
        400 | 405 | 406 | 415 | 422 => Verdict::End(Done::Refused(Box::new(trouble.clone()))),
        // Each retry requests fresh credentials. If those don't help, it needs attention.
        401 if tally.unauthorized >= 2 => Verdict::Blocked,
        403 | 404 | 413 | 414 | 431 => Verdict::Blocked,
        // The server asks for patience; a relist would make its load worse (kubernetes#100878).
        401 | 409 | 429 => Verdict::Resume,
        _ => worn_out(trouble, tally),
    }
}

/// Retries; after enough failures, tries another way.
fn worn_out(trouble: &Trouble, tally: &Tally) -> Verdict {
    match trouble.during {
        During::StreamingList if tally.streaming >= ENOUGH => Verdict::FallBack,
        During::Watch { .. } if tally.server >= ENOUGH => Verdict::Relist(InitialCause::Trouble),
        _ => Verdict::Resume,
    }
}

/// It was asked for with a continue token.
const fn is_page(trouble: &Trouble) -> bool {
    matches!(trouble.during, During::List { page: 2.. })
}

fn unpaged(intent: &Intent) -> Verdict {
    if intent.is_unpaged() { Verdict::Resume } else { Verdict::Unpaged }
}

/// The answer is older than what was seen, or would have to be: a replica lags, or the server was restored from a backup.
///
/// What tells them apart is time. Whether the versions rise doesn't: both a replica that catches up and a restored server
/// that is written to rise. kube-apiserver answers a consistent LIST out of etcd's leader, or out of a cache that has
/// caught up with it (KEP-2340), so that one answer would do; but aggregated servers and stores with read replicas (kine)
/// promise less. So it takes [`ENOUGH`] answers in a row, over 4 s at least (`backoff::Confirmations`), and one that isn't
/// older, from whichever replica, refutes them all. "Too large resource version", which kube-apiserver says after it
/// waited 3 s for its cache (`waitUntilFreshAndBlock`), counts as such an answer.
///
/// A lagging replica that is believed all the same costs the consumer one set of an older state, which the next watch
/// corrects; a rollback that isn't believed costs it the truth.
fn behind(tally: &Tally, progress: &Progress) -> Verdict {
    match tally.behind {
        ENOUGH.. => Verdict::Rollback,
        // Nothing was seen: the configuration asked for what the server doesn't have.
        _ if progress.seen().is_none() => Verdict::NotOlder,
        _ => Verdict::Doubt,
    }
}

/// Decides about a failed version check.
fn check(trouble: &Trouble, tally: &Tally, intent: &Intent, progress: &Progress) -> Verdict {
    match &trouble.cause {
        Cause::Rollback { .. } => behind(tally, progress),
        Cause::Status(status) if status.is_resource_version_too_large() => behind(tally, progress),
        // No answer will ever be had: it isn't allowed, or can't be read.
        Cause::NoVersion | Cause::TooManyObjects { .. } => Verdict::Unchecked,
        Cause::Unreadable(error) if is_too_long(error) => Verdict::Unchecked,
        Cause::Unreadable(_) | Cause::EndlessList { .. } if tally.unreadable >= ENOUGH => Verdict::Unchecked,
        cause if cause.http_status() == Some(403) && intent.can_check_by_watch() => Verdict::CheckByWatch,
        cause if matches!(cause.http_status(), Some(400 | 403..=407 | 410 | 413..=415 | 422 | 431)) => {
            Verdict::Unchecked
        }
        cause if cause.http_status() == Some(401) && tally.unauthorized >= 2 => Verdict::Blocked,
        // A server that starts again refuses lists and watches alike, for half a minute or so; one that goes on refusing lists
        // may have a working watch all the same.
        Cause::Transport(_) => Verdict::Resume,
        cause if cause.http_status() == Some(401) => Verdict::Resume,
        _ if tally.unanswered >= MOST_UNANSWERED => Verdict::Unchecked,
        // Otherwise the question stands until it is answered.
        _ => Verdict::Resume,
    }
}

/// A consistent LIST was answered 429 again and again. Since Kubernetes 1.37 kube-apiserver may do so for as long as its
/// watch cache can't catch up with etcd, rather than pass the LIST on to etcd (`ConsistentListFromCacheSkipTimeoutFallback`);
/// a list that isn't older than what was seen can be had from the cache, and is enough.
fn is_too_busy(trouble: &Trouble, tally: &Tally, intent: &Intent, progress: &Progress) -> bool {
    let is_set = matches!(trouble.during, During::List { page: 1 } | During::StreamingList);
    let is_consistent = intent.is_consistent() && progress.seen().is_some();
    trouble.cause.http_status() == Some(429) && is_set && is_consistent && tally.busy >= ENOUGH
}
