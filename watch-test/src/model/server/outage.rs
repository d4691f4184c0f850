//! What happens to the whole server.

use core::time::Duration;

use super::exchange::End;
use super::watch::{Queued, Watch};
use crate::model::ApiServer;
use crate::model::cluster::replica::Replica;

/// How many servers there can be in front of one store. Each has caches of its own.
pub const MOST_REPLICAS: usize = 16;

impl ApiServer {
    /// Ends all open watches as if in order: what they have to say is said, then the last chunk comes. It is what a
    /// client sees whose watch was too slow, or whose cache was filled anew.
    pub fn end_watches(&mut self) {
        for (id, exchange) in &mut self.exchanges {
            if let Some(watch) = exchange.watch_mut() {
                watch.is_ending = true;
                self.woken.insert(*id);
            }
        }
    }

    /// Says something on all open watches, byte for byte, and may end them behind it.
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

    /// The oldest version from which a watch of a resource can begin, on the first server.
    pub fn oldest_watchable(&self, resource: &str) -> u64 {
        let cache = self.resources.find(resource).and_then(|resource| self.cache(0, &resource.name()));
        cache.map_or_else(|| self.store.compacted(), crate::model::storage::cache::Cache::reaches_back_to)
    }

    /// The oldest version that can be read, or restored.
    pub fn oldest_version(&self) -> u64 {
        self.store.compacted().max(1)
    }

    /// Cuts all open watches off in the middle.
    pub fn disconnect(&mut self) {
        self.cut_off(End::Cut, true);
    }

    /// Cuts all open watches off and resets their connections.
    pub fn reset(&mut self) {
        self.cut_off(End::Reset, true);
    }

    /// The server crashes and comes back: everything under way is cut off, and the caches are filled anew, so that a
    /// watch from before is told 410. `gap`: so many revisions have passed by then, up to [`LAST_VERSION`](crate::model::LAST_VERSION).
    pub fn restart(&mut self, gap: u64) {
        self.cut_off(End::Cut, false);
        self.store.skip(gap);
        self.refill();
    }

    /// The store is restored from a backup of that version, and the server restarted: versions go back. What was
    /// written since is gone, and its versions will be given again to other things. Versions that were compacted can't
    /// be restored; then it is the oldest there is.
    pub fn restore(&mut self, version: u64) {
        self.cut_off(End::Cut, false);
        self.store.restore(version.clamp(self.oldest_version(), self.store.revision()));
        self.refill();
        self.find_work();
    }

    /// The store is restored from a backup of that version while the servers go on. Their caches still hold what was
    /// undone, and hear nothing until versions have passed what they know: even lists that should be consistent show
    /// what is no more, and what is written until then is never seen by a watch. Reads of single objects show the truth.
    pub fn restore_behind(&mut self, version: u64) {
        for replica in &mut self.replicas {
            replica.held.get_or_insert_with(|| self.store.clone());
        }
        self.store.restore(version.clamp(self.oldest_version(), self.store.revision()));
        self.find_work();
    }

    /// Sends a bookmark to every watch that allows them, now.
    pub fn send_bookmarks(&mut self) {
        for (id, exchange) in &mut self.exchanges {
            let resources = &self.resources;
            let has_bookmarks =
                |watch: &&mut Watch| watch.bookmarks.is_some() && !watch.is_ending && resources.has(&watch.resource);
            let Some(watch) = exchange.watch_mut().filter(has_bookmarks) else {
                continue;
            };
            let replica = self.replicas.get_mut(watch.replica).filter(|replica| !replica.is_lagging);
            if let Some(cache) = replica.and_then(|replica| replica.caches.get_mut(&watch.resource.stored_in())) {
                cache.progress(self.store.revision());
                watch.queue.push_back(Queued::Bookmark(cache.version));
                self.woken.insert(*id);
            }
        }
    }

    /// Starts another server in front of the same store. Returns its number.
    ///
    /// # Panics
    /// If there are [`MOST_REPLICAS`] already.
    pub fn add_replica(&mut self) -> usize {
        let number = self.replicas.len();
        self.add_replicas_up_to(number);
        number
    }

    /// Has a server's caches hear nothing of the store, or hear it all again. Reads that needn't be consistent then
    /// show the past, and watches are silent. A server that doesn't exist yet is started.
    ///
    /// # Panics
    /// If `replica` is [`MOST_REPLICAS`] or more.
    pub fn set_lagging(&mut self, now: Duration, replica: usize, is_lagging: bool) {
        self.add_replicas_up_to(replica);
        if let Some(replica) = self.replicas.get_mut(replica) {
            replica.is_lagging = is_lagging;
        }
        self.deliver(now);
    }

    /// The cache of a resource is being filled for so long: reads are told 429, as a while after a restart.
    pub fn set_unready_for(&mut self, now: Duration, resource: &str, lasts: Duration) {
        if let Some(resource) = self.resources.find(resource).cloned() {
            self.set_unready(&resource.name(), now, now + lasts);
        }
    }

    /// Whether a resource has a cache on the first server, which can be filled, and lag.
    pub(crate) fn caches(&self, resource: &str) -> bool {
        self.resources.find(resource).is_some_and(|resource| self.cache(0, &resource.name()).is_some())
    }

    /// How often watches that are opened from now on get bookmarks; `None`: never.
    pub const fn set_bookmark_interval(&mut self, interval: Option<Duration>) {
        self.config.bookmark_interval = interval;
    }

    /// How many events may wait on a watch, opened from now on, before it is ended for being too slow.
    pub const fn set_backlog_limit(&mut self, limit: Option<usize>) {
        self.config.backlog_limit = limit;
    }

    /// Who may ask, from now on.
    pub fn set_access(&mut self, access: crate::model::Access) {
        self.config.access = access;
    }

    pub(crate) fn add_replicas_up_to(&mut self, number: usize) {
        assert!(number < MOST_REPLICAS, "replica {number} is too many: they are numbered 0 to {}", MOST_REPLICAS - 1);
        while self.replicas.len() <= number {
            self.replicas.push(Replica::new(&self.resources, self.config.window, self.store.revision()));
        }
    }

    fn cut_off(&mut self, end: End, only_watches: bool) {
        for (id, exchange) in &mut self.exchanges {
            if exchange.is_watch() || !only_watches {
                exchange.cut = Some(end);
                self.woken.insert(*id);
            }
        }
    }

    /// All caches list their resources again.
    fn refill(&mut self) {
        for replica in &mut self.replicas {
            let is_lagging = replica.is_lagging;
            *replica = Replica::new(&self.resources, self.config.window, self.store.revision());
            replica.is_lagging = is_lagging;
        }
    }
}
