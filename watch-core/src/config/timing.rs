//! The timeouts.

use core::time::Duration;

use super::config_error::ConfigError;

/// The timeouts. They count from [`Output::Wait`](crate::Output::Wait), so a slow consumer can't cause a timeout.
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
        }
    }
}

impl Timing {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
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
            if !(Duration::from_secs(1)..=day).contains(&value) {
                return Err(ConfigError::OutOfRange { field, allowed: "from 1 s to 24 h" });
            }
        }
        Ok(())
    }
}
