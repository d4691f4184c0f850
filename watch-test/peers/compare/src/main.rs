//! Runs several clients under the same faults, and prints a table of the results. `run.sh` builds them and documents
//! the usage.

mod client;
mod mirror;
mod scenario;
mod table;
mod trial;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use crate::client::Peer;
use crate::scenario::{SCENARIOS, Scenario};
use crate::trial::Outcome;

/// The command line: `--jobs N --times N --logs DIRECTORY [--only TEXT]… NAME=PROGRAM…`
#[derive(Debug, Default)]
struct Arguments {
    jobs: usize,
    times: usize,
    logs: PathBuf,
    only: Vec<String>,
    peers: Vec<Peer>,
}

impl Arguments {
    fn read(mut given: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut read = Self { jobs: 1, times: 1, ..Self::default() };
        while let Some(argument) = given.next() {
            let mut value = || given.next().ok_or_else(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--jobs" => read.jobs = value()?.parse().map_err(|_| "--jobs needs a number")?,
                "--times" => read.times = value()?.parse().map_err(|_| "--times needs a number")?,
                "--logs" => read.logs = value()?.into(),
                "--only" => read.only.push(value()?),
                _ => read.peers.push(argument.parse()?),
            }
        }
        Ok(read)
    }

    fn scenarios(&self) -> Vec<&'static Scenario> {
        let wanted = |name: &str| self.only.is_empty() || self.only.iter().any(|text| name.contains(text));
        SCENARIOS.iter().filter(|scenario| wanted(scenario.name)).collect()
    }
}

fn main() -> ExitCode {
    let arguments = match Arguments::read(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let scenarios = arguments.scenarios();
    let outcomes = run_all(&arguments, &scenarios);
    let names: Vec<&str> = arguments.peers.iter().map(|peer| peer.name.as_str()).collect();
    let rows: Vec<_> = scenarios.iter().map(|scenario| scenario.name).zip(outcomes).collect();
    println!("{}", table::markdown(&names, &rows));
    let has_failed = rows
        .iter()
        .flat_map(|(_, outcomes)| outcomes.iter().flatten())
        .any(|outcome| matches!(outcome, Outcome::Failed(_)));
    if has_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// One trial.
#[derive(Clone, Copy, Debug)]
struct Job {
    row: usize,
    column: usize,
    time: usize,
}

/// Returns the outcomes of each scenario for each client. Several trials run at once, because they mostly wait.
fn run_all(arguments: &Arguments, scenarios: &[&Scenario]) -> Vec<Vec<Vec<Outcome>>> {
    let jobs = Mutex::new(jobs(arguments, scenarios));
    let outcomes = Mutex::new(vec![vec![Vec::new(); arguments.peers.len()]; scenarios.len()]);
    std::thread::scope(|scope| {
        for _ in 0..arguments.jobs.max(1) {
            scope.spawn(|| {
                while let Some(Job { row, column, time }) = next(&jobs) {
                    let (scenario, peer) = (scenarios[row], &arguments.peers[column]);
                    let outcome = trial::run(scenario, peer, time, &arguments.logs)
                        .unwrap_or_else(|error| Outcome::Failed(error.to_string()));
                    eprintln!("{}, {}: {}", scenario.name, peer.name, table::cell(std::slice::from_ref(&outcome)));
                    outcomes.lock().unwrap_or_else(PoisonError::into_inner)[row][column].push(outcome);
                }
            });
        }
    });
    outcomes.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the trials, with the longest at the end, from which they are taken.
fn jobs(arguments: &Arguments, scenarios: &[&Scenario]) -> Vec<Job> {
    let mut jobs = Vec::new();
    for time in 0..arguments.times {
        for row in 0..scenarios.len() {
            jobs.extend((0..arguments.peers.len()).map(|column| Job { row, column, time }));
        }
    }
    jobs.sort_by_key(|job| scenarios[job.row].lasts + scenarios[job.row].limit);
    jobs
}

fn next(jobs: &Mutex<Vec<Job>>) -> Option<Job> {
    jobs.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    fn read(arguments: &[&str]) -> Result<Arguments, String> {
        Arguments::read(arguments.iter().map(|&argument| argument.to_owned()))
    }

    #[test]
    fn arguments_are_read() {
        let read = read(&["--jobs", "4", "--times", "2", "--logs", "/tmp/l", "--only", "410", "a=b"]).unwrap();
        assert_eq!((read.jobs, read.logs.to_str(), read.peers.len()), (4, Some("/tmp/l"), 1));
        assert_eq!(super::jobs(&read, &read.scenarios()).len(), 2 * read.scenarios().len());
        let names: Vec<_> = read.scenarios().iter().map(|scenario| scenario.name).collect();
        assert!(!names.is_empty() && names.iter().all(|name| name.contains("410")), "{names:?}");
    }

    #[test]
    fn invalid_arguments_are_refused() {
        for wrong in [&["--jobs"][..], &["--jobs", "many"], &["--what"]] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
