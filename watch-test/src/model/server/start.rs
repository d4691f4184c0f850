//! The start of a watch.

use core::time::Duration;
use std::collections::VecDeque;

use watch_core::wire::Status;

use super::ApiServer;
use super::bookmark_times::BookmarkTimes;
use super::collection::Collection;
use super::watch::{Queued, Watch};
use crate::model::endpoints::list_options::parse_version;

/// The shortest duration of a watch without `timeoutSeconds`: the duration is random, up to twice as long
/// (`--min-request-timeout` of kube-apiserver).
pub const MIN_REQUEST_TIMEOUT: Duration = Duration::from_secs(1800);

/// The result of a request for a watch.
pub(crate) enum Started {
    Watch(Box<Watch>),
    /// The cache hasn't reached the version yet.
    WaitFor(u64),
}

/// The initial part of a watch.
enum Begin {
    /// The complete state, and the end marker if bookmarks are allowed.
    Initial { needs: u64 },
    /// The complete state as the cache has it, without an end marker, as before streaming lists.
    Legacy,
    /// The changes after the newest revision.
    Now,
    /// The changes after the cache's version.
    Cached,
    /// The changes after this version.
    After(u64),
}

impl ApiServer {
    /// Starts a watch. The table is that of `RunWatchSemantics` in apiserver/pkg/storage/testing/watcher_tests.go.
    pub(crate) fn start_watch(&mut self, now: Duration, collection: &Collection) -> Result<Started, Status> {
        let options = &collection.options;
        // An error that isn't an APIStatus: 500 without a reason.
        let version =
            parse_version(options.resource_version.as_deref()).map_err(|error| Status::new(500, "", error))?;
        let is_unset = options.resource_version.is_none();
        let begin = match (version, options.send_initial_events) {
            (0, Some(true)) => Begin::Initial { needs: if is_unset { self.cluster.store.revision() } else { 0 } },
            (0, None) => Begin::Legacy,
            (0, Some(false)) if is_unset => Begin::Now,
            (0, Some(false)) => Begin::Cached,
            (version, Some(true)) => Begin::Initial { needs: version },
            (version, None | Some(false)) => Begin::After(version),
        };
        if is_unset {
            self.cluster.progress(collection.replica);
        }
        let cached = collection.cached_version(&self.cluster);
        let mut queue = VecDeque::new();
        let after = match begin {
            Begin::Initial { needs } if needs > cached => return Ok(Started::WaitFor(needs)),
            Begin::Initial { .. } => {
                queue.extend(self.initial(collection, cached));
                if options.allow_watch_bookmarks && !collection.faults.no_end_marker {
                    queue.push_back(Queued::InitialEnd(cached));
                }
                cached
            }
            Begin::Legacy => {
                queue.extend(self.initial(collection, cached));
                cached
            }
            Begin::Now => self.cluster.store.revision(),
            Begin::Cached => cached,
            Begin::After(version) => version,
        };
        let ends_at = now + self.duration_of(options.timeout_seconds);
        let mut watch = self.new_watch(now, collection, after, ends_at);
        watch.queue = queue;
        if let Begin::After(version) = begin {
            // A lagging cache would repeat objects that no longer exist; a restored one has nothing newer.
            let is_known = version <= cached || cached == self.cluster.store.revision();
            if collection.faults.repeats_objects && is_known {
                watch.queue.extend(self.initial(collection, version.min(cached)));
            }
            self.replay(&mut watch, version);
        }
        // A negative timeout has passed before anything could be sent.
        if collection.negotiated.is_mute || options.timeout_seconds.is_some_and(|seconds| seconds < 0) {
            watch.queue.clear();
            watch.is_ending = true;
        }
        Ok(Started::Watch(Box::new(watch)))
    }

    /// A watch that sends only an error: once a watch is accepted, errors are events.
    pub(crate) fn failed_watch(&self, now: Duration, collection: &Collection, status: &Status) -> Box<Watch> {
        let mut watch = self.new_watch(now, collection, u64::MAX, now);
        watch.fail(status);
        Box::new(watch)
    }

    fn new_watch(&self, now: Duration, collection: &Collection, after: u64, ends_at: Duration) -> Watch {
        let wants_bookmarks = collection.options.allow_watch_bookmarks && collection.resource.cached;
        let interval =
            collection.faults.bookmarks.unwrap_or(self.settings.bookmark_interval).filter(|_| wants_bookmarks);
        let mut texts = collection.faults.texts.clone();
        texts.sort_by_key(|text| text.after_events);
        Watch {
            resource: collection.resource.clone(),
            stored: self.cluster.resources.stored(&collection.resource),
            replica: collection.replica,
            representation: collection.negotiated.representation,
            needs_columns: true,
            epoch: self.cluster.clock(Duration::ZERO),
            selection: collection.selection.clone(),
            after,
            has_old_deletions: collection.faults.has_old_deletions,
            departs_silently: collection.faults.departs_silently,
            ends_at,
            bookmarks: interval.map(|interval| BookmarkTimes::new(now, ends_at, interval)),
            backlog_limit: self.settings.backlog_limit,
            queue: VecDeque::new(),
            texts,
            events: 0,
            error: None,
            is_ending: false,
        }
    }

    fn initial(&self, collection: &Collection, revision: u64) -> Vec<Queued> {
        let selection = &collection.selection;
        let view = collection.view(&self.cluster);
        view.at(&collection.resource.stored_in(), &selection.prefix, None, revision)
            .filter(|(_, object)| selection.matches(object))
            .map(|(_, object)| Queued::Initial(object.clone()))
            .collect()
    }

    /// Queues the changes since a version, or the error that it expired.
    fn replay(&self, watch: &mut Watch, version: u64) {
        let resource = watch.resource.stored_in();
        let (changes, expired): (Vec<_>, _) = match self.cluster.cache(watch.replica, &resource) {
            Some(cache) => match cache.since(version) {
                Ok(changes) => (changes.cloned().collect(), None),
                Err(oldest) => (Vec::new(), Some(format!("too old resource version: {version} ({oldest})"))),
            },
            // etcd itself is watched, from the next version on (`mvcc.watchableStore`).
            None if version.saturating_add(1) < self.cluster.store.compacted() => {
                (Vec::new(), Some("The resourceVersion for the provided watch is too old.".into()))
            }
            None => (self.cluster.store.changes_after(&resource, version).cloned().collect(), None),
        };
        if let Some(message) = expired {
            watch.queue.clear();
            watch.fail(&Status::new(410, "Expired", message));
        }
        let limit = watch.backlog_limit.take();
        for change in &changes {
            watch.offer(change);
        }
        watch.backlog_limit = limit;
    }

    fn duration_of(&mut self, timeout_seconds: Option<i64>) -> Duration {
        match timeout_seconds {
            None | Some(0) => {
                let spread = self.settings.min_request_timeout.as_millis().max(1);
                let extra = self.cluster.rng.below(u64::try_from(spread).unwrap_or(u64::MAX));
                self.settings.min_request_timeout + Duration::from_millis(extra)
            }
            Some(seconds) => Duration::from_secs(u64::try_from(seconds).unwrap_or(0)),
        }
    }
}
