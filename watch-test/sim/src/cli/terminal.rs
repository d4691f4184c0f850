//! Printing to an output that may be closed early (`simulate | head`).
//!  The `println!` and `eprintln!` of the standard library panic then. In the modules of the program, both names are
//! the macros below, which don't.

use core::fmt::Arguments;
use std::io::{self, ErrorKind, Write as _};

/// Writes a line to stdout. If the reader has closed it, the program ends.
macro_rules! println {
    ($($text:tt)*) => { $crate::cli::terminal::line(core::format_args!($($text)*)) };
}

/// Writes a line to stderr, if the reader hasn't closed it.
macro_rules! eprintln {
    ($($text:tt)*) => { $crate::cli::terminal::aside(core::format_args!($($text)*)) };
}

/// Ends the program if the line can't be written: with success if the reader has closed the output, as SIGPIPE would;
/// otherwise with a failure.
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
