//! `mutants`: the machine with a mistake put in, one after the other. The simulator must find each; one that it doesn't
//! find is a promise that nobody judges.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

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
    /// Where the copy goes
    #[arg(long, default_value = "target/mutants")]
    pub copy: PathBuf,
    /// How long each is hunted
    #[arg(long = "for", default_value = "60s")]
    pub for_: String,
    /// How they are built
    #[arg(long, default_value = "release")]
    pub profile: String,
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
    /// Does it. Fails if one survives.
    pub fn execute(&self) -> ExitCode {
        match self.hunt() {
            Ok(0) => ExitCode::SUCCESS,
            Ok(survivors) => {
                println!("{survivors} survive");
                ExitCode::FAILURE
            }
            Err(error) => {
                eprintln!("{error}");
                ExitCode::from(2)
            }
        }
    }

    fn hunt(&self) -> io::Result<usize> {
        let mut patches = self.patches.clone();
        if patches.is_empty() {
            let folder = self.sources.join("watch-test/mutants").read_dir()?;
            patches = folder.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
            patches.retain(|path| path.extension().is_some_and(|extension| extension == "patch"));
            patches.sort();
        }
        if self.copy.exists() {
            std::fs::remove_dir_all(&self.copy)?;
        }
        std::fs::create_dir_all(&self.copy)?;
        for part in ["Cargo.toml", "Cargo.lock", "README.md", "watch-core", "watch-hyper", "watch-test"] {
            copy(&self.sources.join(part), &self.copy.join(part))?;
        }
        println!("| mutant | found by | seeds | how |\n|---|---|---|---|");
        let mut survivors = 0;
        for patch in &patches {
            let name = patch.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let patch = std::path::absolute(patch)?;
            self.patch(&patch, &[])?;
            let verdict = self.verdict();
            self.patch(&patch, &["--reverse"])?;
            match verdict? {
                Some((seeds, found)) => {
                    let how: String = found.message.chars().filter(|c| *c != '|').take(90).collect();
                    println!("| {name} | {} | {seeds} | {how} |", found.oracle);
                }
                None => {
                    survivors += 1;
                    println!("| {name} | **nobody** | | |");
                }
            }
        }
        Ok(survivors)
    }

    fn patch(&self, patch: &Path, how: &[&str]) -> io::Result<()> {
        let file = std::fs::File::open(patch)?;
        succeed(Command::new("patch").args(["-p1", "--silent"]).args(how).current_dir(&self.copy).stdin(file))
    }

    /// How many seeds it took, and what was found.
    fn verdict(&self) -> io::Result<Option<(u64, Found)>> {
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.sources.join("target"), PathBuf::from);
        let target = std::path::absolute(target)?;
        let mut build = Command::new("cargo");
        build.args(["build", "--quiet", "-p", "watch-test", "--bin", "watch-test", "--profile", &self.profile]);
        succeed(build.current_dir(&self.copy).env("CARGO_TARGET_DIR", &target).env("CARGO_INCREMENTAL", "1"))?;
        let folder = if self.profile == "dev" { "debug" } else { &self.profile };
        let report = target.join("mutant.json");
        if report.exists() {
            std::fs::remove_file(&report)?;
        }
        let program = target.join(folder).join("watch-test");
        let mut simulate = Command::new(program);
        simulate.args(["simulate", "--brief", "--for", &self.for_, "--report"]).arg(&report);
        let code = simulate.output()?.status.code();
        let read: Option<Report> = serde_json::from_str(&std::fs::read_to_string(&report)?).ok();
        let Some(report) = read else { return Ok(None) };
        let first = report.failed_seeds.into_iter().min_by_key(|(seed, _)| *seed);
        Ok(first.filter(|_| code != Some(0)).map(|(_, found)| (report.seeds, found)))
    }
}

fn succeed(command: &mut Command) -> io::Result<()> {
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(format!("{command:?}: {status}"))) }
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
