//! Builds and sends requests.

use alloc::boxed::Box;
use core::time::Duration;

use super::asked::{Asked, AskedWatch};
use super::memory::tally::ENOUGH;
use super::memory::{Deadline, Intent, Memory, Rng};
use super::opening::Opening;
use super::page::Page;
use super::{State, Step};
use crate::config::{ListSemantics, Parts};
use crate::io::output::Output;
use crate::io::request::{Request, RequestKind};
use crate::io::time::Instant;
use crate::wire::ListOptions;
use crate::wire::version::ResourceVersion;

/// Sends a request and waits for the head of its response.
pub(super) fn send(asked: Asked, memory: &mut Memory, now: Instant) -> Step {
    let Memory { config, rng, waited, deadline, intent, health, progress, outbox, .. } = memory;
    let parts = config.parts();
    let (kind, options, promised) = match &asked {
        Asked::List(page) => {
            // The same rule holds for a list: see `policy::is_too_busy`.
            let at_least = progress.seen().filter(|_| health.tally().busy >= ENOUGH);
            (RequestKind::List, list_options(page, intent, at_least, parts), 0)
        }
        Asked::Watch(watch) => {
            let timeout = timeout_seconds(parts.timing.watch, deadline, rng, now);
            (RequestKind::Watch, watch_options(watch, intent, timeout, parts), timeout)
        }
    };
    let id = outbox.next_id();
    // Proxies that compress a stream delay its events.
    let is_plain = kind == RequestKind::Watch || intent.is_uncompressed();
    let request = Request::new(id, kind, parts, &options, is_plain, intent.take_stale_credentials());
    let opening = Opening::new(id, asked, now, Duration::from_secs(promised.unsigned_abs()), waited.total());
    Step::Emit(Output::Send(request), State::Opening(Box::new(opening)))
}

/// The forms of a LIST that kube-apiserver accepts (`ValidateListOptions`, `ValidateListOptionsWithContinue`):
/// `resourceVersionMatch` never without `resourceVersion`, and neither of them with `continue`.
///
/// `at_least` is the oldest acceptable version, if only the version is requested.
fn list_options(page: &Page, intent: &Intent, at_least: Option<&ResourceVersion>, parts: &Parts) -> ListOptions {
    let mut options = selecting(parts);
    if let Some(token) = page.continue_token() {
        options.continue_token = Some(token.into());
        options.limit = parts.page_size.map(i64::from);
        return options;
    }
    options.resource_version = match at_least {
        Some(version) if page.wants_version_only() => Some(version.text().into()),
        _ if page.wants_version_only() => None,
        _ => version_for(intent.semantics()),
    };
    if options.resource_version.is_some() {
        // With a `limit` and no match, it would mean *exactly* that version.
        options.resource_version_match = Some(NOT_OLDER_THAN.into());
    }
    match options.resource_version {
        _ if page.wants_version_only() => options.limit = Some(1),
        // With a limit, paging bypasses the cache (before `ListFromCacheSnapshot`, 1.34).
        Some(_) => {}
        None if intent.is_unpaged() => {}
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
fn watch_options(watch: &AskedWatch, intent: &Intent, timeout: i64, parts: &Parts) -> ListOptions {
    let mut options = selecting(parts);
    options.watch = true;
    options.allow_watch_bookmarks = parts.bookmarks;
    options.resource_version = watch.resume_from().map(|version| version.text().into());
    if watch.is_streaming_list() {
        options.send_initial_events = Some(true);
        options.resource_version_match = Some(NOT_OLDER_THAN.into());
        options.resource_version = match watch.checked_version() {
            Some(version) => Some(version.text().into()),
            None => version_for(intent.semantics()),
        };
    }
    options.timeout_seconds = Some(timeout);
    options
}

/// Returns the configured duration, minus a random part of up to a quarter, and never beyond the deadline.
fn timeout_seconds(most: Duration, deadline: &Deadline, rng: &mut Rng, now: Instant) -> i64 {
    let spread = most.saturating_sub(rng.below(most / 4));
    let left = deadline.at().map_or(spread, |deadline| deadline.since(now).min(spread));
    // Rounded up, because 0 lets the server choose.
    let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
    i64::try_from(seconds.max(1)).unwrap_or(i64::MAX)
}

fn selecting(parts: &Parts) -> ListOptions {
    ListOptions {
        label_selector: parts.label_selector.clone(),
        field_selector: parts.field_selector.clone(),
        ..ListOptions::default()
    }
}
