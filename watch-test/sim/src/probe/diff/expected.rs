//! A reference of `Diff`, written from its documentation: what a consumer must hold after each event.

use std::collections::{BTreeMap, BTreeSet};

use watch_core::{Change, Event, InitialCause, Object};

use super::held::{Key, Known, key};

#[derive(Clone, Debug, Default)]
pub(super) struct Expected {
    pub(super) objects: BTreeMap<Key, Known>,
    /// The changes of the last complete list: added, modified, removed.
    pub(super) last_set: Option<[u64; 3]>,
    /// The objects of the list in progress. If an object occurs twice, the newer one counts.
    set: Option<BTreeMap<Key, Known>>,
    has_list: bool,
    is_broken_off: bool,
    /// Whether the server was restored from a backup. Versions from before the restore may then decrease.
    went_back: bool,
    /// The objects that were seen since the last list began.
    since: BTreeSet<Key>,
    counting: Option<[u64; 3]>,
}

impl Expected {
    pub(super) const fn has_list(&self) -> bool {
        self.has_list
    }

    pub(super) const fn is_between_sets(&self) -> bool {
        self.set.is_none() && !self.is_broken_off
    }

    /// Creates the state of a new process: it has the objects, but not the counts.
    pub(super) const fn restored(&mut self) {
        self.last_set = None;
    }

    pub(super) fn event(&mut self, event: &Event) {
        match event {
            Event::InitialBegin { cause } => {
                self.is_broken_off |= self.set.is_some();
                self.went_back = *cause == InitialCause::Rollback || (*cause == InitialCause::Retry && self.went_back);
                if *cause != InitialCause::Retry || self.counting.is_none() {
                    self.counting = Some([0; 3]);
                }
                (self.set, self.has_list, self.is_broken_off) = (Some(BTreeMap::new()), true, false);
                self.since.clear();
            }
            Event::Initial(object) => {
                self.listed(object);
                self.exists(object, true);
            }
            Event::InitialEnd { .. } => self.complete(),
            Event::Added(object) | Event::Modified(object) => {
                self.is_broken_off |= self.set.take().is_some();
                self.exists(object, false);
            }
            Event::Deleted(object) => self.deleted(object),
            Event::Bookmark { .. } => {}
        }
    }

    /// Adds an object of the list; the newest one of each name is kept.
    fn listed(&mut self, object: &Object) {
        let Some(set) = &mut self.set else { return };
        let is_newer = |known: &Known| {
            object.resource_version() != &known.version && !object.resource_version().is_before(&known.version)
        };
        let is_kept = |known: &Known| known.may_be(object) && !is_newer(known);
        if !set.get(&key(object)).is_some_and(is_kept) {
            set.insert(key(object), Known::of(object));
        }
    }

    /// Applies an object. A new or newer object is reported at once. An older one is reported when its list is
    /// complete, or at once if the server was restored.
    fn exists(&mut self, object: &Object, is_listed: bool) {
        let (key, found) = (key(object), Known::of(object));
        let is_old = self.since.insert(key.clone());
        let Some(known) = self.objects.get(&key) else {
            self.objects.insert(key, found);
            return;
        };
        let may_go_back = self.went_back && is_old;
        let is_older = found.version.is_before(&known.version);
        let is_news = match known.may_be(object) {
            true => found.version != known.version && (may_go_back || !is_older),
            // Some servers repeat old events, even those of an earlier object with the same name.
            false => is_listed || may_go_back || !is_older,
        };
        if is_news {
            self.objects.insert(key, found);
        }
    }

    /// "A deletion counts with any version, if its uid is that of the known object."
    fn deleted(&mut self, object: &Object) {
        let key = key(object);
        let may_go_back = self.went_back && !self.since.contains(&key);
        let counts = |known: &Known, may_go_back: bool| {
            let is_stale = object.resource_version().is_before(&known.version) && !may_go_back;
            known.is_certainly(object) || (known.may_be(object) && !is_stale)
        };
        if let Some(set) = &mut self.set
            && set.get(&key).is_some_and(|known| counts(known, false))
        {
            set.remove(&key);
        }
        if self.objects.get(&key).is_some_and(|known| counts(known, may_go_back)) {
            self.objects.remove(&key);
        }
    }

    /// Completes the list: its objects are all that exist.
    fn complete(&mut self) {
        let set = self.set.take().unwrap_or_default();
        self.objects.retain(|key, _| set.contains_key(key));
        for (key, listed) in set {
            if self.objects.get(&key).is_none_or(|known| known.version != listed.version) {
                self.objects.insert(key, listed);
            }
        }
        (self.went_back, self.is_broken_off) = (false, false);
    }

    /// Counts a change of the list in progress.
    pub(super) fn count(&mut self, change: &Change) {
        let Some(counts) = &mut self.counting else { return };
        match change {
            Change::Added(_) => counts[0] += 1,
            Change::Modified(_) => counts[1] += 1,
            Change::Deleted(_) | Change::Vanished(_) => counts[2] += 1,
            Change::Synced { .. } => self.last_set = self.counting.take(),
        }
    }
}
