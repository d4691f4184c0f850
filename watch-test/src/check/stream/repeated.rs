//! Differences of servers other than kube-apiserver: deletions without their own version, and repeated objects.

use serde_json::Value;
use watch_core::wire::EventType;

use super::object::{same, version_of};
use super::{Position, StreamOracle};
use crate::check::history::History;
use crate::check::oddities::VersionOrder;
use crate::check::selection::Seen;

impl StreamOracle {
    /// Returns the next event to deliver after a revision.
    pub(super) fn next(&self, truth: &History, timeline: usize, at: u64) -> Option<Seen> {
        let undelivered = truth.after(timeline, at).iter().filter(|change| !self.deleted.contains(&change.revision));
        undelivered.into_iter().find_map(|change| self.selection.seen(change))
    }

    /// Returns the newest revision that was delivered, if the position is at this one.
    pub fn reach(&self, at: u64) -> u64 {
        self.deleted.last().map_or(at, |deleted| at.max(*deleted))
    }

    /// Returns whether the server may repeat this event: an existing object, or a deletion that didn't move the
    /// position.
    pub(super) fn is_repeated(
        &mut self,
        truth: &History,
        (timeline, at): (usize, u64),
        event: EventType,
        (key, revision, value): (&str, u64, &Value),
    ) -> bool {
        let deleted = |seen: &Seen| *seen.key == *key && seen.event == EventType::Deleted;
        let changes = truth.after(timeline, at).iter().filter(|change| self.deleted.contains(&change.revision));
        let delivered = changes.filter_map(|change| self.selection.seen(change)).find(deleted);
        match event {
            EventType::Deleted => delivered.is_some_and(|delivered| {
                let version =
                    if self.oddities.old_deletions { version_of(&delivered.object) } else { delivered.revision };
                same(&delivered.object, value, Some(version), self.metadata_only) && version == revision
            }),
            EventType::Added if self.oddities.repeats_objects && revision <= at => {
                let state = truth.state(timeline, at, &self.selection);
                let Some(present) = state.get(key).filter(|present| same(present, value, None, self.metadata_only))
                else {
                    return false;
                };
                // The object existed at this revision, so its deletion is delivered again.
                if let (Some(delivered), Some(mirror)) = (delivered, &mut self.mirror) {
                    self.deleted.remove(&delivered.revision);
                    mirror.insert(key.into(), present.clone());
                }
                true
            }
            _ => false,
        }
    }

    /// Tracks only the version of an event that can't be checked. The version never goes back.
    pub(super) fn follow_unchecked(&mut self, event: EventType, revision: u64) {
        let at = self.position.revision();
        let to = match at {
            Some(at)
                if event == EventType::Deleted
                    && (self.is_of_list || self.oddities.versions == VersionOrder::Opaque) =>
            {
                at
            }
            // Opaque versions can't be compared.
            Some(at) if self.oddities.versions != VersionOrder::Opaque => at.max(revision),
            _ => revision,
        };
        self.position = Position::Void(to);
    }
}
