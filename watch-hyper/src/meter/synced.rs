//! The gauge of the time as of which watches are synced. Watches with the same labels share it, and it shows the oldest
//! of their times.
//!
//! A sum of the times, or the time of the watch that wrote last, would hide a watch that is stuck. So the times of the
//! watches with the same labels are kept together.

use std::collections::{BTreeMap, HashMap};
use std::sync::{LazyLock, Mutex, PoisonError};

use metrics::{Gauge, Key};

/// The time as of which each watch is synced, in seconds since 1970, by the key of the gauge.
static WATCHES: LazyLock<Mutex<HashMap<Key, Watches>>> = LazyLock::new(Mutex::default);

#[derive(Default)]
struct Watches {
    last: u64,
    as_of: BTreeMap<u64, f64>,
}

/// The contribution of one watch to the gauge.
pub(super) struct Synced {
    key: Key,
    number: u64,
    gauge: Gauge,
}

impl Synced {
    pub(super) fn new(key: Key, gauge: Gauge, as_of: f64) -> Self {
        let number = with(&key, &gauge, |watches| {
            watches.last += 1;
            watches.as_of.insert(watches.last, as_of);
            watches.last
        });
        Self { key, number, gauge }
    }

    pub(super) fn set(&self, as_of: f64) {
        with(&self.key, &self.gauge, |watches| watches.as_of.insert(self.number, as_of));
    }
}

impl Drop for Synced {
    fn drop(&mut self) {
        with(&self.key, &self.gauge, |watches| watches.as_of.remove(&self.number));
    }
}

/// Changes the times, and sets the gauge. If no watch is left, sets it to NaN: a metric can't be removed, and no
/// comparison in an alert is true for NaN.
fn with<T>(key: &Key, gauge: &Gauge, change: impl FnOnce(&mut Watches) -> T) -> T {
    let mut all = WATCHES.lock().unwrap_or_else(PoisonError::into_inner);
    let watches = all.entry(key.clone()).or_default();
    let result = change(watches);
    let oldest = watches.as_of.values().copied().reduce(f64::min);
    gauge.set(oldest.unwrap_or(f64::NAN));
    if oldest.is_none() {
        all.remove(key);
    }
    result
}
