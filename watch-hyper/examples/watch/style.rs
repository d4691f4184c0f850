//! Colours, on a terminal.

use std::io;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

/// Returns whether stdout shows colours: it is a terminal, and NO_COLOR isn't set. CLICOLOR and CLICOLOR_FORCE count
/// too.
pub(crate) fn is_coloured() -> bool {
    AutoStream::choice(&io::stdout()) != ColorChoice::Never
}

/// Returns the style of a line's first word.
pub(crate) fn of(what: &str) -> Style {
    match what {
        "ADDED" => AnsiColor::Green.on_default(),
        "MODIFIED" => AnsiColor::Yellow.on_default(),
        "DELETED" | "VANISHED" => AnsiColor::Red.on_default(),
        "TROUBLE" | "BLOCKED" | "ODD" | "NOT SEEN" | "LOST" => AnsiColor::BrightRed.on_default().bold(),
        "RELISTED" | "FALLBACK" | "HINT" => AnsiColor::Magenta.on_default(),
        "SUMMARY" | "nothing lost" => Style::new().bold(),
        _ => AnsiColor::Cyan.on_default(),
    }
}

/// The style of a headline.
pub(crate) const HEADLINE: Style = Style::new().bold();
