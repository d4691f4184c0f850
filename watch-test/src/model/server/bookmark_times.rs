//! The times of a watch's bookmarks.

use core::time::Duration;

/// The interval of bookmarks (`defaultBookmarkFrequency` of storage/cacher/cacher.go).
pub const BOOKMARK_INTERVAL: Duration = Duration::from_secs(60);

/// The time between the last bookmark of a watch and its end (`nextBookmarkTime`).
const BEFORE_THE_END: Duration = Duration::from_secs(2);

/// The due times of one watch's bookmarks.
///
/// kube-apiserver keeps watches in buckets of one second and looks into the bucket of the current second, so a
/// bookmark may be early by up to a second, and the last one usually comes twice (`watcherBookmarkTimeBuckets`).
#[derive(Clone, Debug)]
pub(crate) struct BookmarkTimes {
    interval: Duration,
    width: Duration,
    ends_at: Duration,
    due: Option<Duration>,
}

impl BookmarkTimes {
    pub(crate) fn new(now: Duration, ends_at: Duration, interval: Duration) -> Self {
        let width = interval.clamp(Duration::from_millis(1), Duration::from_secs(1));
        let mut times = Self { interval, width, ends_at, due: None };
        times.schedule(now, None);
        times
    }

    /// Returns when the next bookmark is due; `None` if no bookmark follows.
    pub(crate) const fn due(&self) -> Option<Duration> {
        self.due
    }

    /// Records that the due bookmark was sent or skipped.
    pub(crate) fn sent(&mut self, now: Duration) {
        let bucket = self.bucket(now);
        self.schedule(now, Some(bucket));
    }

    fn schedule(&mut self, now: Duration, sent: Option<u128>) {
        let next = now.saturating_add(self.interval).min(self.ends_at.saturating_sub(BEFORE_THE_END));
        self.due = (next >= now).then(|| {
            let bucket = self.bucket(next).max(sent.map_or(0, |sent| sent + 1));
            let nanos = bucket * self.width.as_nanos();
            Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
        });
    }

    const fn bucket(&self, at: Duration) -> u128 {
        at.as_nanos() / self.width.as_nanos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(opened: u64, timeout: u64) -> Vec<u64> {
        let opened = Duration::from_millis(opened);
        let mut times = BookmarkTimes::new(opened, opened + Duration::from_secs(timeout), BOOKMARK_INTERVAL);
        let mut all = Vec::new();
        while let Some(due) = times.due() {
            all.push(due.as_millis() as u64);
            times.sent(due);
        }
        all
    }

    #[test]
    fn once_a_minute_and_twice_at_the_end_as_measured() {
        assert_eq!(all(400, 75), [60_000, 73_000, 74_000]);
        assert_eq!(all(400, 6), [4_000, 5_000]);
    }

    #[test]
    fn none_if_the_watch_lasts_two_seconds_or_less() {
        assert!(all(400, 1).is_empty());
    }
}
