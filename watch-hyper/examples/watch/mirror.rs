//! A copy of the watched objects, made of changes only.

use std::collections::BTreeMap;

use serde_json::Value;
use watch_hyper::watch_core::{Change, DecodeError, Object};

/// Namespace and name; the namespace of cluster-scoped objects is empty.
type Key = (String, String);

#[derive(Debug, Default)]
pub(crate) struct Mirror {
    objects: BTreeMap<Key, Value>,
}

impl Mirror {
    pub(crate) fn apply(&mut self, change: &Change) -> Result<(), DecodeError> {
        match change {
            Change::Added(object) | Change::Modified(object) => {
                self.objects.insert(key(object), object.decode()?);
            }
            Change::Deleted(object) => {
                self.objects.remove(&key(object));
            }
            Change::Vanished(gone) => {
                self.objects.remove(&(gone.namespace().unwrap_or_default().into(), gone.name().into()));
            }
            Change::Synced { .. } => {}
        }
        Ok(())
    }

    pub(crate) fn len(&self) -> usize {
        self.objects.len()
    }

    pub(crate) fn has(&self, namespace: &str, name: &str) -> bool {
        self.objects.contains_key(&(namespace.into(), name.into()))
    }

    /// Returns the differences to the server: one line for each object that is missing, stale, or superfluous.
    pub(crate) fn differences(&self, truth: &[Value]) -> Vec<String> {
        let text =
            |object: &Value, field: &str| object.pointer(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        let truth: BTreeMap<Key, &Value> = truth
            .iter()
            .map(|object| ((text(object, "/metadata/namespace"), text(object, "/metadata/name")), object))
            .collect();
        let wrong = truth.iter().filter_map(|((namespace, name), object)| {
            match self.objects.get(&(namespace.clone(), name.clone())) {
                None => Some(format!("{namespace}/{name} is missing")),
                Some(seen) if seen != *object => Some(format!("{namespace}/{name} is stale")),
                Some(_) => None,
            }
        });
        let extra = self.objects.keys().filter(|key| !truth.contains_key(*key));
        wrong.chain(extra.map(|(namespace, name)| format!("{namespace}/{name} no longer exists"))).collect()
    }
}

fn key(object: &Object) -> Key {
    (object.namespace().unwrap_or_default().into(), object.name().into())
}
