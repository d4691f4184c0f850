//! Runs the program.

use std::process::{Command, Output, Stdio};

/// The program with these arguments, and with its output piped.
pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_watch-test"));
    program.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    program
}

/// Runs it to its end. Returns the exit code and the output.
pub(crate) fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = program(arguments).output().expect("the program");
    (status.code(), String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned())
}
