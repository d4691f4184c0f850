//! Instructions an object, counted by valgrind's callgrind: `cargo bench -p watch-core --bench instructions [CASE…]`.
//!
//! `-- --check` compares the counts with the baseline, and fails if a case takes 5 % more. `-- --renew` writes the
//! baseline.
//!
//! Each case runs in a process of its own, twice, with a different number of rounds. The difference leaves out what
//! prepares the data.

mod baseline;
mod cases;

use std::env;
use std::io;
use std::process::{Command, ExitCode};
use std::time::Instant;

use cases::{CASES, Case};

const FEW: usize = 1;
const MANY: usize = 4;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    if let ["--run", name, rounds] = arguments[..] {
        run(name, rounds.parse().expect("a number"));
        return ExitCode::SUCCESS;
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        eprintln!("skipped: the instructions are counted by valgrind, which isn't installed");
        return ExitCode::SUCCESS;
    }
    let done = match arguments[..] {
        ["--check"] => check(),
        ["--renew"] => renew(),
        _ => {
            print(&arguments);
            Ok(true)
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{}: {error}", baseline::path().display());
            ExitCode::FAILURE
        }
    }
}

/// Runs a case: what valgrind counts.
fn run(name: &str, rounds: usize) {
    let (_, make) = CASES.iter().find(|case| case.0 == name).expect("a case");
    let case = make();
    for _ in 0..rounds {
        case.run();
    }
}

/// Compares all cases with the baseline. Returns whether none takes more instructions than it may.
fn check() -> io::Result<bool> {
    let baseline = baseline::read()?;
    let compiler = baseline::compiler()?;
    if baseline.compiler != compiler {
        eprintln!(
            "skipped: the baseline is of {}, and this is {compiler}; renew it with: \
             cargo bench -p watch-core --bench instructions -- --renew",
            baseline.compiler
        );
        return Ok(true);
    }
    let failures = baseline.compare(&count_all());
    for failure in &failures {
        eprintln!("{failure}");
    }
    if !failures.is_empty() {
        eprintln!(
            "if the change is worth it, renew the baseline: cargo bench -p watch-core --bench instructions -- --renew"
        );
    }
    Ok(failures.is_empty())
}

fn renew() -> io::Result<bool> {
    baseline::write(&baseline::compiler()?, &count_all())?;
    Ok(true)
}

fn count_all() -> baseline::Counts {
    CASES.iter().map(|(name, make)| ((*name).to_owned(), instructions(name, make().run()))).collect()
}

/// Prints a table of the cases whose names contain one of these texts.
fn print(parts: &[&str]) {
    println!("{:<44} {:>12} {:>10} {:>10} {:>8}", "case", "instructions", "a byte", "ns", "GB/s");
    for (name, make) in CASES {
        if parts.is_empty() || parts.iter().any(|part| name.contains(part)) {
            let case = make();
            let objects = case.run();
            let instructions = instructions(name, objects);
            let nanoseconds = time(&case);
            println!(
                "{:<44} {:>12} {:>10.2} {:>10.0} {:>8.2}",
                name,
                instructions,
                (instructions * objects as u64) as f64 / case.bytes as f64,
                nanoseconds / objects as f64,
                case.bytes as f64 / nanoseconds,
            );
        }
    }
}

/// Returns the number of instructions an object.
fn instructions(name: &str, objects: usize) -> u64 {
    (count(name, MANY) - count(name, FEW)) / ((MANY - FEW) * objects) as u64
}

/// Returns the number of instructions of a process that runs the case.
fn count(name: &str, rounds: usize) -> u64 {
    let program = env::current_exe().expect("this program has a path");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["--run", name, &rounds.to_string()])
        .output()
        .expect("valgrind can be started");
    let said = String::from_utf8_lossy(&output.stderr);
    let count = said.lines().find_map(|line| line.split_once("Collected : ")).and_then(|(_, count)| count.parse().ok());
    count.unwrap_or_else(|| panic!("valgrind counted nothing for {name}: {said}"))
}

/// Returns the least time of a run, in nanoseconds.
fn time(case: &Case) -> f64 {
    let run = || {
        let begin = Instant::now();
        case.run();
        begin.elapsed().as_nanos()
    };
    (0..50).map(|_| run()).min().unwrap_or_default() as f64
}
