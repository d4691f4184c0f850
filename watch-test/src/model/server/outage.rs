//! Outages of a server: of its watches, connections, store and caches.

use core::time::Duration;

use super::ApiServer;
use super::watch::{Queued, Watch};
use crate::fault::End;
use crate::model::endpoints::access::Access;

impl ApiServer {
    /// Ends all open watches in order: queued events are sent, then the last chunk. A client sees this if its watch was
    /// too slow, or if the cache was refilled.
    pub fn end_watches(&mut self) {
        for (id, exchange) in &mut self.exchanges {
            if let Some(watch) = exchange.watch_mut() {
                watch.is_ending = true;
                self.woken.insert(*id);
            }
        }
    }

    /// Sends a text on all open watches, byte for byte. If `then_end` is true, the watches end after it.
    pub fn say(&mut self, text: &str, then_end: bool) {
        let line = bytes::Bytes::copy_from_slice(text.as_bytes());
        for (id, exchange) in &mut self.exchanges {
            if let Some(watch) = exchange.watch_mut().filter(|watch| !watch.is_ending) {
                watch.queue.push_back(Queued::Line(line.clone()));
                watch.is_ending = then_end;
                self.woken.insert(*id);
            }
        }
    }

    /// Returns the oldest version that a watch of a resource can start from, on the first server.
    pub fn oldest_watchable(&self, resource: &str) -> u64 {
        self.cluster.oldest_watchable(resource)
    }

    /// Returns the oldest version that can be read or restored.
    pub fn oldest_version(&self) -> u64 {
        self.cluster.oldest_version()
    }

    /// Cuts off all open watches.
    pub fn disconnect(&mut self) {
        self.cut_off(End::Cut, true);
    }

    /// Cuts off all open watches and resets their connections (TCP RST).
    pub fn reset(&mut self) {
        self.cut_off(End::Reset, true);
    }

    /// Crashes and restarts the server, with `gap` revisions written in between, up to
    /// [`LAST_VERSION`](crate::model::LAST_VERSION). Every exchange is cut off, and the caches are refilled, so that a
    /// watch from an older version gets 410.
    pub fn restart(&mut self, gap: u64) {
        self.cut_off(End::Cut, false);
        self.cluster.restart(gap);
    }

    /// Restores the store from a backup as of this version, and restarts the server: versions go back. Later writes are
    /// lost, and their versions are assigned to other writes. If the version was compacted, the oldest version is
    /// restored.
    pub fn restore(&mut self, version: u64) {
        self.cut_off(End::Cut, false);
        self.cluster.restore(version);
    }

    /// Restores the store from a backup as of this version, without a restart of the servers. Their caches still have
    /// the lost writes. They get no events until the versions exceed those that they know. Even consistent lists return
    /// objects that no longer exist, and watches never get the writes until then. Reads of single objects are correct.
    pub fn restore_behind(&mut self, version: u64) {
        self.cluster.restore_behind(version);
    }

    /// Sends a bookmark to every watch that allows them, now.
    pub fn send_bookmarks(&mut self) {
        for (id, exchange) in &mut self.exchanges {
            let resources = &self.cluster.resources;
            let has_bookmarks =
                |watch: &&mut Watch| watch.bookmarks.is_some() && !watch.is_ending && resources.has(&watch.resource);
            let Some(watch) = exchange.watch_mut().filter(has_bookmarks) else {
                continue;
            };
            if let Some(version) = self.cluster.progress_of(watch.replica, &watch.resource) {
                watch.queue.push_back(Queued::Bookmark(version));
                self.woken.insert(*id);
            }
        }
    }

    /// Starts another server in front of the same store. Returns its number.
    ///
    /// # Panics
    /// Panics if there are [`MOST_REPLICAS`](crate::model::MOST_REPLICAS) already.
    pub fn add_replica(&mut self) -> usize {
        self.cluster.add_replica()
    }

    /// Stops the updates of a server's caches, or resumes them. While they are stopped, reads that needn't be
    /// consistent return the past, and watches are silent. A server that doesn't exist yet is started.
    ///
    /// # Panics
    /// Panics if `replica` is [`MOST_REPLICAS`](crate::model::MOST_REPLICAS) or more.
    pub fn set_lagging(&mut self, now: Duration, replica: usize, is_lagging: bool) {
        self.cluster.set_lagging(now, replica, is_lagging);
        self.show_news();
    }

    /// Refills the cache of a resource for this long: reads get 429, as for a while after a restart.
    pub fn set_unready_for(&mut self, now: Duration, resource: &str, lasts: Duration) {
        if let Some(resource) = self.cluster.resources.find(resource).cloned() {
            self.cluster.set_unready(&resource.name(), now, now + lasts);
        }
    }

    /// Returns whether a resource has a cache on the first server, which can be refilled, and can lag.
    pub(crate) fn caches(&self, resource: &str) -> bool {
        self.cluster.has_cache(resource)
    }

    /// Sets the interval of bookmarks of watches that are opened from now on; `None` means never.
    pub const fn set_bookmark_interval(&mut self, interval: Option<Duration>) {
        self.settings.bookmark_interval = interval;
    }

    /// Sets the most queued events of a watch that is opened from now on, before it is ended for being too slow.
    pub const fn set_backlog_limit(&mut self, limit: Option<usize>) {
        self.settings.backlog_limit = limit;
    }

    /// Sets who may send requests, from now on.
    pub fn set_access(&mut self, access: Access) {
        self.settings.access = access;
    }

    fn cut_off(&mut self, end: End, only_watches: bool) {
        for (id, exchange) in &mut self.exchanges {
            if exchange.is_watch() || !only_watches {
                exchange.cut = Some(end);
                self.woken.insert(*id);
            }
        }
    }
}
