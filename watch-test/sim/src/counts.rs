//! Counters of what happened in runs.

use std::collections::BTreeMap;

use serde::Serialize;

/// Counters by topic and name: `fault`, `cut`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Counts(BTreeMap<&'static str, BTreeMap<String, u64>>);

impl Counts {
    /// Counts one.
    pub(crate) fn one(&mut self, topic: &'static str, name: &str) {
        self.add(topic, name, 1);
    }

    /// Counts some.
    pub(crate) fn add(&mut self, topic: &'static str, name: &str, count: u64) {
        *self.entry(topic, name) += count;
    }

    /// Keeps the maximum.
    pub(crate) fn most(&mut self, name: &str, value: u64) {
        let most = self.entry(MOST, name);
        *most = value.max(*most);
    }

    fn entry(&mut self, topic: &'static str, name: &str) -> &mut u64 {
        self.0.entry(topic).or_default().entry(name.to_owned()).or_default()
    }

    /// Adds other counters: sums, or the maximum.
    pub fn merge(&mut self, other: &Self) {
        for (topic, names) in &other.0 {
            for (name, value) in names {
                let own = self.entry(topic, name);
                *own = if *topic == MOST { (*own).max(*value) } else { *own + value };
            }
        }
    }

    /// Returns a counter.
    pub fn get(&self, topic: &str, name: &str) -> u64 {
        self.0.get(topic).and_then(|names| names.get(name)).copied().unwrap_or_default()
    }

    /// Returns the sum of a topic.
    pub fn topic(&self, topic: &str) -> u64 {
        self.0.get(topic).into_iter().flat_map(BTreeMap::values).sum()
    }

    /// Returns the number of different counters.
    pub fn kinds(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }
}

/// The topic of maxima.
const MOST: &str = "most";
