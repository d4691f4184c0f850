//! The objects of a store, as a persistent map, and the steps between two of its states.

use core::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

use immutable_chunkmap::map::{Map, NodeRef};

use super::held::Held;
use super::key::Key;

/// The maximum number of entries in a node. A change copies one node of this size, and the path to it.
pub(super) const NODE: usize = 32;

/// The objects by namespace and name. A clone shares all nodes, and a change copies only what it changes.
pub(super) type Objects<T> = Map<Key, Arc<Held<T>>, NODE>;

/// The change of one object between two states of a store.
pub(super) struct Step<T> {
    pub(super) key: Key,
    pub(super) before: Option<Arc<Held<T>>>,
    pub(super) after: After<T>,
}

/// What became of the object.
pub(super) enum After<T> {
    Held(Arc<Held<T>>),
    /// It was deleted by an event, which had this state.
    Deleted(Arc<T>),
    /// It isn't there any more.
    Absent,
}

impl<T> Step<T> {
    pub(super) fn apply(&self, objects: &mut Objects<T>) {
        match &self.after {
            After::Held(held) => drop(objects.insert_cow(self.key.clone(), Arc::clone(held))),
            After::Deleted(_) | After::Absent => drop(objects.remove_cow(&self.key)),
        }
    }

    pub(super) fn object_before(&self) -> Option<&Arc<T>> {
        self.before.as_ref().map(|held| &held.object)
    }

    pub(super) fn object_after(&self) -> Option<&Arc<T>> {
        match &self.after {
            After::Held(held) => Some(&held.object),
            After::Deleted(_) | After::Absent => None,
        }
    }
}

/// Returns the steps from one state to another, in the order of the names. Nodes that both share are skipped.
pub(super) fn steps<T>(from: &Objects<T>, to: &Objects<T>) -> Vec<Step<T>> {
    let (before, after) = (not_shared(from, to), not_shared(to, from));
    let (mut before, mut after) = (before.into_iter().peekable(), after.into_iter().peekable());
    let mut steps = Vec::new();
    loop {
        let order = match (before.peek(), after.peek()) {
            (Some((key, _)), Some((other, _))) => key.cmp(other),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return steps,
        };
        let before = if order.is_le() { before.next() } else { None };
        let after = if order.is_ge() { after.next() } else { None };
        let is_changed =
            !matches!((before, after), (Some((_, before)), Some((_, after))) if Arc::ptr_eq(before, after));
        if let Some((key, _)) = before.or(after).filter(|_| is_changed) {
            let after = after.map_or(After::Absent, |(_, held)| After::Held(Arc::clone(held)));
            steps.push(Step { key: key.clone(), before: before.map(|(_, held)| Arc::clone(held)), after });
        }
    }
}

type Entry<'a, T> = (&'a Key, &'a Arc<Held<T>>);
type Node<'a, T> = NodeRef<'a, Key, Arc<Held<T>>, NODE>;

/// Returns the entries in their order, without those of nodes that both maps share.
fn not_shared<'a, T>(these: &'a Objects<T>, those: &'a Objects<T>) -> Vec<Entry<'a, T>> {
    let (mut nodes, mut entries) = (HashSet::new(), Vec::new());
    identities(those.root(), &mut nodes);
    collect(these.root(), &nodes, &mut entries);
    entries
}

/// Both maps are alive, so no two nodes have the same identity.
fn identities<T>(node: Option<Node<'_, T>>, nodes: &mut HashSet<usize>) {
    if let Some(node) = node {
        nodes.insert(node.identity());
        identities(node.left(), nodes);
        identities(node.right(), nodes);
    }
}

/// The depth of a tree is logarithmic, so the recursion is shallow.
fn collect<'a, T>(node: Option<Node<'a, T>>, shared: &HashSet<usize>, entries: &mut Vec<Entry<'a, T>>) {
    if let Some(node) = node.filter(|node| !shared.contains(&node.identity())) {
        collect(node.left(), shared, entries);
        entries.extend(node.pairs());
        collect(node.right(), shared, entries);
    }
}
