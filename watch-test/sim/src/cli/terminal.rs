//! Printing, for a program whose reader may go away (`simulate | head`).
//!
//! What the standard library calls `println!` and `eprintln!` panics then. In these modules both names mean what is here,
//! so that no line can be written the wrong way.

use core::fmt::Arguments;
use std::io::{self, ErrorKind, Write as _};

/// A line on stdout. When the reader is gone, the program ends.
macro_rules! println {
    ($($text:tt)*) => { $crate::cli::terminal::line(core::format_args!($($text)*)) };
}

/// A line on stderr, if that is read.
macro_rules! eprintln {
    ($($text:tt)*) => { $crate::cli::terminal::aside(core::format_args!($($text)*)) };
}

/// Ends the program if the line can't be written: with success where the reader has seen enough, as a program does that
/// SIGPIPE ends; else with a failure.
pub(in crate::cli) fn line(text: Arguments<'_>) {
    let Err(error) = writeln!(io::stdout().lock(), "{text}") else { return };
    if error.kind() == ErrorKind::BrokenPipe {
        std::process::exit(0);
    }
    aside(format_args!("error: can't print: {error}"));
    std::process::exit(2);
}

pub(in crate::cli) fn aside(text: Arguments<'_>) {
    drop(writeln!(io::stderr().lock(), "{text}"));
}
