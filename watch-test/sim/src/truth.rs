//! What really happened: every write, kept apart from the server that is part of what is tested.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use watch_core::wire::EventType;

use super::plan::{ClientSetup, Label};

/// One write.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) revision: u64,
    /// `namespace/name`
    pub(crate) key: Arc<str>,
    /// `None` if it created the object.
    pub(crate) before: Option<Arc<Value>>,
    /// `None` if it deleted the object.
    pub(crate) after: Option<Arc<Value>>,
}

/// What somebody who has a selector sees of a change.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) revision: u64,
    pub(crate) event: EventType,
    pub(crate) key: Arc<str>,
    /// As it was before, for DELETED; but for its version.
    pub(crate) object: Arc<Value>,
}

/// The history of a store. There is another one after each time that the store is restored from a backup.
#[derive(Clone, Debug, Default)]
struct Timeline {
    changes: Vec<Change>,
    /// Up to where it is the same as the one before.
    same_until: u64,
}

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Truth {
    timelines: Vec<Timeline>,
    objects: BTreeMap<Arc<str>, Arc<Value>>,
}

impl Truth {
    pub(crate) fn new() -> Self {
        Self { timelines: vec![Timeline::default()], objects: BTreeMap::new() }
    }

    /// Takes note of a write, if it was one: writes that change nothing have no revision of their own.
    pub(crate) fn record(&mut self, key: &str, after: Option<Value>, revision: u64) {
        let timeline = self.timelines.last_mut();
        let Some(timeline) = timeline else { return };
        if timeline.changes.last().is_some_and(|last| last.revision >= revision) {
            return;
        }
        let key: Arc<str> = key.into();
        let after = after.map(Arc::new);
        let before = match &after {
            Some(after) => self.objects.insert(key.clone(), after.clone()),
            None => self.objects.remove(&key),
        };
        timeline.changes.push(Change { revision, key, before, after });
    }

    /// The store goes back to a revision.
    pub(crate) fn restore(&mut self, revision: u64) {
        let mut timeline = self.timelines.last().cloned().unwrap_or_default();
        timeline.changes.retain(|change| change.revision <= revision);
        timeline.same_until = revision;
        self.objects.clear();
        for change in &timeline.changes {
            match &change.after {
                Some(after) => self.objects.insert(change.key.clone(), after.clone()),
                None => self.objects.remove(&change.key),
            };
        }
        self.timelines.push(timeline);
    }

    /// The history that goes on.
    pub(crate) fn present(&self) -> usize {
        self.timelines.len() - 1
    }

    /// Up to which revision two histories are the same.
    pub(crate) fn same_until(&self, one: usize, other: usize) -> u64 {
        let (low, high) = (one.min(other), one.max(other));
        self.timelines[low + 1..=high].iter().map(|timeline| timeline.same_until).min().unwrap_or(u64::MAX)
    }

    /// The object as it is.
    pub(crate) fn object(&self, key: &str) -> Option<&Arc<Value>> {
        self.objects.get(key)
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &Arc<str>> {
        self.objects.keys()
    }

    /// The changes behind a revision.
    pub(crate) fn after(&self, timeline: usize, revision: u64) -> &[Change] {
        let changes = &self.timelines[timeline].changes;
        &changes[changes.partition_point(|change| change.revision <= revision)..]
    }

    /// The change of a revision.
    pub(crate) fn at(&self, timeline: usize, revision: u64) -> Option<&Change> {
        let changes = &self.timelines[timeline].changes;
        changes.binary_search_by_key(&revision, |change| change.revision).ok().map(|at| &changes[at])
    }

    /// What matches as of a revision.
    pub(crate) fn state(
        &self,
        timeline: usize,
        revision: u64,
        selection: &Selection,
    ) -> BTreeMap<Arc<str>, Arc<Value>> {
        let mut state = BTreeMap::new();
        for change in self.timelines[timeline].changes.iter().take_while(|change| change.revision <= revision) {
            match change.after.as_ref().filter(|after| selection.matches(&change.key, after)) {
                Some(after) => state.insert(change.key.clone(), after.clone()),
                None => state.remove(&change.key),
            };
        }
        state
    }
}

/// Which objects somebody asked for. Written anew here, so as not to repeat a mistake of the server.
#[derive(Clone, Debug)]
pub(crate) struct Selection {
    namespace: Option<String>,
    label: Option<Label>,
    /// Nobody says that an object no longer matches.
    departs_silently: bool,
}

impl Selection {
    pub(crate) fn of(client: &ClientSetup) -> Self {
        Self { namespace: client.namespace.clone(), label: client.label.clone(), departs_silently: false }
    }

    /// The same, of a server that says nothing of objects that no longer match.
    pub(crate) const fn departing_silently(mut self, is_so: bool) -> Self {
        self.departs_silently = is_so;
        self
    }

    pub(crate) fn matches(&self, key: &str, object: &Value) -> bool {
        let namespace = key.split_once('/').map_or("", |(namespace, _)| namespace);
        let app = || object.get("metadata")?.get("labels")?.get("app")?.as_str();
        self.namespace.as_deref().is_none_or(|wanted| wanted == namespace)
            && match &self.label {
                None => true,
                Some(Label::Is(wanted)) => app() == Some(wanted),
                Some(Label::IsNot(unwanted)) => app() != Some(unwanted),
            }
    }

    /// An object that comes to match is ADDED, one that ceases to is DELETED.
    pub(crate) fn seen(&self, change: &Change) -> Option<Seen> {
        let matching = |object: &Option<Arc<Value>>| object.clone().filter(|o| self.matches(&change.key, o));
        let (event, object) = match (matching(&change.before), matching(&change.after)) {
            (None, None) => return None,
            (None, Some(after)) => (EventType::Added, after),
            (Some(_), Some(after)) => (EventType::Modified, after),
            // It is there still, for whoever saw it before: until the next list.
            (Some(_), None) if self.departs_silently && change.after.is_some() => return None,
            (Some(before), None) => (EventType::Deleted, before),
        };
        Some(Seen { revision: change.revision, event, key: change.key.clone(), object })
    }
}
