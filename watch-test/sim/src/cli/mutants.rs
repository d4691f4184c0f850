//! `simulate mutants`: the machine with a mistake put in, one after the other. The simulator must find each; one that it
//! doesn't find is a promise that nobody judges, or a fault that never happens.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use clap::Args;
use serde::Deserialize;

/// Puts mistakes into a copy of the sources, and has the simulator find them.
#[derive(Debug, Args)]
#[non_exhaustive]
pub struct Mutants {
    /// The patches, and nothing else; all if none is named
    pub patches: Vec<PathBuf>,
    /// The sources
    #[arg(long, default_value = ".")]
    pub sources: PathBuf,
    /// Where the copy goes, and what is built of it
    #[arg(long, default_value = "target/mutants")]
    pub copy: PathBuf,
    /// Only checks that each patch still applies to the sources; takes seconds
    #[arg(long)]
    pub check: bool,
    /// How long each is hunted
    #[arg(long = "for", default_value = "60s")]
    pub for_: String,
}

/// What came of a mutant.
enum Verdict {
    /// That promise was broken with the last of so many seeds.
    Found { seeds: u64, violation: Found },
    /// So many seeds held.
    Survived { seeds: u64 },
    /// The patch is of other sources than these.
    DoesNotApply,
    /// It can't be compiled.
    DoesNotBuild,
}

/// What is read of the report of a run.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    seeds: u64,
    failed_seeds: Vec<(u64, Found)>,
}

#[derive(Deserialize)]
struct Found {
    oracle: String,
    message: String,
}

impl Mutants {
    /// Does it, and prints a table. Fails if one survives, or isn't one any more.
    pub fn execute(&self) -> ExitCode {
        match self.hunt() {
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

    fn hunt(&self) -> io::Result<usize> {
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
                Verdict::Survived { seeds } => println!("| {name} | **NOBODY** | {seeds} | |"),
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
        // Between a quick build and quick seeds.
        build.env("CARGO_TARGET_DIR", &target).env("CARGO_PROFILE_DEV_OPT_LEVEL", "1");
        build.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_INCREMENTAL", "1");
        if !build.stderr(Stdio::null()).status()?.success() {
            return Ok(Verdict::DoesNotBuild);
        }
        let report = target.join("mutant.json");
        if report.exists() {
            std::fs::remove_file(&report)?;
        }
        // One thread, so that it is always the same seed which finds it.
        let mut simulate = Command::new(target.join("debug").join("simulate"));
        simulate.args(["--brief", "--jobs", "1", "--for", &self.for_, "--report"]).arg(&report);
        simulate.output()?;
        let report: Report = serde_json::from_str(&std::fs::read_to_string(&report)?)?;
        let first = report.failed_seeds.into_iter().min_by_key(|(seed, _)| *seed);
        Ok(match first {
            Some((seed, violation)) => Verdict::Found { seeds: seed + 1, violation },
            None => Verdict::Survived { seeds: report.seeds },
        })
    }
}

/// Counts the patches that don't apply to the tree, and names them.
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

/// Whether the patch fits.
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
