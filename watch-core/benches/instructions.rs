//! Instructions an object, counted by valgrind's callgrind: `cargo bench -p watch-core --bench instructions [CASE…]`.
//!
//! Each case runs in a process of its own, twice, with a different number of rounds. The difference leaves out what
//! prepares the data.

mod cases;

use std::env;
use std::process::{Command, ExitCode};
use std::time::Instant;

use cases::Case;

const FEW: usize = 2;
const MANY: usize = 12;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [run, name, rounds] = arguments.as_slice()
        && run == "--run"
    {
        let cases = cases::all();
        let case = cases.iter().find(|case| case.name == name).expect("a case");
        let rounds: usize = rounds.parse().expect("a number");
        assert_eq!((0..rounds).map(|_| case.run()).sum::<usize>(), rounds * case.objects);
        return ExitCode::SUCCESS;
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        eprintln!("skipped: the instructions are counted by valgrind, which isn't installed");
        return ExitCode::SUCCESS;
    }
    println!("{:<40} {:>12} {:>10} {:>10} {:>8}", "case", "instructions", "a byte", "ns", "GB/s");
    for case in cases::all() {
        if arguments.is_empty() || arguments.iter().any(|part| case.name.contains(part.as_str())) {
            let instructions = (count(case.name, MANY) - count(case.name, FEW)) / (MANY - FEW) as u64;
            let nanoseconds = time(&case);
            println!(
                "{:<40} {:>12} {:>10.2} {:>10.0} {:>8.2}",
                case.name,
                instructions / case.objects as u64,
                instructions as f64 / case.bytes as f64,
                nanoseconds / case.objects as f64,
                case.bytes as f64 / nanoseconds,
            );
        }
    }
    ExitCode::SUCCESS
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
