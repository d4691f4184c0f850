//! The table of the results of probes: one hash for each probe and block of seeds.
//!
//! The table doesn't state what is right. A difference is an intended change or a bug that no reference detects. After
//! an intended change, the table is generated again.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Failed, Probe};
use crate::transcript::Transcript;

/// The number of seeds for each hash.
pub const BLOCK: u64 = 64;

/// A line of the table.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Pinned {
    /// The probe.
    pub probe: Probe,
    /// The first seed of the block.
    pub first: u64,
    /// The hash of the block.
    pub hash: u64,
}

/// The result of comparing probes with a table.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "each of them is an exit code")]
pub enum Compared {
    /// Every block is as in the table. Holds the number of seeds.
    Same(u64),
    /// These blocks differ.
    Different(Vec<Pinned>),
    /// A probe failed.
    Failed(Failed),
}

/// Returns the table of the first seeds of every probe.
///
/// # Errors
/// Fails if a probe does.
pub fn pin(seeds: u64, jobs: u16) -> Result<String, Failed> {
    let blocks: Vec<(Probe, u64)> = Probe::ALL
        .into_iter()
        .flat_map(|probe| (0..seeds.div_ceil(BLOCK)).map(move |block| (probe, block * BLOCK)))
        .collect();
    let hashes = hashes(&blocks, jobs)?;
    let line = |((probe, first), hash): (&(Probe, u64), u64)| format!("{} {first} {hash:016x}\n", probe.name);
    Ok(blocks.iter().zip(hashes).map(line).collect())
}

/// Reads a table.
///
/// # Errors
/// Fails if a line isn't one of [`pin`], with its number, or if there is none.
pub fn read(text: &str) -> Result<Vec<Pinned>, String> {
    let read = |(index, line): (usize, &str)| {
        parse(line)
            .ok_or_else(|| format!("line {}: expected \"PROBE SEED HASH\", as `probes --pin` prints it", index + 1))
    };
    let pinned: Vec<Pinned> = text.lines().enumerate().map(read).collect::<Result<_, _>>()?;
    if pinned.is_empty() { Err("the table is empty: generate it by `probes --pin`".into()) } else { Ok(pinned) }
}

fn parse(line: &str) -> Option<Pinned> {
    let [name, first, hash] = line.split(' ').collect::<Vec<_>>().try_into().ok()?;
    let first: u64 = first.parse().ok()?;
    first.checked_add(BLOCK).filter(|_| first.is_multiple_of(BLOCK))?;
    Some(Pinned { probe: Probe::named(name)?, first, hash: u64::from_str_radix(hash, 16).ok()? })
}

/// Runs the blocks of a table, and compares their hashes.
pub fn compare(table: &[Pinned], jobs: u16) -> Compared {
    let blocks: Vec<(Probe, u64)> = table.iter().map(|pinned| (pinned.probe, pinned.first)).collect();
    match hashes(&blocks, jobs) {
        Err(failed) => Compared::Failed(failed),
        Ok(found) => {
            let changed: Vec<Pinned> = table.iter().zip(found).filter(|(a, b)| a.hash != *b).map(|(a, _)| *a).collect();
            if changed.is_empty() { Compared::Same(table.len() as u64 * BLOCK) } else { Compared::Different(changed) }
        }
    }
}

/// Returns the hash of each block, or the first failure in the order of the blocks.
fn hashes(blocks: &[(Probe, u64)], jobs: u16) -> Result<Vec<u64>, Failed> {
    let next = AtomicUsize::new(0);
    let found: Mutex<Vec<Option<Result<u64, Failed>>>> = Mutex::new(vec![None; blocks.len()]);
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(&(probe, first)) = blocks.get(place) else { return };
                    let result = hash(probe, first);
                    if result.is_err() {
                        // No further blocks are begun; those before this one already are.
                        next.store(blocks.len(), Ordering::Relaxed);
                    }
                    if let Ok(mut found) = found.lock() {
                        found[place] = Some(result);
                    }
                }
            });
        }
    });
    // Only blocks after a failed one can be missing.
    found.into_inner().unwrap_or_default().into_iter().flatten().collect()
}

fn hash(probe: Probe, first: u64) -> Result<u64, Failed> {
    let mut hash = Transcript::new(false);
    for seed in first..first + BLOCK {
        match probe.run(seed) {
            Ok(observed) => hash.number(observed),
            Err(violation) => return Err(Failed { probe: probe.name, seed, violation }),
        }
    }
    Ok(hash.hash())
}
