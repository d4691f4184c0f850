//! Runs a case under callgrind, and reads how many instructions each function took.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{self, Command};

const FEW: usize = 1;
const MANY: usize = 4;

/// The instructions an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) total: u64,
    /// The functions, with what was inlined into them and without what they called, the most expensive first.
    pub(crate) functions: Vec<Function>,
}

/// A function, and the instructions that it took itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) count: u64,
}

impl Counted {
    fn new(total: u64, functions: impl Iterator<Item = Function>) -> Self {
        let mut functions: Vec<_> = functions.filter(|function| function.count > 0).collect();
        functions.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.name.cmp(&other.name)));
        Self { total, functions }
    }
}

/// Counts the instructions of a case for each of its objects. It runs in a process of its own, twice, with a different
/// number of rounds. The difference leaves out what prepares the data.
pub(crate) fn count(case: &str, objects: usize) -> Counted {
    let few = of_process(case, FEW);
    let all = ((MANY - FEW) * objects) as u64;
    let an_object = |(name, many): (String, u64)| {
        let count = many.saturating_sub(few.get(&name).copied().unwrap_or_default());
        // Rounds to the nearest.
        Function { name, count: (count + all / 2) / all }
    };
    let many = of_process(case, MANY);
    let total = (many.values().sum::<u64>() - few.values().sum::<u64>()) / all;
    Counted::new(total, many.into_iter().map(an_object))
}

/// Returns the instructions of each function in a process that runs the case.
fn of_process(case: &str, rounds: usize) -> BTreeMap<String, u64> {
    let file = env::temp_dir().join(format!("instructions-{}.callgrind", process::id()));
    let mut written_to = OsStr::new("--callgrind-out-file=").to_owned();
    written_to.push(&file);
    let mut callgrind = Command::new("valgrind");
    callgrind.args(["--quiet", "--tool=callgrind"]).arg(written_to);
    callgrind.arg(env::current_exe().expect("this program has a path")).args(["--run", case, &rounds.to_string()]);
    output(&mut callgrind);
    let functions = annotated(&file);
    fs::remove_file(&file).expect("the file was written, and can be removed");
    functions
}

/// Returns the instructions of each function in a file of callgrind.
fn annotated(file: &Path) -> BTreeMap<String, u64> {
    let mut annotate = Command::new("callgrind_annotate");
    annotate.args(["--threshold=100", "--show-percs=no", "--auto=no"]).arg(file);
    let text = output(&mut annotate);
    let functions = functions(&text);
    assert!(!functions.is_empty(), "callgrind_annotate found no function in {}: {text}", file.display());
    functions
}

/// Runs a program of valgrind to its end. Returns its standard output.
fn output(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("can't start {command:?}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed ({}): {errors}", output.status);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Reads the lines `1,234  FILE:FUNCTION [PROGRAM]` of callgrind_annotate. What is inlined into a function has lines
/// with other files.
fn functions(text: &str) -> BTreeMap<String, u64> {
    let mut functions = BTreeMap::new();
    let lines = text.lines().skip_while(|line| !line.ends_with("file:function"));
    for line in lines {
        let Some((count, place)) = line.trim_start().split_once("  ") else { continue };
        let Ok(count) = count.replace(',', "").parse::<u64>() else { continue };
        let place = place.split(" [").next().unwrap_or(place);
        // The path of a file has no colon.
        let name = place.split_once(':').map_or(place, |(_, name)| name);
        // A function that calls itself has a number after each level.
        let name = name.split('\'').next().unwrap_or(name);
        *functions.entry(name.to_owned()).or_default() += count;
    }
    functions
}
