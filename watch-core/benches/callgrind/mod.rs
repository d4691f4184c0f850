//! A benchmark that counts the instructions an object, with valgrind's callgrind. See [`main`].

mod baseline;
mod count;
mod shares;

use std::env;
use std::io;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

use count::{Counted, count};

/// What is counted.
pub(crate) trait Measured {
    /// Plays the body once. Returns the number of objects, which is at least 1.
    fn run(&self) -> usize;

    /// Returns the size of the body in bytes.
    fn bytes(&self) -> usize;
}

/// A case by its name. It is made when it is needed, because that takes a while under valgrind.
pub(crate) type Named<C> = (&'static str, fn() -> C);

/// Does what the arguments of the process ask for:
///
/// - texts: prints a table of the cases whose names contain one of them, or of all cases
/// - `--shares` and texts: prints a table of where the instructions are spent, for the same cases
/// - `--functions` and texts: prints the functions that take the most instructions, for the same cases
/// - `--check` and texts: compares the counts of the same cases with the baseline, and fails if one takes 5 % more
/// - `--renew`: writes the baseline
pub(crate) fn main<C: Measured>(cases: &[Named<C>], baseline: &Path) -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    if let ["--run", name, rounds] = arguments[..] {
        run(cases, name, rounds.parse().expect("a number"));
        return ExitCode::SUCCESS;
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        eprintln!(
            "SKIPPED: the instructions are counted by valgrind, which isn't installed; install the package valgrind"
        );
        // A check that wasn't made didn't pass.
        return if matches!(arguments[..], ["--check" | "--renew", ..]) {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        };
    }
    let done = match arguments[..] {
        ["--check", ref names @ ..] => check(cases, names, baseline),
        ["--renew"] => renew(cases, baseline),
        ref names => {
            print(cases, names);
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", baseline.display());
            ExitCode::FAILURE
        }
    }
}

/// Runs a case: what valgrind counts.
fn run<C: Measured>(cases: &[Named<C>], name: &str, rounds: usize) {
    let (_, make) = cases.iter().find(|case| case.0 == name).expect("a case");
    let case = make();
    for _ in 0..rounds {
        case.run();
    }
}

/// Fails if a case takes more instructions than it may. Also fails if the baseline is of another compiler, because the
/// counts can't be compared.
fn check<C: Measured>(cases: &[Named<C>], parts: &[&str], path: &Path) -> io::Result<()> {
    const RENEW: &str = "the same command with --renew instead of --check writes the file";
    let baseline = baseline::read(path)?;
    let compiler = baseline::compiler()?;
    if baseline.compiler != compiler {
        let of = baseline.compiler;
        return Err(io::Error::other(format!("its counts are of {of}, and this is {compiler}; {RENEW}")));
    }
    let mut failures = baseline.compare(&counted(cases, parts));
    failures.extend(
        baseline
            .cases()
            .filter(|name| cases.iter().all(|case| case.0 != *name))
            .map(|name| format!("{name}: no such case any more")),
    );
    if failures.is_empty() {
        return Ok(());
    }
    Err(io::Error::other(format!("\n{}\nif the change is worth it, renew the baseline: {RENEW}", failures.join("\n"))))
}

fn renew<C: Measured>(cases: &[Named<C>], path: &Path) -> io::Result<()> {
    baseline::write(path, &baseline::compiler()?, &counted(cases, &[]))
}

/// Returns the cases whose names contain one of these texts; without a text, all.
fn wanted<'a, C>(cases: &'a [Named<C>], parts: &'a [&str]) -> impl Iterator<Item = &'a Named<C>> {
    cases.iter().filter(move |(name, _)| parts.is_empty() || parts.iter().any(|part| name.contains(part)))
}

fn counted<C: Measured>(cases: &[Named<C>], parts: &[&str]) -> Vec<(String, Counted)> {
    wanted(cases, parts).map(|(name, make)| ((*name).to_owned(), count(name, make().run()))).collect()
}

/// Prints the table that the arguments ask for.
fn print<C: Measured>(cases: &[Named<C>], arguments: &[&str]) {
    match arguments {
        ["--shares", names @ ..] => shares::print(&counted(cases, names)),
        ["--functions", names @ ..] => shares::print_functions(&counted(cases, names)),
        names => print_counts(cases, names),
    }
}

fn print_counts<C: Measured>(cases: &[Named<C>], parts: &[&str]) {
    println!("{:<44} {:>12} {:>10} {:>10} {:>8}", "case", "instructions", "a byte", "ns", "GB/s");
    for (name, make) in wanted(cases, parts) {
        let case = make();
        let objects = case.run();
        let instructions = count(name, objects).total;
        let nanoseconds = time(&case);
        println!(
            "{:<44} {:>12} {:>10.2} {:>10.0} {:>8.2}",
            name,
            instructions,
            (instructions * objects as u64) as f64 / case.bytes() as f64,
            nanoseconds / objects as f64,
            case.bytes() as f64 / nanoseconds,
        );
    }
}

/// Returns the least time of a run, in nanoseconds.
fn time(case: &impl Measured) -> f64 {
    let run = || {
        let begin = Instant::now();
        case.run();
        begin.elapsed().as_nanos()
    };
    (0..50).map(|_| run()).min().unwrap_or_default() as f64
}
