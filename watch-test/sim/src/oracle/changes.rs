//! The changes of `Diff` keep a copy exact, and report each change once.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use watch_core::{Change, Object};

use crate::plan::Versions;
use crate::violation::{Oracle, Violation, broken};

/// Checks that a `Diff` that was restored from a snapshot reports the same change as the original.
pub(crate) fn same(before: Option<&Change>, restored: &Change) -> Result<(), Violation> {
    let is_same = before.is_some_and(|before| format!("{before:?}") == format!("{restored:?}"));
    if is_same {
        Ok(())
    } else {
        broken(Oracle::Resumable, format!("restored, it reports {restored}; before: {before:?}"))
    }
}

/// A copy of the objects that is made from changes only: key, uid, version.
#[derive(Clone, Debug, Default)]
pub(crate) struct Picture {
    objects: BTreeMap<String, (String, String)>,
    versions: Versions,
}

impl Picture {
    pub(crate) fn new(versions: Versions) -> Self {
        Self { objects: BTreeMap::new(), versions }
    }

    fn marks(&self, object: &Object) -> (String, String) {
        (object.uid().unwrap_or_default().to_owned(), self.plain(&object.resource_version().text()))
    }

    fn plain(&self, version: &str) -> String {
        self.versions.plain(version).unwrap_or(version).to_owned()
    }

    /// Applies a change. `mirror` is the complete state, if it is known.
    pub(crate) fn change(
        &mut self,
        change: &Change,
        mirror: Option<&BTreeMap<Arc<str>, Arc<Value>>>,
    ) -> Result<(), Violation> {
        match change {
            Change::Added(object) => match self.objects.insert(key_of(object), self.marks(object)) {
                None => Ok(()),
                Some(known) => broken(Oracle::Changes, format!("{change}, but it existed already: {known:?}")),
            },
            Change::Modified(object) => match self.objects.insert(key_of(object), self.marks(object)) {
                // The uid may be missing in an object that a hostile proxy damaged.
                Some((uid, _)) if uid != self.marks(object).0 && !uid.is_empty() && object.uid().is_some() => {
                    broken(Oracle::Changes, format!("{change}, but that was another object: {uid}"))
                }
                Some((_, version)) if version == self.marks(object).1 => {
                    broken(Oracle::Changes, format!("{change}, but it was the same before"))
                }
                Some(_) => Ok(()),
                None => broken(Oracle::Changes, format!("{change}, but it didn't exist")),
            },
            Change::Deleted(object) => match self.objects.remove(&key_of(object)) {
                Some((uid, _)) if uid == self.marks(object).0 || uid.is_empty() || object.uid().is_none() => Ok(()),
                known => broken(Oracle::Changes, format!("{change}, but there was {known:?}")),
            },
            Change::Vanished(vanished) => {
                let key = format!("{}/{}", vanished.namespace().unwrap_or_default(), vanished.name());
                let marks = (vanished.uid().unwrap_or_default().to_string(), self.plain(&vanished.last().text()));
                match self.objects.remove(&key) {
                    Some(known) if known == marks => Ok(()),
                    known => broken(Oracle::Changes, format!("{change}, but there was {known:?}")),
                }
            }
            Change::Synced { .. } => self.is_like(mirror),
        }
    }

    /// Checks that the copy equals the state.
    pub(crate) fn is_like(&self, mirror: Option<&BTreeMap<Arc<str>, Arc<Value>>>) -> Result<(), Violation> {
        let Some(mirror) = mirror else { return Ok(()) };
        let is_like = self.objects.len() == mirror.len()
            && self.objects.iter().zip(mirror).all(|((key, (uid, version)), (other, object))| {
                // The uid may be missing in an object that a hostile proxy damaged. The version is then the same, so no
                // change is reported.
                let is_same = uid.is_empty() || *uid == text(object, "uid");
                **key == **other && is_same && *version == text(object, "resourceVersion")
            });
        if is_like {
            return Ok(());
        }
        let is: Vec<_> =
            mirror.iter().map(|(key, object)| format!("{key}@{}", text(object, "resourceVersion"))).collect();
        let delivered: Vec<_> = self.objects.iter().map(|(key, (_, version))| format!("{key}@{version}")).collect();
        broken(Oracle::Changes, format!("the changes lead to {delivered:?}, but the state is {is:?}"))
    }
}

fn key_of(object: &Object) -> String {
    format!("{}/{}", object.namespace().unwrap_or_default(), object.name())
}

/// Returns a field of the metadata.
fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    let field = object.get("metadata").and_then(|metadata| metadata.get(field));
    field.and_then(Value::as_str).unwrap_or_default()
}
