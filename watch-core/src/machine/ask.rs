//! The request for what is asked for.

use alloc::boxed::Box;
use core::time::Duration;

use super::asked::{Asked, AskedWatch};
use super::memory::Memory;
use super::opening::Opening;
use super::page::Page;
use super::policy::ENOUGH;
use super::{State, Step};
use crate::config::ListSemantics;
use crate::io::output::Output;
use crate::io::request::{Request, RequestKind};
use crate::io::time::Instant;
use crate::wire::ListOptions;

/// Sends a request, and goes on waiting for its head.
pub(super) fn send(asked: Asked, memory: &mut Memory, now: Instant) -> Step {
    let (kind, options) = match &asked {
        Asked::List(page) => (RequestKind::List, list_options(page, memory)),
        Asked::Watch(watch) => (RequestKind::Watch, watch_options(watch, memory, now)),
    };
    let id = memory.next_id();
    let refresh = core::mem::take(&mut memory.stale_credentials);
    let request = Request::new(id, kind, memory.parts(), &options, refresh);
    let promised = options.timeout_seconds.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs);
    Step::Emit(
        Output::Send(request),
        State::Opening(Box::new(Opening::new(id, asked, now, promised.unwrap_or_default(), memory.waited.total()))),
    )
}

/// The forms of a LIST that kube-apiserver accepts (`ValidateListOptions`, `ValidateListOptionsWithContinue`):
/// `resourceVersionMatch` never without `resourceVersion`, and neither of them with `continue`.
fn list_options(page: &Page, memory: &Memory) -> ListOptions {
    let mut options = selecting(memory);
    let parts = memory.parts();
    if let Some(token) = page.continue_token() {
        options.continue_token = Some(token.into());
        options.limit = parts.page_size.map(i64::from);
        return options;
    }
    options.resource_version = match memory.position.seen() {
        // As for a set: `policy::is_too_busy`.
        Some(seen) if page.wants_version_only() && memory.tally.busy >= ENOUGH => Some(seen.text().into()),
        _ if page.wants_version_only() => None,
        _ => version_for(&memory.semantics),
    };
    if options.resource_version.is_some() {
        // With a `limit` and no match it would mean *exactly* that version.
        options.resource_version_match = Some(NOT_OLDER_THAN.into());
    }
    match options.resource_version {
        _ if page.wants_version_only() => options.limit = Some(1),
        // With a limit, paging bypasses the cache (before `ListFromCacheSnapshot`, 1.34).
        Some(_) => {}
        None if memory.unpaged => {}
        None => options.limit = parts.page_size.map(i64::from),
    }
    options
}

const NOT_OLDER_THAN: &str = "NotOlderThan";

fn version_for(semantics: &ListSemantics) -> Option<Box<str>> {
    match semantics {
        ListSemantics::Consistent => None,
        ListSemantics::Any => Some("0".into()),
        ListSemantics::NotOlderThan(version) => Some(version.text().into()),
    }
}

/// The forms of a WATCH (`ValidateListOptions`): `sendInitialEvents` and `resourceVersionMatch` only together.
fn watch_options(watch: &AskedWatch, memory: &mut Memory, now: Instant) -> ListOptions {
    let mut options = selecting(memory);
    options.watch = true;
    options.allow_watch_bookmarks = memory.parts().bookmarks;
    options.resource_version = watch.resume_from().map(|version| version.text().into());
    if watch.is_streaming_list() {
        options.send_initial_events = Some(true);
        options.resource_version_match = Some(NOT_OLDER_THAN.into());
        options.resource_version = match watch.checked_version() {
            Some(version) => Some(version.text().into()),
            None => version_for(&memory.semantics),
        };
    }
    options.timeout_seconds = Some(timeout_seconds(memory, now));
    options
}

/// What is configured, less up to a quarter by chance, and never beyond the deadline.
fn timeout_seconds(memory: &mut Memory, now: Instant) -> i64 {
    let most = memory.parts().timing.watch;
    let spread = most.saturating_sub(memory.rng.below(most / 4));
    let left = memory.deadline.map_or(spread, |deadline| deadline.since(now).min(spread));
    // Rounded up: to the server, 0 means as long as it likes.
    let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
    i64::try_from(seconds.max(1)).unwrap_or(i64::MAX)
}

fn selecting(memory: &Memory) -> ListOptions {
    let parts = memory.parts();
    ListOptions {
        label_selector: parts.label_selector.clone(),
        field_selector: parts.field_selector.clone(),
        ..ListOptions::default()
    }
}
