//! Handles an event of a watch.

use core::time::Duration;

use super::{StreamingList, Watching};
use crate::io::cause::Cause;
use crate::io::event::Event;
use crate::io::notice::{Notice, Skipped};
use crate::machine::memory::position::Standing;
use crate::machine::memory::regression::Looks;
use crate::machine::memory::{Memory, Progress};
use crate::wire::object::Object;
use crate::wire::version::{InvalidResourceVersion, ResourceVersion};
use crate::wire::{Bookmark, Malformed, WatchEvent};

/// The objects with which a watch begins arrive without a longer pause than this.
const AT_ONCE: Duration = Duration::from_secs(10);

impl Watching {
    /// Handles an event: returns one for the consumer, nothing, or the failure that ends this watch.
    pub(super) fn event(&mut self, event: WatchEvent, memory: &mut Memory) -> Result<Option<Event>, Cause> {
        match (event, &mut self.list) {
            (WatchEvent::Added(object), None) => self.live(Event::Added(object), memory),
            (WatchEvent::Modified(object), None) => self.live(Event::Modified(object), memory),
            (WatchEvent::Deleted(object), None) => self.live(Event::Deleted(object), memory),
            (WatchEvent::Added(object), Some(list)) => {
                list.pause.clear();
                list.object(object, memory)
            }
            // kube-apiserver sends only ADDED before the end marker. client-go accepts the other types, so this code
            // accepts them too. But a server that sends them may have ignored `sendInitialEvents`, so they don't
            // prolong the wait.
            (WatchEvent::Modified(object), Some(list)) => list.object(object, memory),
            (WatchEvent::Deleted(object), Some(_)) => Ok(Some(Event::Deleted(object))),
            (WatchEvent::Bookmark(bookmark), _) => self.bookmark(bookmark, memory),
            (WatchEvent::Error(status), _) => Err(Cause::Status(status.into())),
        }
    }

    fn live(&mut self, event: Event, memory: &mut Memory) -> Result<Option<Event>, Cause> {
        let Some(found) = event.change().map(Object::resource_version) else { return Ok(Some(event)) };
        // Repeats come first, and as ADDED (client-go's `eventReceivedBesidesAdded`).
        self.is_checked &= matches!(event, Event::Added(_)) && memory.waited.since(self.began) <= AT_ONCE;
        match memory.progress.position().standing(&event) {
            Standing::New => self.useful |= memory.progress.position().is_news(&event),
            Standing::Duplicate => {
                memory.health.duplicate();
                self.skip(Skipped::Duplicate { found: found.clone() }, memory);
                return Ok(None);
            }
            Standing::Old => {
                let looks = match event {
                    Event::Added(_) if self.is_checked => Looks::Repeated,
                    Event::Added(_) => Looks::Added,
                    _ => Looks::Changed,
                };
                if !memory.health.is_repeat(looks) {
                    memory.intent.check.want_if(!memory.health.regressions().had_list());
                    return Err(Cause::OldEvent { seen: seen(&memory.progress, found), found: found.clone() });
                }
            }
        }
        Ok(Some(event))
    }

    fn bookmark(&mut self, bookmark: Bookmark, memory: &mut Memory) -> Result<Option<Event>, Cause> {
        let is_live = self.is_live();
        if let (false, true, Some(error)) = (is_live, bookmark.initial_events_end, bookmark.invalid_version) {
            return Err(Cause::Unreadable(Malformed::version("end marker", error).into()));
        }
        let Some(resource_version) = bookmark.resource_version else {
            self.skip(
                match bookmark.invalid_version {
                    Some(InvalidResourceVersion::TooLong { bytes }) => Skipped::BookmarkVersionTooLong { bytes },
                    _ => Skipped::BookmarkWithoutVersion,
                },
                memory,
            );
            return Ok(None);
        };
        match is_live {
            false if bookmark.initial_events_end => {
                if let Some(seen) =
                    memory.intent.least_version(memory.progress.seen()).filter(|seen| resource_version.is_before(seen))
                {
                    return Err(Cause::Rollback { seen: seen.clone(), found: resource_version });
                }
                Ok(Some(Event::InitialEnd { resource_version }))
            }
            // Without the annotation it isn't an end marker.
            false => Ok(None),
            // This bookmark is older than the version to resume from. kube-apiserver never sends such a bookmark on one
            // watch (`cacheWatcher.process`). The server lags or was restored, so the watch may be silent for a long
            // time. A version check must follow.
            true if memory.progress.version().is_some_and(|version| resource_version.is_before(version)) => {
                memory.intent.check.want();
                Err(Cause::OldBookmark { seen: seen(&memory.progress, &resource_version), found: resource_version })
            }
            true => {
                self.bookmarked = true;
                // An idle watch receives a bookmark about every minute. It holds no buffer from then on.
                self.events.release();
                self.is_checked = false;
                self.useful |= memory.progress.version() != Some(&resource_version);
                Ok(Some(Event::Bookmark { resource_version }))
            }
        }
    }

    fn skip(&mut self, what: Skipped, memory: &mut Memory) {
        if self.skipped & what.bit() == 0 {
            self.skipped |= what.bit();
            memory.outbox.notify(Notice::Skipped { what });
        }
    }
}

impl StreamingList {
    /// Handles one more object of the list.
    fn object(&mut self, object: Object, memory: &Memory) -> Result<Option<Event>, Cause> {
        let limit = memory.parts().limits.objects;
        if self.objects >= limit {
            return Err(Cause::TooManyObjects { limit });
        }
        self.objects += 1;
        Ok(Some(Event::Initial(object)))
    }
}

fn seen(progress: &Progress, found: &ResourceVersion) -> ResourceVersion {
    progress.seen().unwrap_or(found).clone()
}
