//! Writes, and their recorded history.

use serde_json::{Value, json};
use watch_core::wire::Status;

use crate::oracle::limits;
use crate::plan::{Action, Watched};
use crate::world::World;

impl World {
    /// Executes a write, or lets time pass. Returns whether it had an effect.
    pub(super) fn workload(&mut self, action: &Action) -> bool {
        match action {
            Action::Wait => true,
            Action::Put { key, label, size, depth } => self.put(*key, *label, (*size, *depth)),
            Action::Touch { key } => self.touch(*key),
            Action::Delete { key } => self.delete(*key),
            Action::Finalize { key } => self.finalize(*key),
            Action::Mark { key } => self.mark(*key),
            Action::Recreate { key } => self.delete(*key) && self.put(*key, 1, (0, 0)),
            Action::Burst { writes } => self.burst(*writes),
            Action::Clear => self.clear(),
            Action::Elsewhere { revisions } => {
                self.server.skip_revisions((*revisions).min(1_000_000));
                true
            }
            _ => unreachable!("`Action::layer` puts it elsewhere: {action:?}"),
        }
    }

    /// Creates or changes an object of this size and this depth.
    pub(super) fn put(&mut self, key: u8, label: u8, (size, depth): (u64, u64)) -> bool {
        self.writes += 1;
        let (namespace, name) = name_of(key);
        let mut object = self.content(namespace, &name, label, (size, depth));
        let path = format!("{namespace}/{name}");
        let written = match self.truth.object(&path) {
            None => self.server.create(self.now, self.resource(), Some(namespace), object),
            Some(present) => {
                if let Some(finalizers) = present.pointer("/metadata/finalizers") {
                    object["metadata"]["finalizers"] = finalizers.clone();
                }
                self.server.update(self.now, self.resource(), Some(namespace), object)
            }
        };
        self.record(&path, written, false)
    }

    fn content(&self, namespace: &str, name: &str, label: u8, (size, depth): (u64, u64)) -> Value {
        let labels = match label % 3 {
            0 => json!({}),
            1 => json!({"app": "x"}),
            _ => json!({"app": "y"}),
        };
        let text = format!("№ {} \"quoted\" \\ {{}}[] é\n\u{1f980}", self.writes);
        let padding = "x".repeat(size.min(100_000) as usize);
        let deep = (0..depth.min(64)).fold(Value::Null, |inner, _| json!([inner]));
        let metadata = json!({"name": name, "namespace": namespace, "labels": labels});
        match self.setup.resource {
            Watched::ConfigMaps => json!({"metadata": metadata, "data": {"text": text, "padding": padding}}),
            Watched::Widgets => {
                json!({"metadata": metadata, "spec": {"text": text, "padding": [padding, {"a": [1, 2]}], "deep": deep}})
            }
            Watched::Events => json!({"metadata": metadata, "involvedObject": {"name": name}, "message": text}),
            Watched::Secrets => {
                json!({"metadata": metadata, "type": "Opaque", "stringData": {"text": text, "padding": padding}})
            }
        }
    }

    pub(super) fn touch(&mut self, key: u8) -> bool {
        let (namespace, name) = name_of(key);
        let path = format!("{namespace}/{name}");
        let Some(present) = self.truth.object(&path).map(|object| Value::clone(object)) else { return false };
        let written = self.server.update(self.now, self.resource(), Some(namespace), present);
        self.record(&path, written, false);
        true
    }

    pub(super) fn finalize(&mut self, key: u8) -> bool {
        let (namespace, name) = name_of(key);
        let path = format!("{namespace}/{name}");
        let Some(mut present) = self.truth.object(&path).map(|object| Value::clone(object)) else { return false };
        present["metadata"]["finalizers"] = json!(["example.com/wait"]);
        let written = self.server.update(self.now, self.resource(), Some(namespace), present);
        self.record(&path, written, false)
    }

    /// Adds the annotation of end markers to an object. Any object may have it.
    pub(super) fn mark(&mut self, key: u8) -> bool {
        let (namespace, name) = name_of(key);
        let path = format!("{namespace}/{name}");
        let Some(mut present) = self.truth.object(&path).map(|object| Value::clone(object)) else { return false };
        present["metadata"]["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        let written = self.server.update(self.now, self.resource(), Some(namespace), present);
        self.record(&path, written, false)
    }

    /// Writes, one after the other.
    pub(super) fn burst(&mut self, writes: u64) -> bool {
        for write in 0..writes.min(200) {
            self.put((write % 7) as u8, (write % 3) as u8, (0, 0));
        }
        writes > 0
    }

    /// Deletes objects that are larger or deeper than some client allows.
    pub(crate) fn clear_unreadable(&mut self) {
        let setups = self.clients.iter().map(|client| &client.setup);
        let largest = setups.clone().map(|setup| setup.largest).min().unwrap_or(usize::MAX);
        let deepest = setups.filter_map(|setup| setup.nesting).min().unwrap_or(usize::MAX);
        let keys: Vec<_> = self.truth.keys().cloned().collect();
        for key in &keys {
            let Some(object) = self.truth.object(key) else { continue };
            // The envelope of an event counts, too, and so do the two levels of a list.
            let text = object.to_string();
            if text.len() + 64 > largest || limits::depth(text.as_bytes()) + 2 > deepest {
                self.delete_named(key);
                // The first deletion only marks an object with a finalizer.
                self.delete_named(key);
            }
        }
    }

    /// All objects are deleted.
    pub(super) fn clear(&mut self) -> bool {
        let keys: Vec<_> = self.truth.keys().cloned().collect();
        for key in &keys {
            self.delete_named(key);
        }
        !keys.is_empty()
    }

    pub(super) fn delete(&mut self, key: u8) -> bool {
        let (namespace, name) = name_of(key);
        self.delete_named(&format!("{namespace}/{name}"))
    }

    pub(super) fn delete_named(&mut self, path: &str) -> bool {
        let Some(present) = self.truth.object(path).map(|object| Value::clone(object)) else { return false };
        let Some((namespace, name)) = path.split_once('/') else { return false };
        let is_kept = present.pointer("/metadata/finalizers").is_some();
        let is_marked = present.pointer("/metadata/deletionTimestamp").is_some();
        if is_kept && is_marked {
            let mut object = present;
            object["metadata"].as_object_mut().map(|metadata| metadata.remove("finalizers"));
            let written = self.server.update(self.now, self.resource(), Some(namespace), object);
            return self.record(path, written, true);
        }
        let written = self.server.delete(self.now, self.resource(), Some(namespace), name);
        self.record(path, written, !is_kept)
    }

    fn record(&mut self, path: &str, written: Result<Value, Status>, is_deletion: bool) -> bool {
        let Ok(value) = written else { return false };
        let version = value.pointer("/metadata/resourceVersion").and_then(Value::as_str);
        let Some(revision) = version.and_then(|version| version.parse().ok()) else { return false };
        self.truth.record(path, (!is_deletion).then_some(value), revision);
        true
    }
}

/// Returns the namespace and the name of a key. Joined, a key from 32 on equals one below 8: only the boundary between
/// namespace and name differs.
fn name_of(key: u8) -> (&'static str, String) {
    let number = key % 8;
    match key / 8 {
        0 | 2 => ("default", format!("k{number}")),
        1 | 3 => ("other", format!("k{number}")),
        _ => ("defaultk", number.to_string()),
    }
}
