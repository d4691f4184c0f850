//! Numbers for those who run it, through the `metrics` facade.

#[cfg(feature = "metrics")]
use std::time::{SystemTime, UNIX_EPOCH};

use watch_core::{Event, Freshness, Notice, RequestKind};

use crate::clock::Clock;

/// Counts what one watch does. Without the feature `metrics` it does nothing.
///
/// All metrics have the label `target`: `pods in default`.
#[derive(Debug)]
pub(crate) struct Meter {
    #[cfg(feature = "metrics")]
    target: metrics::SharedString,
    /// The one that was said last.
    #[cfg(feature = "metrics")]
    phase: Option<watch_core::Phase>,
}

#[cfg(not(feature = "metrics"))]
#[expect(clippy::unused_self, clippy::needless_pass_by_ref_mut, reason = "the same face as with the feature")]
impl Meter {
    pub(crate) fn new(_: &str) -> Self {
        Self {}
    }

    pub(crate) fn request(&self, _: RequestKind) {}

    pub(crate) fn event(&self, _: &Event) {}

    pub(crate) fn notice(&self, _: &Notice) {}

    pub(crate) fn bytes(&self, _: usize) {}

    pub(crate) fn freshness(&mut self, _: &Freshness<'_>, _: Clock) {}
}

#[cfg(feature = "metrics")]
impl Meter {
    pub(crate) fn new(target: &str) -> Self {
        metrics::describe_counter!("watch_requests_total", "Requests that were sent, by verb");
        metrics::describe_counter!("watch_events_total", "Events that were handed out, by type");
        metrics::describe_counter!("watch_bytes_total", metrics::Unit::Bytes, "Bytes of bodies that came");
        metrics::describe_gauge!("watch_phase", "1 for the phase that the watch is in, 0 for those it was in");
        metrics::describe_gauge!(
            "watch_synced_timestamp_seconds",
            metrics::Unit::Seconds,
            "When the consumer last had all there was, in seconds since 1970: the lag is the time since then"
        );
        metrics::describe_counter!("watch_retries_total", "Troubles after which it is tried again");
        metrics::describe_counter!("watch_blocked_total", "Troubles that need somebody to mend them");
        metrics::describe_counter!("watch_restarts_total", "Sets that had to be had anew, by cause");
        metrics::describe_histogram!(
            "watch_blind_seconds",
            metrics::Unit::Seconds,
            "How long nothing was seen before a set was had anew"
        );
        Self { target: target.to_owned().into(), phase: None }
    }

    pub(crate) fn request(&self, kind: RequestKind) {
        metrics::counter!("watch_requests_total", "target" => self.target.clone(), "verb" => kind.to_string())
            .increment(1);
    }

    pub(crate) fn bytes(&self, count: usize) {
        metrics::counter!("watch_bytes_total", "target" => self.target.clone()).increment(count as u64);
    }

    /// Where it stands, each time that it has nothing to do.
    pub(crate) fn freshness(&mut self, freshness: &Freshness<'_>, clock: Clock) {
        let phase = freshness.phase;
        if self.phase != Some(phase) {
            let gauge = |phase: watch_core::Phase| metrics::gauge!("watch_phase", "target" => self.target.clone(), "phase" => phase.to_string());
            if let Some(before) = self.phase.replace(phase) {
                gauge(before).set(0.0);
            }
            gauge(phase).set(1.0);
        }
        if let Some(then) = freshness.synced_as_of {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let then = now.saturating_sub(clock.now().since(then));
            metrics::gauge!("watch_synced_timestamp_seconds", "target" => self.target.clone()).set(then.as_secs_f64());
        }
    }

    pub(crate) fn event(&self, event: &Event) {
        let kind = match event {
            Event::InitialBegin { .. } | Event::InitialEnd { .. } => return,
            Event::Initial(_) => "INITIAL",
            Event::Added(_) => "ADDED",
            Event::Modified(_) => "MODIFIED",
            Event::Deleted(_) => "DELETED",
            Event::Bookmark { .. } => "BOOKMARK",
        };
        metrics::counter!("watch_events_total", "target" => self.target.clone(), "type" => kind).increment(1);
    }

    pub(crate) fn notice(&self, notice: &Notice) {
        let target = self.target.clone();
        match notice {
            Notice::Retrying { .. } => metrics::counter!("watch_retries_total", "target" => target).increment(1),
            Notice::Blocked { .. } => metrics::counter!("watch_blocked_total", "target" => target).increment(1),
            Notice::Restarted { cause, blind_for, .. } => {
                metrics::counter!("watch_restarts_total", "target" => target.clone(), "cause" => cause.to_string())
                    .increment(1);
                if let Some(blind_for) = blind_for {
                    metrics::histogram!("watch_blind_seconds", "target" => target).record(blind_for.as_secs_f64());
                }
            }
            _ => {}
        }
    }
}
