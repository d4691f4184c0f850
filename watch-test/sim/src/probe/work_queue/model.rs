//! A reference of `WorkQueue`, written from its documentation: a list of what waits, searched each time.

use core::time::Duration;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
pub(super) struct Model {
    is_started: bool,
    is_shut_down: bool,
    first: Duration,
    longest: Duration,
    /// The keys that wait: in the order in which they were added for their time.
    waiting: Vec<(u8, Duration)>,
    /// The keys whose turn is in progress, and the earliest time for which each was added meanwhile.
    turns: BTreeMap<u8, Option<Duration>>,
    failures: BTreeMap<u8, u32>,
}

impl Model {
    pub(super) const fn new(first: Duration, longest: Duration) -> Self {
        Self {
            is_started: false,
            is_shut_down: false,
            first,
            longest,
            waiting: Vec::new(),
            turns: BTreeMap::new(),
            failures: BTreeMap::new(),
        }
    }

    pub(super) const fn start(&mut self) {
        self.is_started |= !self.is_shut_down;
    }

    /// "A key that is added several times before its turn gets one turn, at the earliest of the times."
    pub(super) fn add(&mut self, key: u8, at: Duration) {
        if self.is_shut_down {
            return;
        }
        match self.turns.get_mut(&key) {
            Some(meanwhile) => *meanwhile = Some(meanwhile.map_or(at, |other| other.min(at))),
            None => self.waits(key, at),
        }
    }

    fn waits(&mut self, key: u8, at: Duration) {
        if self.waiting.iter().any(|(other, time)| *other == key && *time <= at) {
            return;
        }
        self.waiting.retain(|(other, _)| *other != key);
        self.waiting.push((key, at));
    }

    /// Returns the index of the first of the keys with the earliest time.
    fn first(&self) -> Option<usize> {
        if !self.is_started {
            return None;
        }
        (0..self.waiting.len()).min_by_key(|index| (self.waiting[*index].1, *index))
    }

    pub(super) fn next_at(&self) -> Option<Duration> {
        self.first().map(|index| self.waiting[index].1)
    }

    pub(super) fn take(&mut self, now: Duration) -> Option<u8> {
        let index = self.first().filter(|index| self.waiting[*index].1 <= now)?;
        let (key, _) = self.waiting.remove(index);
        self.turns.insert(key, None);
        Some(key)
    }

    pub(super) fn succeeded(&mut self, key: u8) {
        let Some(meanwhile) = self.turns.remove(&key) else { return };
        self.failures.remove(&key);
        if let Some(at) = meanwhile {
            self.waits(key, at);
        }
    }

    /// "If the key was added during a turn that failed, the turn doesn't count as a failure." If it was added for later,
    /// the earlier of that time and the retry counts. After the end there are no retries.
    pub(super) fn failed(&mut self, key: u8, now: Duration) {
        let Some(meanwhile) = self.turns.remove(&key) else { return };
        let is_changed = meanwhile.is_some_and(|at| at <= now);
        let retry = if is_changed || self.is_shut_down { None } else { Some(now.saturating_add(self.delay(key))) };
        if let Some(at) = meanwhile.into_iter().chain(retry).min() {
            self.waits(key, at);
        }
    }

    /// "The turn counts neither as a success nor as a failure." What was added during the turn has no effect, because the
    /// turn didn't begin. After the end, delayed keys are dropped.
    pub(super) fn defer(&mut self, key: u8, at: Duration) {
        let Some(meanwhile) = self.turns.remove(&key) else { return };
        if let Some(at) = if self.is_shut_down { meanwhile } else { Some(at) } {
            self.waits(key, at);
        }
    }

    /// Counts a failure, and returns its delay, "which doubles with each failure in a row".
    fn delay(&mut self, key: u8) -> Duration {
        let failures = self.failures.entry(key).or_default();
        let doubled = (0..*failures).fold(self.first, |delay, _| delay.saturating_add(delay));
        *failures += 1;
        doubled.min(self.longest)
    }

    pub(super) fn forget(&mut self, key: u8) {
        self.failures.remove(&key);
    }

    pub(super) fn failures(&self, key: u8) -> u32 {
        self.failures.get(&key).copied().unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// "Keys that are due now are still handed out" and "before `start`, all keys are dropped".
    pub(super) fn shut_down(&mut self, now: Duration) {
        let is_kept = |at: Duration| self.is_started && at <= now;
        self.waiting.retain(|(_, at)| is_kept(*at));
        for meanwhile in self.turns.values_mut() {
            *meanwhile = meanwhile.filter(|at| is_kept(*at));
        }
        self.is_shut_down = true;
    }

    pub(super) fn is_finished(&self) -> bool {
        self.is_shut_down && self.waiting.is_empty() && self.turns.is_empty()
    }
}
