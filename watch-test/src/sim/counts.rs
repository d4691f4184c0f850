//! Counters of what runs came through.

use std::collections::BTreeMap;

use serde::Serialize;

/// Counters by name. Names have a topic in front: `fault cut`, `restart Expired`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Counts(BTreeMap<String, u64>);

impl Counts {
    /// Counts one.
    pub(crate) fn one(&mut self, topic: &str, name: &str) {
        self.add(topic, name, 1);
    }

    /// Counts some.
    pub(crate) fn add(&mut self, topic: &str, name: &str, count: u64) {
        let mut key = String::with_capacity(topic.len() + 1 + name.len());
        key.extend([topic, " ", name]);
        *self.0.entry(key).or_default() += count;
    }

    /// Takes the greater.
    pub(crate) fn most(&mut self, name: &str, value: u64) {
        let most = self.0.entry(format!("most {name}")).or_default();
        *most = value.max(*most);
    }

    /// Adds up (or takes the greater of those called `most …`).
    pub fn merge(&mut self, other: &Self) {
        for (key, value) in &other.0 {
            let own = self.0.entry(key.clone()).or_default();
            *own = if key.starts_with("most ") { (*own).max(*value) } else { *own + value };
        }
    }

    /// By name.
    pub fn get(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// The sum of a topic.
    pub fn topic(&self, topic: &str) -> u64 {
        self.0.iter().filter(|(key, _)| key.split(' ').next() == Some(topic)).map(|(_, count)| count).sum()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(key, count)| (key.as_str(), *count))
    }
}
