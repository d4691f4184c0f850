//! The instructions that each case took when the baseline was written, in a file: a line for the compiler, then a line
//! for each case.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::Command;

/// A case fails if it takes this many percent more than in the baseline.
const PERCENT: u64 = 5;

/// The instructions an object, by the names of the cases.
pub(crate) type Counts = Vec<(String, u64)>;

/// A file that was written by [`write`].
pub(crate) struct Baseline {
    /// The compiler with which the cases were built.
    pub(crate) compiler: String,
    counts: Counts,
}

/// Returns the path of the file.
pub(crate) fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("benches/instructions.txt")
}

/// Returns the compiler in use, with its target: other compilers need other numbers of instructions.
pub(crate) fn compiler() -> io::Result<String> {
    let output = Command::new("rustc").arg("-vV").output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let version = text.lines().next().unwrap_or_default();
    let host = text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
    Ok(format!("{version} {host}"))
}

/// Reads the file.
pub(crate) fn read() -> io::Result<Baseline> {
    let text = fs::read_to_string(path())?;
    let mut lines = text.lines();
    let compiler = lines.next().unwrap_or_default().to_owned();
    let count = |line: &str| {
        let (count, name) = line.trim_start().split_once(' ')?;
        Some((name.trim_start().to_owned(), count.parse().ok()?))
    };
    let counts = lines.map(|line| count(line).ok_or_else(|| io::Error::other(format!("can't read the line {line:?}"))));
    Ok(Baseline { compiler, counts: counts.collect::<io::Result<_>>()? })
}

/// Writes the file.
pub(crate) fn write(compiler: &str, counts: &Counts) -> io::Result<()> {
    let lines: String = counts.iter().map(|(name, count)| format!("{count:>10} {name}\n")).collect();
    fs::write(path(), format!("{compiler}\n{lines}"))
}

impl Baseline {
    /// Returns the cases that take more instructions than they may, and those without a number in the file or without a
    /// case. An empty list means that the check passed.
    pub(crate) fn compare(&self, counts: &Counts) -> Vec<String> {
        let of =
            |counts: &Counts, wanted: &str| counts.iter().find(|(name, _)| name == wanted).map(|(_, count)| *count);
        let mut failures = Vec::new();
        for (name, count) in counts {
            match of(&self.counts, name) {
                None => failures.push(format!("{name}: not in the baseline")),
                Some(before) if *count * 100 > before * (100 + PERCENT) => {
                    let percent = (*count - before) as f64 / before as f64 * 100.0;
                    failures.push(format!("{name}: {count} instructions, {percent:.1} % more than {before}"));
                }
                Some(_) => {}
            }
        }
        let is_gone = |(name, _): &&(String, u64)| of(counts, name).is_none();
        failures.extend(self.counts.iter().filter(is_gone).map(|(name, _)| format!("{name}: no such case any more")));
        failures
    }
}
