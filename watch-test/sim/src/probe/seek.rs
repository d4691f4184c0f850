//! Runs probes with seed after seed, until one fails.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde::Serialize;

use super::Probe;
use crate::violation::Violation;

/// A probe that failed.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Failed {
    /// The name of the probe.
    pub probe: &'static str,
    /// The seed with which it failed.
    pub seed: u64,
    /// What it found.
    pub violation: Violation,
}

/// The result of [`seek`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Sought {
    /// The number of seeds with which all probes ran.
    pub seeds: u64,
    /// The failure with the lowest seed, if there is one.
    pub failed: Option<Failed>,
}

/// Runs the probes with seeds from `first` on, until `is_over` returns true for the number of seeds that were begun, or
/// until a probe fails. `jobs` is the number of threads.
pub fn seek(probes: &[Probe], first: u64, jobs: u16, is_over: impl Fn(u64) -> bool + Sync) -> Sought {
    let (begun, done, stop) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
    let failed: Mutex<Option<Failed>> = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let index = begun.fetch_add(1, Ordering::Relaxed);
                    let Some(seed) = first.checked_add(index).filter(|_| !is_over(index)) else { return };
                    for probe in probes {
                        let Err(violation) = probe.run(seed) else { continue };
                        stop.store(true, Ordering::Relaxed);
                        if let Ok(mut failed) = failed.lock()
                            && failed.as_ref().is_none_or(|known| seed < known.seed)
                        {
                            *failed = Some(Failed { probe: probe.name, seed, violation });
                        }
                        return;
                    }
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    Sought { seeds: done.into_inner(), failed: failed.into_inner().unwrap_or_default() }
}
