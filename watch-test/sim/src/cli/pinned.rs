//! `simulate --pinned`: compares what seeds do with a table of what they did before.
//!
//! The table doesn't state what is right. It finds changes of behaviour that no oracle finds: either the change was
//! intended, and the table is generated again, or it is a bug.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::generate::plan_of;
use crate::run::run;
use crate::transcript::Transcript;

/// Seeds per line of the table.
const BLOCK: u64 = 64;

/// Prints a table of the first seeds.
pub(super) fn pin(seeds: u64, jobs: u16) -> ExitCode {
    let firsts: Vec<u64> = (0..seeds.div_ceil(BLOCK)).map(|block| block * BLOCK).collect();
    for (first, hash) in firsts.iter().zip(hashes(&firsts, jobs)) {
        println!("{first} {hash:016x}");
    }
    ExitCode::SUCCESS
}

/// Compares seeds with a table, and prints which ones differ.
pub(super) fn compare(table: &Path, jobs: u16) -> ExitCode {
    let pinned = match std::fs::read_to_string(table) {
        Ok(pinned) => pinned,
        Err(error) => {
            eprintln!("can't read {}: {error}", table.display());
            return ExitCode::from(2);
        }
    };
    let mut expected = Vec::new();
    for (number, line) in pinned.lines().enumerate() {
        let Some(block) = parse(line) else {
            eprintln!("{}:{}: expected \"SEED HASH\", as `--pin` prints it", table.display(), number + 1);
            return ExitCode::from(2);
        };
        expected.push(block);
    }
    if expected.is_empty() {
        eprintln!("{} is empty: generate the table by `--pin`", table.display());
        return ExitCode::from(2);
    }
    let firsts: Vec<u64> = expected.iter().map(|(first, _)| *first).collect();
    let found = hashes(&firsts, jobs);
    let changed: Vec<u64> = expected
        .iter()
        .zip(found)
        .filter(|((_, pinned), found)| pinned != found)
        .map(|((first, _), _)| *first)
        .collect();
    let seeds = expected.len() as u64 * BLOCK;
    let Some(first) = changed.first() else {
        println!("{seeds} seeds equal {}", table.display());
        return ExitCode::SUCCESS;
    };
    eprintln!(
        "{} of {} blocks of {BLOCK} seeds differ from {}, the first from seed {first} on. If the change is intended, \
         generate the table again: simulate --pin {seeds} > {}",
        changed.len(),
        expected.len(),
        table.display(),
        table.display()
    );
    ExitCode::FAILURE
}

/// Reads the first seed of a block and its hash.
fn parse(line: &str) -> Option<(u64, u64)> {
    let (first, hash) = line.split_once(' ')?;
    let first: u64 = first.parse().ok()?;
    // A block that doesn't begin where `--pin` begins one is of another version of this program, or a typing error.
    first.checked_add(BLOCK).filter(|_| first.is_multiple_of(BLOCK))?;
    Some((first, u64::from_str_radix(hash, 16).ok()?))
}

/// Returns one hash for each block, by the block's first seed.
fn hashes(firsts: &[u64], jobs: u16) -> Vec<u64> {
    let next = AtomicUsize::new(0);
    let found = Mutex::new(vec![0; firsts.len()]);
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(&first) = firsts.get(place) else { return };
                    let mut hash = Transcript::new(false);
                    (first..first + BLOCK).for_each(|seed| hash.number(run(&plan_of(seed)).hash));
                    if let Ok(mut found) = found.lock() {
                        found[place] = hash.hash();
                    }
                }
            });
        }
    });
    found.into_inner().unwrap_or_default()
}
