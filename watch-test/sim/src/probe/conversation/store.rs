//! The store of the random server: objects and their writes.

use std::collections::BTreeMap;

use watch_test::check::Rng;

/// Namespaces and names. Some keys differ only in the boundary between namespace and name.
pub(super) const KEYS: [(&str, &str); 6] =
    [("x", super::setup::NAME), ("x", "b"), ("xy", "a"), ("x", "ya"), ("y", "a"), ("x", "c")];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    /// The index of its name.
    pub(super) key: usize,
    pub(super) uid: u64,
    pub(super) version: u128,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Added,
    Modified,
    Deleted,
}

/// A write. Its object has the version of the write, even if the write deletes the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) kind: Kind,
    pub(super) object: Stored,
    /// The previous version of the object.
    pub(super) before: u128,
}

#[derive(Clone, Debug)]
pub(super) struct Store {
    present: u128,
    objects: BTreeMap<usize, Stored>,
    changes: Vec<Change>,
    uids: u64,
    /// The number of different names of objects.
    names: u64,
    /// Whether several writes may have the same version.
    shares_versions: bool,
}

impl Store {
    pub(super) fn new(rng: &mut Rng, first: u128, names: u64) -> Self {
        let mut store = Self {
            present: first,
            objects: BTreeMap::new(),
            changes: Vec::new(),
            uids: 0,
            names,
            shares_versions: rng.one_in(10),
        };
        for _ in 0..rng.below(5) {
            store.write(rng);
        }
        store
    }

    pub(super) const fn present(&self) -> u128 {
        self.present
    }

    pub(super) fn objects(&self) -> impl Iterator<Item = &Stored> {
        self.objects.values()
    }

    /// Returns the writes after a version.
    pub(super) fn after(&self, version: u128) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.object.version > version)
    }

    /// Returns an earlier write, if there is one.
    pub(super) fn earlier(&self, rng: &mut Rng) -> Option<Change> {
        let last = self.changes.len().checked_sub(1)?;
        // The last write half of the time, because servers repeat that one.
        let at = if rng.one_in(2) { last } else { rng.below(self.changes.len() as u64) as usize };
        self.changes.get(at).cloned()
    }

    /// Writes a random object.
    pub(super) fn write(&mut self, rng: &mut Rng) -> Change {
        if !(self.shares_versions && rng.one_in(2)) {
            self.present += u128::from(if rng.one_in(6) { rng.between(2, 12) } else { 1 });
        }
        let key = rng.below(self.names) as usize;
        let (kind, before, uid) = match self.objects.get(&key) {
            None => {
                self.uids += 1;
                (Kind::Added, 0, self.uids)
            }
            Some(known) if rng.one_in(3) => (Kind::Deleted, known.version, known.uid),
            Some(known) => (Kind::Modified, known.version, known.uid),
        };
        let object = Stored { key, uid, version: self.present };
        match kind {
            Kind::Deleted => drop(self.objects.remove(&key)),
            Kind::Added | Kind::Modified => drop(self.objects.insert(key, object.clone())),
        }
        let change = Change { kind, object, before };
        self.changes.push(change.clone());
        change
    }

    /// Discards the last writes, as a restore from a backup does.
    pub(super) fn restore(&mut self, writes: usize) {
        let keep = self.changes.len().saturating_sub(writes);
        let Some(last) = self.changes.get(keep) else { return };
        self.present = last.object.version.saturating_sub(1).max(1);
        self.changes.truncate(keep);
        self.objects.clear();
        for change in &self.changes {
            match change.kind {
                Kind::Deleted => drop(self.objects.remove(&change.object.key)),
                _ => drop(self.objects.insert(change.object.key, change.object.clone())),
            }
        }
    }
}
