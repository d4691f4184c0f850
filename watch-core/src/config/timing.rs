//! The timeouts and the backoff.

use core::ops::RangeInclusive;
use core::time::Duration;

use super::config_error::ConfigError;

/// The timeouts and the backoff. Timeouts count from [`Output::Wait`](crate::Output::Wait), so a slow consumer can't cause
/// a timeout.
///
/// ```
/// # use std::time::Duration;
/// # use watch_core::{Config, Resource, Timing};
/// let mut timing = Timing::default();
/// timing.longest_backoff = Duration::from_secs(60);
/// let config = Config::builder(Resource::core("v1", "pods")).timing(timing.clone()).build()?;
///
/// timing.shortest_backoff = Duration::from_secs(90);
/// let error = Config::builder(Resource::core("v1", "pods")).timing(timing).build().unwrap_err();
/// assert_eq!(error.to_string(), "timing.shortest_backoff must be from 100 ms to timing.longest_backoff");
/// # Ok::<(), watch_core::ConfigError>(())
/// ```
#[cfg_attr(feature = "trace", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "trace", serde(rename_all = "camelCase", deny_unknown_fields))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timing {
    /// How long the server is asked to keep a watch open (`timeoutSeconds`). Each request subtracts a random part, up
    /// to a quarter, so that watches that began together don't end together. Default: 290 s, because many load
    /// balancers cut at 5 minutes.
    pub watch: Duration,
    /// How much longer than `timeoutSeconds` a watch may last before its connection counts as dead. Default: 15 s.
    pub grace: Duration,
    /// How long to wait for the head of a response. Default: 65 s, so that kube-apiserver's own timeout (60 s,
    /// `--request-timeout`) comes first and reports the reason.
    pub response_timeout: Duration,
    /// How long to wait for the next complete item of a list. Default: 60 s.
    pub list_item_timeout: Duration,
    /// How long one page of a list may take in total. Default: 10 min; kube-apiserver itself ends it after its
    /// `--request-timeout`.
    pub page_timeout: Duration,
    /// How long a watch may be silent after its first bookmark. Default: 150 s, because kube-apiserver sends one a
    /// minute (`defaultBookmarkFrequency`) to each watch that got a first one. A watch that gets no bookmarks (a watch
    /// of Events) may be silent until its `timeoutSeconds` are over.
    pub idle_timeout: Duration,
    /// How long one object may take to arrive completely. Default: 60 s.
    pub object_timeout: Duration,
    /// How long a streaming list may be silent before the watch falls back to LIST: some servers never send the end
    /// marker. Default: 30 s.
    pub initial_events_timeout: Duration,
    /// The longest `Retry-After` that is respected. Default: 5 min.
    pub longest_retry_after: Duration,
    /// The first delay of the backoff. Each further failure doubles the delay, and a random part of up to the same length
    /// is added. From 100 ms to `longest_backoff`. Default: 0.8 s, as client-go.
    ///
    /// A watch whose connection breaks resumes sooner, after a random time: up to a quarter of this setting, and up to
    /// an eighth if the connection breaks again. At most two such resumes follow each other without progress, and at
    /// most two are within 30 s. If there is no progress after them, the next delay is longer by the time that they saved.
    /// So a server that stays away gets no more requests. A server with more watches needs a longer setting: when the
    /// server is lost, all its watches resume within a quarter of it.
    #[cfg_attr(feature = "trace", serde(default = "shortest_backoff"))]
    pub shortest_backoff: Duration,
    /// The longest delay of the backoff, before the random part and the time that resumes saved are added. From 5 s to
    /// 24 h. Default: 30 s, as client-go.
    #[cfg_attr(feature = "trace", serde(default = "longest_backoff"))]
    pub longest_backoff: Duration,
}

/// The first and the longest delay of client-go's reflector, which also doubles it (`tools/cache/reflector.go`:
/// `wait.NewExponentialBackoffManager(800ms, 30s, 2min, 2.0, 1.0)`). A trace without these settings has these delays.
const fn shortest_backoff() -> Duration {
    Duration::from_millis(800)
}

/// See [`shortest_backoff`].
const fn longest_backoff() -> Duration {
    Duration::from_secs(30)
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            watch: Duration::from_secs(290),
            grace: Duration::from_secs(15),
            response_timeout: Duration::from_secs(65),
            list_item_timeout: Duration::from_secs(60),
            page_timeout: Duration::from_secs(600),
            idle_timeout: Duration::from_secs(150),
            object_timeout: Duration::from_secs(60),
            initial_events_timeout: Duration::from_secs(30),
            longest_retry_after: Duration::from_secs(300),
            shortest_backoff: shortest_backoff(),
            longest_backoff: longest_backoff(),
        }
    }
}

impl Timing {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let second = Duration::from_secs(1);
        let day = Duration::from_secs(24 * 60 * 60);
        for (field, value) in [
            ("timing.watch", self.watch),
            ("timing.grace", self.grace),
            ("timing.response_timeout", self.response_timeout),
            ("timing.list_item_timeout", self.list_item_timeout),
            ("timing.page_timeout", self.page_timeout),
            ("timing.idle_timeout", self.idle_timeout),
            ("timing.object_timeout", self.object_timeout),
            ("timing.initial_events_timeout", self.initial_events_timeout),
            ("timing.longest_retry_after", self.longest_retry_after),
        ] {
            in_range(field, value, second..=day, "from 1 s to 24 h")?;
        }
        // Because of this range, a server that always fails gets at most one attempt in 5 s in the long run.
        in_range("timing.longest_backoff", self.longest_backoff, 5 * second..=day, "from 5 s to 24 h")?;
        let allowed = Duration::from_millis(100)..=self.longest_backoff;
        in_range("timing.shortest_backoff", self.shortest_backoff, allowed, "from 100 ms to timing.longest_backoff")
    }
}

fn in_range(
    field: &'static str,
    value: Duration,
    range: RangeInclusive<Duration>,
    allowed: &'static str,
) -> Result<(), ConfigError> {
    if range.contains(&value) { Ok(()) } else { Err(ConfigError::OutOfRange { field, allowed }) }
}
