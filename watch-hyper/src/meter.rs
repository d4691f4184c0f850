//! Numbers for those who run it, through the `metrics` facade.

#[cfg(feature = "metrics")]
use std::time::{SystemTime, UNIX_EPOCH};

use watch_core::{Config, Counters, Event, Freshness, Notice, RequestKind};

use crate::clock::Clock;

/// Counts what one watch does. Without the feature `metrics` it does nothing.
///
/// All metrics have the label `target`: `pods in default`; and `label_selector` and `field_selector` where there are any.
#[derive(Debug)]
pub(crate) struct Meter {
    #[cfg(feature = "metrics")]
    labels: Vec<metrics::Label>,
    /// In which it is counted.
    #[cfg(feature = "metrics")]
    phase: Option<watch_core::Phase>,
    /// What was counted so far of what the watcher counts itself.
    #[cfg(feature = "metrics")]
    counters: Counters,
}

#[cfg(not(feature = "metrics"))]
#[expect(clippy::unused_self, clippy::needless_pass_by_ref_mut, reason = "the same face as with the feature")]
impl Meter {
    pub(crate) fn new(_: &Config) -> Self {
        Self {}
    }

    pub(crate) fn over(&mut self) {}

    pub(crate) fn request(&self, _: RequestKind) {}

    pub(crate) fn event(&self, _: &Event) {}

    pub(crate) fn notice(&self, _: &Notice) {}

    pub(crate) fn bytes(&self, _: usize) {}

    pub(crate) fn freshness(&mut self, _: &Freshness<'_>, _: Clock) {}

    pub(crate) fn counters(&mut self, _: Counters) {}
}

#[cfg(feature = "metrics")]
impl Meter {
    pub(crate) fn new(config: &Config) -> Self {
        metrics::describe_counter!("watch_requests_total", "Requests that were sent, by verb");
        metrics::describe_counter!("watch_events_total", "Events that were handed out, by type");
        metrics::describe_counter!("watch_bytes_total", metrics::Unit::Bytes, "Bytes of bodies that came");
        metrics::describe_gauge!("watch_phase", "How many watches are in this phase");
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
        metrics::describe_counter!("watch_duplicates_total", "Events that were left out, since they came before");
        metrics::describe_counter!(
            "watch_regressions_total",
            "Events, bookmarks and lists that were older than what had been seen"
        );
        let label = |name: &'static str, value: &str| metrics::Label::new(name, value.to_owned());
        let mut labels = vec![label("target", config.target())];
        labels.extend(config.label_selector().map(|selector| label("label_selector", selector)));
        labels.extend(config.field_selector().map(|selector| label("field_selector", selector)));
        Self { labels, phase: None, counters: Counters::default() }
    }

    /// Its labels and this one.
    fn with(&self, name: &'static str, value: impl Into<metrics::SharedString>) -> Vec<metrics::Label> {
        let mut labels = self.labels.clone();
        labels.push(metrics::Label::new(name, value));
        labels
    }

    /// Nothing comes any more.
    pub(crate) fn over(&mut self) {
        self.count_in(None);
    }

    /// A gauge of how many watches are in it: several may have the same labels.
    fn count_in(&mut self, phase: Option<watch_core::Phase>) {
        if self.phase == phase {
            return;
        }
        let gauge = |phase: watch_core::Phase| metrics::gauge!("watch_phase", self.with("phase", phase.to_string()));
        if let Some(before) = self.phase {
            gauge(before).decrement(1.0);
        }
        if let Some(now) = phase {
            gauge(now).increment(1.0);
        }
        self.phase = phase;
    }

    pub(crate) fn request(&self, kind: RequestKind) {
        metrics::counter!("watch_requests_total", self.with("verb", kind.to_string())).increment(1);
    }

    pub(crate) fn bytes(&self, count: usize) {
        metrics::counter!("watch_bytes_total", self.labels.clone()).increment(count as u64);
    }

    /// Where it stands, each time that it has nothing to do.
    pub(crate) fn freshness(&mut self, freshness: &Freshness<'_>, clock: Clock) {
        self.count_in(Some(freshness.phase));
        if let Some(then) = freshness.synced_as_of {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let then = now.saturating_sub(clock.now().since(then));
            metrics::gauge!("watch_synced_timestamp_seconds", self.labels.clone()).set(then.as_secs_f64());
        }
    }

    /// What the watcher counts itself, as of now.
    pub(crate) fn counters(&mut self, now: Counters) {
        let before = core::mem::replace(&mut self.counters, now);
        let news = |now: u64, before: u64| Some(now.saturating_sub(before)).filter(|news| *news > 0);
        if let Some(news) = news(now.duplicates, before.duplicates) {
            metrics::counter!("watch_duplicates_total", self.labels.clone()).increment(news);
        }
        if let Some(news) = news(now.regressions, before.regressions) {
            metrics::counter!("watch_regressions_total", self.labels.clone()).increment(news);
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
        metrics::counter!("watch_events_total", self.with("type", kind)).increment(1);
    }

    pub(crate) fn notice(&self, notice: &Notice) {
        match notice {
            Notice::Retrying { .. } => metrics::counter!("watch_retries_total", self.labels.clone()).increment(1),
            Notice::Blocked { .. } => metrics::counter!("watch_blocked_total", self.labels.clone()).increment(1),
            Notice::Restarted { cause, blind_for, .. } => {
                metrics::counter!("watch_restarts_total", self.with("cause", cause.to_string())).increment(1);
                if let Some(blind_for) = blind_for {
                    metrics::histogram!("watch_blind_seconds", self.labels.clone()).record(blind_for.as_secs_f64());
                }
            }
            _ => {}
        }
    }
}

#[cfg(feature = "metrics")]
impl Drop for Meter {
    fn drop(&mut self) {
        self.over();
    }
}
