//! A consumer that keeps a copy of the objects, from its changes only.

use core::time::Duration;
use std::collections::BTreeMap;

use futures_util::{FutureExt, StreamExt};
use serde_json::Value;
use tokio::time::timeout;
use watch_hyper::watch_core::{Change, Checkpoint, Config, Diff};
use watch_hyper::{Changes, Client, Watch};
use watch_test::live::Admin;

use crate::notices::Notices;

/// The timeout of a condition. The backoff alone may take half a minute.
const PATIENCE: Duration = Duration::from_secs(90);

/// A copy of the objects. Each change must fit it: nothing is added twice, and only existing objects change or vanish.
pub(crate) struct Mirror {
    changes: Changes<Value>,
    objects: BTreeMap<Key, Value>,
    /// The number of complete lists.
    pub(crate) synced: u32,
    /// One line for each change.
    pub(crate) log: Vec<String>,
    pub(crate) ear: Notices,
}

type Key = (String, String);

/// The saved state of a mirror whose process ended.
pub(crate) struct Ended {
    checkpoint: Checkpoint,
    known: Diff,
    objects: BTreeMap<Key, Value>,
}

impl Ended {
    /// Returns the state of a mirror that has seen nothing.
    pub(crate) fn empty(checkpoint: Checkpoint) -> Self {
        Self { checkpoint, known: Diff::new(), objects: BTreeMap::new() }
    }
}

impl Mirror {
    pub(crate) fn new(client: Client, config: Config) -> Self {
        Self::of(Watch::new(client, config), Diff::new(), BTreeMap::new())
    }

    /// Resumes where another mirror ended.
    pub(crate) fn resume(client: Client, config: Config, ended: Ended) -> Self {
        let watch = Watch::resume(client, config, &ended.checkpoint).unwrap();
        Self::of(watch, ended.known, ended.objects)
    }

    /// Its process ends.
    pub(crate) fn end(mut self) -> Ended {
        // A checkpoint covers a change when the next one was polled.
        while let Some(change) = self.changes.next().now_or_never() {
            self.apply(change.unwrap().unwrap());
        }
        let checkpoint = self.changes.handle().checkpoint().expect("it has a set");
        Ended { checkpoint, known: self.changes.diff().clone(), objects: self.objects }
    }

    fn of(watch: Watch<Value>, known: Diff, objects: BTreeMap<Key, Value>) -> Self {
        let ear = Notices::default();
        let changes = ear.listen(watch).changes().with_known(known);
        Self { changes, objects, synced: 0, log: Vec::new(), ear }
    }

    /// Returns a mirror whose first list is complete.
    pub(crate) async fn started(client: Client, config: Config) -> Self {
        let mut mirror = Self::new(client, config);
        mirror.until("the first list is complete", |mirror| mirror.synced > 0).await;
        mirror
    }

    pub(crate) fn len(&self) -> usize {
        self.objects.len()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.objects.keys().any(|(_, found)| found == name)
    }

    /// A field of the object of this name.
    pub(crate) fn field(&self, name: &str, pointer: &str) -> Option<&Value> {
        let (_, object) = self.objects.iter().find(|((_, found), _)| found == name)?;
        object.pointer(pointer)
    }

    /// Follows the changes until something holds.
    pub(crate) async fn until(&mut self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        let following = async {
            while !holds(self) {
                self.follow().await;
            }
        };
        if timeout(PATIENCE, following).await.is_err() {
            panic!("it doesn't happen: {what}; {}", self.story());
        }
    }

    /// Follows the changes while something else is done.
    pub(crate) async fn during<T>(&mut self, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => break done,
                () = self.follow() => {}
            }
        }
    }

    /// Follows the changes until the copy is what the server lists now. `path` is that of the LIST.
    pub(crate) async fn agrees(&mut self, admin: &Admin, path: &str) {
        let list = self.during(async { admin.get(path).await.unwrap().success().unwrap() }).await;
        let items = list["items"].as_array().unwrap().iter().cloned();
        let truth: BTreeMap<_, _> = items.map(|object| (key(&object), bare(object))).collect();
        self.until("the copy is what the server has", |mirror| mirror.objects == truth).await;
    }

    async fn follow(&mut self) {
        match self.changes.next().await {
            Some(change) => self.apply(change.unwrap()),
            None => panic!("the watch is over: {:?}; {}", self.changes.handle().done(), self.story()),
        }
    }

    fn apply(&mut self, change: Change<Value>) {
        let word = match change {
            Change::Added(object) => {
                let key = key(&object);
                let said = format!("ADDED {}", key.1);
                assert!(self.objects.insert(key, bare(object)).is_none(), "{said}, but it is there");
                said
            }
            Change::Modified(object) => {
                let key = key(&object);
                let before = self.objects.get(&key).map(uid);
                assert_eq!(before.as_deref(), Some(&*uid(&object)), "MODIFIED {key:?}");
                let said = format!("MODIFIED {}", key.1);
                self.objects.insert(key, bare(object));
                said
            }
            Change::Deleted(object) => {
                let key = key(&object);
                let before = self.objects.remove(&key);
                assert_eq!(before.as_ref().map(uid), Some(uid(&object)), "DELETED {key:?}");
                format!("DELETED {}", key.1)
            }
            Change::Vanished(gone) => {
                let key = (gone.namespace().unwrap_or_default().to_owned(), gone.name().to_owned());
                let before = self.objects.remove(&key);
                assert_eq!(before.as_ref().map(uid).as_deref(), gone.uid().as_deref(), "VANISHED {key:?}");
                format!("VANISHED {}", key.1)
            }
            Change::Synced { .. } => {
                self.synced += 1;
                "SYNCED".into()
            }
        };
        self.log.push(word);
    }

    /// For a test that fails.
    fn story(&self) -> String {
        let last = &self.log[self.log.len().saturating_sub(20)..];
        let notices: Vec<_> = self.ear.notices().iter().map(ToString::to_string).collect();
        format!("{} objects; last {last:?}; notices {notices:#?}", self.objects.len())
    }
}

/// Without what only some forms of an answer have.
fn bare(mut object: Value) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.remove("kind");
        fields.remove("apiVersion");
    }
    object
}

fn key(object: &Value) -> Key {
    let text = |pointer| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    (text("/metadata/namespace"), text("/metadata/name"))
}

fn uid(object: &Value) -> String {
    object.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default().to_owned()
}
