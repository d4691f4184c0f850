//! `simulate --pinned`: compares what seeds do with a table of what they did before.
//!
//! The table doesn't state what is right. It finds changes of behaviour that no oracle finds: either the change was
//! intended, and the table is generated again, or it is a bug.

use std::fmt::Write as _;
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
    let blocks: Vec<u64> = (0..seeds.div_ceil(BLOCK)).collect();
    let mut table = String::new();
    for (block, hash) in blocks.iter().zip(hashes(&blocks, jobs)) {
        // Writing to a String can't fail.
        _ = writeln!(table, "{} {hash:016x}", block * BLOCK);
    }
    println!("{}", table.trim_end());
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
        let parsed = line
            .split_once(' ')
            .and_then(|(seed, hash)| Some((seed.parse::<u64>().ok()? / BLOCK, u64::from_str_radix(hash, 16).ok()?)));
        match parsed {
            Some(block) => expected.push(block),
            None => {
                eprintln!("{}:{}: expected \"SEED HASH\", as `--pin` prints it", table.display(), number + 1);
                return ExitCode::from(2);
            }
        }
    }
    let blocks: Vec<u64> = expected.iter().map(|(block, _)| *block).collect();
    let found = hashes(&blocks, jobs);
    let changed: Vec<u64> = expected
        .iter()
        .zip(found)
        .filter(|((_, expected), found)| expected != found)
        .map(|((block, _), _)| block * BLOCK)
        .collect();
    let seeds = expected.len() as u64 * BLOCK;
    let Some(first) = changed.first() else {
        println!("{seeds} seeds do what {} says", table.display());
        return ExitCode::SUCCESS;
    };
    eprintln!(
        "{} of {} blocks of {BLOCK} seeds differ from {}, the first from seed {first} on. If that is \
         meant to be so, make the table again: simulate --pin {seeds} > {}",
        changed.len(),
        expected.len(),
        table.display(),
        table.display()
    );
    ExitCode::FAILURE
}

/// Returns one hash for each block.
fn hashes(blocks: &[u64], jobs: u16) -> Vec<u64> {
    let next = AtomicUsize::new(0);
    let found = Mutex::new(vec![0; blocks.len()]);
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while let Some(block) = blocks.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut hash = Transcript::new(false);
                    for seed in block * BLOCK..(block + 1) * BLOCK {
                        hash.number(run(&plan_of(seed)).hash);
                    }
                    let place = blocks.iter().position(|other| other == block);
                    if let (Some(place), Ok(mut found)) = (place, found.lock()) {
                        found[place] = hash.hash();
                    }
                }
            });
        }
    });
    found.into_inner().unwrap_or_default()
}
