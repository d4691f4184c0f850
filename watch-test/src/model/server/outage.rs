//! What goes wrong with all of a server: its watches, its connections, its store, its caches.

use core::time::Duration;

use super::ApiServer;
use super::watch::{Queued, Watch};
use crate::fault::End;
use crate::model::endpoints::access::Access;

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
        self.cluster.oldest_watchable(resource)
    }

    /// The oldest version that can be read, or restored.
    pub fn oldest_version(&self) -> u64 {
        self.cluster.oldest_version()
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
        self.cluster.restart(gap);
    }

    /// The store is restored from a backup of that version, and the server restarted: versions go back. What was
    /// written since is gone, and its versions will be given again to other things. Versions that were compacted can't
    /// be restored; then it is the oldest there is.
    pub fn restore(&mut self, version: u64) {
        self.cut_off(End::Cut, false);
        self.cluster.restore(version);
    }

    /// The store is restored from a backup of that version while the servers go on. Their caches still hold what was
    /// undone, and hear nothing until versions have passed what they know: even lists that should be consistent show
    /// what is no more, and what is written until then is never seen by a watch. Reads of single objects show the truth.
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
    /// If there are [`MOST_REPLICAS`](crate::model::MOST_REPLICAS) already.
    pub fn add_replica(&mut self) -> usize {
        self.cluster.add_replica()
    }

    /// Has a server's caches hear nothing of the store, or hear it all again. Reads that needn't be consistent then
    /// show the past, and watches are silent. A server that doesn't exist yet is started.
    ///
    /// # Panics
    /// If `replica` is [`MOST_REPLICAS`](crate::model::MOST_REPLICAS) or more.
    pub fn set_lagging(&mut self, now: Duration, replica: usize, is_lagging: bool) {
        self.cluster.set_lagging(now, replica, is_lagging);
        self.show_news();
    }

    /// The cache of a resource is being filled for so long: reads are told 429, as a while after a restart.
    pub fn set_unready_for(&mut self, now: Duration, resource: &str, lasts: Duration) {
        if let Some(resource) = self.cluster.resources.find(resource).cloned() {
            self.cluster.set_unready(&resource.name(), now, now + lasts);
        }
    }

    /// Whether a resource has a cache on the first server, which can be filled, and lag.
    pub(crate) fn caches(&self, resource: &str) -> bool {
        self.cluster.has_cache(resource)
    }

    /// How often watches that are opened from now on get bookmarks; `None`: never.
    pub const fn set_bookmark_interval(&mut self, interval: Option<Duration>) {
        self.settings.bookmark_interval = interval;
    }

    /// How many events may wait on a watch, opened from now on, before it is ended for being too slow.
    pub const fn set_backlog_limit(&mut self, limit: Option<usize>) {
        self.settings.backlog_limit = limit;
    }

    /// Who may ask, from now on.
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
