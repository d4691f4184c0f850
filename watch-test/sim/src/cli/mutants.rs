//! `simulate mutants`: runs the simulator against watch-core with one bug at a time. The simulator must find each bug.
//! If it doesn't, an oracle is missing, or a fault never happens.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use clap::Args;
use serde::Deserialize;

use super::built_in::built_in;
use super::extent::some_time;

/// Puts bugs into a copy of the sources and runs the simulator against each
#[derive(Debug, Args)]
#[non_exhaustive]
pub struct Mutants {
    /// The patches [default: all]
    pub patches: Vec<PathBuf>,
    /// The directory of the sources
    #[arg(long, default_value = ".")]
    pub sources: PathBuf,
    /// The directory of the copy and of its build
    #[arg(long, default_value = "target/mutants")]
    pub copy: PathBuf,
    /// Only check that each patch applies to the sources; takes seconds
    #[arg(long)]
    pub check: bool,
    /// The longest time to search for each bug by probes and seeds; the table of seeds is compared after that
    #[arg(long = "for", default_value = "60s", value_parser = some_time)]
    pub for_: Duration,
    /// Run the mutants that are built into the simulator, one for each way to fail; takes seconds
    #[arg(long, conflicts_with_all = ["patches", "sources", "copy", "check", "for_"])]
    pub built_in: bool,
    /// The first seed for the built-in mutants
    #[arg(long, requires = "built_in", default_value_t = 0)]
    pub seed: u64,
}

/// The table of what seeds did before.
const PINNED: &str = "watch-test/sim/tests/it/pinned.txt";

/// The table of what probes did before.
const PROBES: &str = "watch-test/sim/tests/it/probes.txt";

/// The result for a mutant.
enum Verdict {
    /// An oracle found it with the last of this many seeds.
    Found { seeds: u64, violation: Found },
    /// No oracle found it in this number of seeds, but the seeds or the probes of `what` differ from their table.
    Changed { seeds: u64, what: String },
    /// No oracle found it in this number of seeds, and the seeds of the table don't differ.
    Survived { seeds: u64 },
    /// The patch doesn't apply to these sources.
    DoesNotApply,
    /// The mutant doesn't compile.
    DoesNotBuild,
}

/// The part of a run's report that is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    seeds: u64,
    failed_seeds: Vec<(u64, Found)>,
}

/// The part of the probes' report that is read.
#[derive(Deserialize)]
struct ProbesReport {
    failed: Option<FailedProbe>,
    changed: Vec<String>,
}

#[derive(Deserialize)]
struct FailedProbe {
    probe: String,
    seed: u64,
    violation: Found,
}

#[derive(Deserialize)]
struct Found {
    oracle: String,
    message: String,
}

impl Mutants {
    /// Runs the command, and prints a table. Fails if a mutant isn't found, or if its patch doesn't apply.
    pub fn execute(&self) -> ExitCode {
        if self.built_in {
            return built_in(self.seed);
        }
        match self.search() {
            Ok(0) => ExitCode::SUCCESS,
            Ok(wrong) if self.check => {
                eprintln!("{wrong} mutant patches don't apply: regenerate them from the current sources");
                ExitCode::FAILURE
            }
            Ok(wrong) => {
                eprintln!("{wrong} mutants were not found");
                ExitCode::FAILURE
            }
            Err(error) => {
                eprintln!("{error}");
                ExitCode::from(2)
            }
        }
    }

    fn search(&self) -> io::Result<usize> {
        let patches = self.patches()?;
        let tree = self.copy.join("tree");
        if tree.exists() {
            std::fs::remove_dir_all(&tree)?;
        }
        std::fs::create_dir_all(&tree)?;
        for part in ["Cargo.toml", "Cargo.lock", "README.md", "watch-core", "watch-hyper", "watch-test"] {
            copy(&self.sources.join(part), &tree.join(part))?;
        }
        if self.check {
            return check(&tree, &patches);
        }
        let begun = Instant::now();
        println!("| mutant | found by | seeds | how |\n|---|---|---|---|");
        let mut wrong = 0;
        for patch in &patches {
            let name = patch.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            match self.verdict(&tree, patch)? {
                Verdict::Found { seeds, violation } => {
                    let how: String = violation.message.chars().filter(|c| *c != '|').take(90).collect();
                    println!("| {name} | {} | {seeds} | {how} |", violation.oracle);
                    continue;
                }
                Verdict::Changed { seeds, what } => {
                    println!("| {name} | *table* | {seeds} | no oracle; {what} differ from the table |");
                    continue;
                }
                Verdict::Survived { seeds } => println!("| {name} | **NO ORACLE** | {seeds} | |"),
                Verdict::DoesNotApply => println!("| {name} | **THE PATCH DOES NOT APPLY** | | |"),
                Verdict::DoesNotBuild => println!("| {name} | **IT DOES NOT BUILD** | | |"),
            }
            wrong += 1;
        }
        let (all, minutes) = (patches.len(), begun.elapsed().as_secs_f64() / 60.0);
        println!("\n{} of {all} mutants found, in {minutes:.0} minutes", all - wrong);
        Ok(wrong)
    }

    fn patches(&self) -> io::Result<Vec<PathBuf>> {
        if !self.patches.is_empty() {
            return self.patches.iter().map(std::path::absolute).collect();
        }
        let folder = std::path::absolute(self.sources.join("watch-test/sim/mutants"))?.read_dir()?;
        let mut patches: Vec<_> = folder.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
        patches.retain(|path| path.extension().is_some_and(|extension| extension == "patch"));
        patches.sort();
        Ok(patches)
    }

    fn verdict(&self, tree: &Path, patch: &Path) -> io::Result<Verdict> {
        if !apply(tree, patch, "--dry-run")? {
            return Ok(Verdict::DoesNotApply);
        }
        apply(tree, patch, "--silent")?;
        let verdict = self.try_seeds(tree);
        apply(tree, patch, "--reverse")?;
        verdict
    }

    fn try_seeds(&self, tree: &Path) -> io::Result<Verdict> {
        let target = std::path::absolute(self.copy.join("target"))?;
        let mut build = Command::new("cargo");
        build.args(["build", "--quiet", "-p", "watch-sim", "--bin", "simulate"]).current_dir(tree);
        // A compromise between a quick build and quick seeds.
        build.env("CARGO_TARGET_DIR", &target).env("CARGO_PROFILE_DEV_OPT_LEVEL", "1");
        build.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_INCREMENTAL", "1");
        if !build.stderr(Stdio::null()).status()?.success() {
            return Ok(Verdict::DoesNotBuild);
        }
        let begun = Instant::now();
        let program = target.join("debug").join("simulate");
        let ProbesReport { failed, changed } = probes(&program, tree, &target.join("probes.json"))?;
        if let Some(FailedProbe { probe, seed, violation }) = failed {
            let violation = Found { oracle: format!("probe {probe}"), ..violation };
            return Ok(Verdict::Found { seeds: seed + 1, violation });
        }
        let left = self.for_.saturating_sub(begun.elapsed()).max(Duration::from_secs(1));
        let report = seeds(&program, left, &target.join("mutant.json"))?;
        let first = report.failed_seeds.into_iter().min_by_key(|(seed, _)| *seed);
        if let Some((seed, violation)) = first {
            return Ok(Verdict::Found { seeds: seed + 1, violation });
        }
        if !changed.is_empty() {
            let what = format!("the probes {}", changed.join(", "));
            return Ok(Verdict::Changed { seeds: report.seeds, what });
        }
        let mut compare = Command::new(&program);
        let compared = compare.args(["--jobs", "1", "--pinned"]).arg(tree.join(PINNED)).output()?;
        match compared.status.code() {
            Some(0) => Ok(Verdict::Survived { seeds: report.seeds }),
            Some(1) => Ok(Verdict::Changed { seeds: report.seeds, what: "seeds".into() }),
            _ => {
                let stderr = String::from_utf8_lossy(&compared.stderr);
                Err(io::Error::other(format!("can't compare the mutant's seeds with {PINNED}: {stderr}")))
            }
        }
    }
}

/// Compares what the mutant's probes do with the table.
fn probes(program: &Path, tree: &Path, report: &Path) -> io::Result<ProbesReport> {
    remove(report)?;
    let mut probes = Command::new(program);
    probes.args(["probes", "--jobs", "1", "--report"]).arg(report).arg("--pinned").arg(tree.join(PROBES));
    let ran = probes.output()?;
    let text = std::fs::read_to_string(report).unwrap_or_default();
    serde_json::from_str(&text).map_err(|_| {
        let stderr = String::from_utf8_lossy(&ran.stderr);
        io::Error::other(format!("can't compare the mutant's probes with {PROBES}: {stderr}"))
    })
}

/// Runs the mutant's seeds for this long, on one thread, so that always the same seed finds it.
fn seeds(program: &Path, time: Duration, report: &Path) -> io::Result<Report> {
    remove(report)?;
    let mut simulate = Command::new(program);
    let time = format!("{}ms", time.as_millis());
    simulate.args(["--brief", "--jobs", "1", "--for", &time, "--report"]).arg(report);
    simulate.output()?;
    Ok(serde_json::from_str(&std::fs::read_to_string(report)?)?)
}

fn remove(report: &Path) -> io::Result<()> {
    if report.exists() { std::fs::remove_file(report) } else { Ok(()) }
}

/// Counts the patches that don't apply to the tree, and prints their names.
fn check(tree: &Path, patches: &[PathBuf]) -> io::Result<usize> {
    let mut stale = 0;
    for patch in patches {
        if !apply(tree, patch, "--dry-run")? {
            stale += 1;
            println!("does not apply: {}", patch.display());
        }
    }
    println!("{} of {} mutant patches apply", patches.len() - stale, patches.len());
    Ok(stale)
}

/// Returns whether the patch applies.
fn apply(tree: &Path, patch: &Path, how: &str) -> io::Result<bool> {
    let mut command = Command::new("patch");
    command.args(["-p1", "--force", "--no-backup-if-mismatch", how]).current_dir(tree);
    let status = command.stdin(std::fs::File::open(patch)?).stdout(Stdio::null()).status()?;
    Ok(status.success())
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        return std::fs::copy(from, to).map(drop);
    }
    std::fs::create_dir_all(to)?;
    for entry in from.read_dir()? {
        let entry = entry?;
        if entry.file_name() != "target" {
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
