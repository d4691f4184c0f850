//! The instructions that each case took when the baseline was written, in a file: a line for the compiler, then for each
//! case a line, and indented lines for its most expensive functions.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use super::count::{Counted, Function};

/// A case fails if it takes this many percent more than in the baseline.
const PERCENT: u64 = 5;
/// The file has the functions that take at least one part in this many of a case.
const PARTS: u64 = 100;
/// The functions that a failure names.
const NAMED: usize = 5;

/// The instructions an object, by the names of the cases.
pub(crate) type Counts = Vec<(String, Counted)>;

/// A file that was written by [`write`].
pub(crate) struct Baseline {
    /// The compiler with which the cases were built.
    pub(crate) compiler: String,
    counts: Counts,
}

/// Returns the compiler in use, its target, and whether the processor has AVX2, because the numbers of instructions depend
/// on all three. (Valgrind has no AVX-512, so a processor with AVX-512 gives the counts of AVX2.)
pub(crate) fn compiler() -> io::Result<String> {
    let output = Command::new("rustc").arg("-vV").output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let version = text.lines().next().unwrap_or_default();
    let host = text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    let simd = if std::arch::is_x86_feature_detected!("avx2") { " avx2" } else { "" };
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    let simd = "";
    Ok(format!("{version} {host}{simd}"))
}

/// Reads the file.
pub(crate) fn read(path: &Path) -> io::Result<Baseline> {
    let text = fs::read_to_string(path)?;
    let mut lines = text.lines();
    let compiler = lines.next().unwrap_or_default().to_owned();
    let mut counts = Counts::new();
    for line in lines {
        let unreadable = || io::Error::other(format!("can't read the line {line:?}"));
        let (count, name) = line.trim_start().split_once(' ').ok_or_else(unreadable)?;
        let (name, count) = (name.to_owned(), count.parse().map_err(|_| unreadable())?);
        if line.starts_with('\t') {
            let (_, case) = counts.last_mut().ok_or_else(unreadable)?;
            case.functions.push(Function { name, count });
        } else {
            counts.push((name, Counted { total: count, functions: Vec::new() }));
        }
    }
    Ok(Baseline { compiler, counts })
}

/// Writes the file.
pub(crate) fn write(path: &Path, compiler: &str, counts: &Counts) -> io::Result<()> {
    let mut text = format!("{compiler}\n");
    for (name, case) in counts {
        text.push_str(&format!("{:>10} {name}\n", case.total));
        for Function { name, count } in case.functions.iter().filter(|function| function.count * PARTS >= case.total) {
            text.push_str(&format!("\t{count:>10} {name}\n"));
        }
    }
    fs::write(path, text)
}

impl Baseline {
    /// Returns the names of the cases.
    pub(crate) fn cases(&self) -> impl Iterator<Item = &str> {
        self.counts.iter().map(|(name, _)| name.as_str())
    }

    /// Returns the cases that take more instructions than they may, with the functions that grew most, and the cases
    /// without a number in the file. An empty list means that the check passed.
    pub(crate) fn compare(&self, counts: &Counts) -> Vec<String> {
        let mut failures = Vec::new();
        for (name, case) in counts {
            let Some(before) = named(&self.counts, name) else {
                failures.push(format!("{name}: not in the baseline"));
                continue;
            };
            if case.total * 100 > before.total * (100 + PERCENT) {
                let (now, before_total) = (case.total, before.total);
                let percent = (now - before_total) as f64 / before_total as f64 * 100.0;
                failures.push(format!("{name}: {now} instructions, {percent:.1} % more than {before_total}"));
                failures.extend(grown(before, case));
            }
        }
        failures
    }
}

/// Returns the case of this name.
fn named<'a>(counts: &'a Counts, wanted: &str) -> Option<&'a Counted> {
    counts.iter().find(|(name, _)| name == wanted).map(|(_, case)| case)
}

/// Returns a line for each of the functions that grew most. The growth of a function that isn't in the baseline is its
/// number less one part in [`PARTS`], since it may have taken that much before.
fn grown(before: &Counted, now: &Counted) -> Vec<String> {
    let grown = now.functions.iter().filter_map(|function| {
        let same = before.functions.iter().find(|before| before.name == function.name);
        let most = same.map_or(before.total / PARTS, |same| same.count);
        let grew = function.count.checked_sub(most).filter(|grew| *grew > 0)?;
        Some((grew, same.map(|same| same.count), function))
    });
    let mut grown: Vec<_> = grown.collect();
    grown.sort_by_key(|(grew, ..)| std::cmp::Reverse(*grew));
    let line = |&(_, before_count, Function { name, count }): &(u64, Option<u64>, &Function)| match before_count {
        Some(before) => format!("    {before} -> {count} {name}"),
        None => format!("    less than {} -> {count} {name}", before.total.div_ceil(PARTS)),
    };
    grown.iter().take(NAMED).map(line).collect()
}
