//! The metrics of one watch.

use std::time::{SystemTime, UNIX_EPOCH};

use metrics::{Counter, Histogram, Key, Label, SharedString, counter, gauge, histogram};
use watch_core::{Config, Counters, Event, Freshness, Instant, Notice, Phase, RequestKind};

use super::synced::Synced;
use super::words::Why;
use super::{describe, words};
use crate::clock::Clock;

/// A gauge of a time isn't set for a smaller step than this, in seconds.
const STEP: f64 = 1.0;

/// Holds the handles of the metrics that change often. Counters exist from the start, at 0, so that Prometheus sees the
/// first increase.
pub(super) struct Counted {
    labels: Vec<Label>,
    requests: [Counter; 2],
    response: [Histogram; 2],
    set: [Histogram; 2],
    events: [Counter; EVENTS.len()],
    wire_bytes: Counter,
    body_bytes: Counter,
    decode_errors: Counter,
    fallbacks: Counter,
    duplicates: Counter,
    regressions: Counter,
    /// The counters of the watcher as of the last call.
    counters: Counters,
    /// What this watch currently contributes to the gauges.
    phase: Option<Phase>,
    needs_attention: bool,
    attempts: u32,
    synced: Synced,
    as_of: f64,
    /// The open request: its kind, and the time at which it was sent (until its head arrives).
    sent: (RequestKind, Option<Instant>),
    /// When the first request for the incomplete list was sent.
    set_begun: Option<Instant>,
}

const VERBS: [RequestKind; 2] = [RequestKind::List, RequestKind::Watch];
const EVENTS: [&str; 5] = ["INITIAL", "ADDED", "MODIFIED", "DELETED", "BOOKMARK"];

fn labels(config: &Config) -> Vec<Label> {
    let mut labels = vec![Label::new("target", words::target(config))];
    labels.extend(config.label_selector().map(|selector| Label::new("label_selector", words::keys(selector))));
    labels.extend(config.field_selector().map(|selector| Label::new("field_selector", words::keys(selector))));
    labels
}

fn with(labels: &[Label], name: &'static str, value: impl Into<SharedString>) -> Vec<Label> {
    let mut labels = labels.to_vec();
    labels.push(Label::new(name, value));
    labels
}

impl Counted {
    pub(super) fn new(config: &Config) -> Self {
        describe::describe();
        let labels = labels(config);
        let verb = |kind: RequestKind| with(&labels, "verb", words::verb(kind));
        let as_of = unix_now();
        let key = Key::from_parts("watch_synced_timestamp_seconds", labels.clone());
        let counted = Self {
            requests: VERBS.map(|kind| counter!("watch_requests_total", verb(kind))),
            response: VERBS.map(|kind| histogram!("watch_response_seconds", verb(kind))),
            set: VERBS.map(|kind| histogram!("watch_list_seconds", verb(kind))),
            events: EVENTS.map(|kind| counter!("watch_events_total", with(&labels, "type", kind))),
            wire_bytes: counter!("watch_wire_bytes_total", labels.clone()),
            body_bytes: counter!("watch_body_bytes_total", labels.clone()),
            decode_errors: counter!("watch_decode_errors_total", labels.clone()),
            fallbacks: counter!("watch_fallbacks_total", labels.clone()),
            duplicates: counter!("watch_duplicates_total", labels.clone()),
            regressions: counter!("watch_regressions_total", labels.clone()),
            counters: Counters::default(),
            phase: None,
            needs_attention: false,
            attempts: 0,
            synced: Synced::new(key, gauge!("watch_synced_timestamp_seconds", labels.clone()), as_of),
            as_of,
            sent: (RequestKind::List, None),
            set_begun: None,
            labels,
        };
        counted.begin();
        counted
    }

    /// Registers all counters at 0: Prometheus' `increase` doesn't show the first increase of a new series.
    fn begin(&self) {
        let often = self.requests.iter().chain(&self.events);
        let others = [&self.wire_bytes, &self.body_bytes, &self.decode_errors, &self.fallbacks];
        let others = others.into_iter().chain([&self.duplicates, &self.regressions]);
        often.chain(others).for_each(|counter| counter.increment(0));
        words::causes().for_each(|why| self.trouble("watch_retries_total", why).increment(0));
        words::all_blocked().for_each(|why| self.trouble("watch_needs_attention_total", why).increment(0));
        for cause in words::RESTARTS {
            counter!("watch_relists_total", with(&self.labels, "cause", *cause)).increment(0);
        }
        for cause in words::ENDS {
            counter!("watch_ends_total", with(&self.labels, "cause", *cause)).increment(0);
        }
        gauge!("watch_needs_attention", self.labels.clone()).increment(0.0);
        gauge!("watch_attempts", self.labels.clone()).increment(0.0);
    }

    fn trouble(&self, name: &'static str, (cause, status): Why) -> Counter {
        let mut labels = with(&self.labels, "cause", cause);
        labels.push(Label::new("status", status));
        counter!(name, labels)
    }

    pub(super) fn sending(&mut self, kind: RequestKind, has_set: bool, now: Instant) {
        self.requests[index(kind)].increment(1);
        self.sent = (kind, Some(now));
        self.set_begun = if has_set { None } else { self.set_begun.or(Some(now)) };
    }

    pub(super) fn head(&mut self, now: Instant) {
        if let Some(sent) = self.sent.1.take() {
            self.response[index(self.sent.0)].record(now.since(sent).as_secs_f64());
        }
    }

    pub(super) fn bytes(&self, wire: u64, body: usize) {
        self.wire_bytes.increment(wire);
        self.body_bytes.increment(body as u64);
    }

    pub(super) fn event(&mut self, event: &Event, now: Instant) {
        let kind = match event {
            Event::InitialBegin { .. } => return,
            Event::InitialEnd { .. } => {
                if let Some(begun) = self.set_begun.take() {
                    self.set[index(self.sent.0)].record(now.since(begun).as_secs_f64());
                }
                return;
            }
            Event::Initial(_) => 0,
            Event::Added(_) => 1,
            Event::Modified(_) => 2,
            Event::Deleted(_) => 3,
            Event::Bookmark { .. } => 4,
        };
        self.events[kind].increment(1);
    }

    pub(super) fn counters(&mut self, now: Counters) {
        let before = core::mem::replace(&mut self.counters, now);
        self.duplicates.increment(now.duplicates.saturating_sub(before.duplicates));
        self.regressions.increment(now.regressions.saturating_sub(before.regressions));
    }

    pub(super) fn undecodable(&self) {
        self.decode_errors.increment(1);
    }

    pub(super) fn notice(&self, notice: &Notice) {
        match notice {
            Notice::Retrying { trouble, .. } => {
                self.trouble("watch_retries_total", words::cause(&trouble.cause)).increment(1);
            }
            Notice::NeedsAttention { trouble, .. } => {
                self.trouble("watch_needs_attention_total", words::blocked(&trouble.cause)).increment(1);
            }
            Notice::FellBack { .. } => self.fallbacks.increment(1),
            Notice::Relisted { cause, gap, .. } => {
                counter!("watch_relists_total", with(&self.labels, "cause", words::restart(*cause))).increment(1);
                if let Some(gap) = gap {
                    histogram!("watch_gap_seconds", self.labels.clone()).record(gap.as_secs_f64());
                }
            }
            _ => {}
        }
    }

    pub(super) fn freshness(&mut self, freshness: &Freshness<'_>, clock: Clock) {
        self.stand(Some(freshness.phase), freshness.needs_attention, freshness.attempts);
        if let Some(then) = freshness.synced_as_of {
            let as_of = unix_now() - clock.now().since(then).as_secs_f64();
            if (as_of - self.as_of).abs() >= STEP {
                self.as_of = as_of;
                self.synced.set(as_of);
            }
        }
    }

    /// Adjusts the gauges by the difference, since several watches may have the same labels.
    fn stand(&mut self, phase: Option<Phase>, needs_attention: bool, attempts: u32) {
        if self.phase != phase {
            let gauge = |phase: Phase| gauge!("watch_phase", with(&self.labels, "phase", phase.to_string()));
            if let Some(before) = self.phase {
                gauge(before).decrement(1.0);
            }
            if let Some(now) = phase {
                gauge(now).increment(1.0);
            }
            self.phase = phase;
        }
        if self.needs_attention != needs_attention {
            let by = if needs_attention { 1.0 } else { -1.0 };
            gauge!("watch_needs_attention", self.labels.clone()).increment(by);
            self.needs_attention = needs_attention;
        }
        if self.attempts != attempts {
            let by = f64::from(attempts) - f64::from(self.attempts);
            gauge!("watch_attempts", self.labels.clone()).increment(by);
            self.attempts = attempts;
        }
    }

    /// Counts the end of the watch, and removes it from the gauges.
    pub(super) fn over(mut self, cause: &'static str) {
        self.stand(None, false, 0);
        counter!("watch_ends_total", with(&self.labels, "cause", cause)).increment(1);
    }
}

const fn index(kind: RequestKind) -> usize {
    match kind {
        RequestKind::List => 0,
        RequestKind::Watch => 1,
    }
}

/// Returns the seconds since 1970. Only differences are taken from tokio's clock, which tests pause.
fn unix_now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
