//! `watch-test replay`: replays the inputs of a recorded machine and compares its outputs.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use watch_core::trace::{self, Entry, TraceError};

use super::picture::picture;

/// The most characters of an entry that are printed.
const SHOWN: usize = 200;

/// The exit code if the machine's outputs differ from those of the trace.
const DIFFERENT: u8 = 132;

/// Replays a recorded trace, and prints the first difference if there is one.
#[derive(Debug, Args)]
pub(super) struct Replay {
    /// The trace: one entry per line
    file: PathBuf,
    /// Draw the trace as SVG into this file: requests, waits and events of the machine on a time axis
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Print the verdict only
    #[arg(long)]
    quiet: bool,
}

/// The result of a replay.
enum Verdict {
    /// The exit code, and the text for the standard error.
    Of(u8, String),
    /// The reader of the standard output closed it.
    Unread,
}

impl Replay {
    /// Replays, and returns the exit code: 0 if the outputs are the same, 132 if they differ, 2 if the file isn't a
    /// trace that can be replayed.
    pub(super) fn execute(&self) -> ExitCode {
        let verdict = self.replay(&mut BufWriter::new(io::stdout().lock())).unwrap_or_else(|error| {
            if error.kind() == io::ErrorKind::BrokenPipe {
                return Verdict::Unread;
            }
            Verdict::Of(2, format!("error: can't print: {error}"))
        });
        match verdict {
            Verdict::Of(code, text) => {
                drop(writeln!(io::stderr(), "{text}"));
                ExitCode::from(code)
            }
            Verdict::Unread => ExitCode::SUCCESS,
        }
    }

    fn replay(&self, out: &mut impl Write) -> io::Result<Verdict> {
        let unreadable = |error: &dyn core::fmt::Display| Verdict::Of(2, format!("{}: {error}", self.file.display()));
        let text = match std::fs::read_to_string(&self.file) {
            Ok(text) => text,
            Err(error) => return Ok(unreadable(&error)),
        };
        let entries = match trace::read(&text) {
            Ok(entries) => entries,
            Err(_) if is_plan(&text) => {
                let hint = "this is a plan, not a trace: `cargo run --release -p watch-sim -- replay FILE` runs plans";
                return Ok(unreadable(&hint));
            }
            Err(error) => return Ok(unreadable(&error)),
        };
        let replayed = trace::replay(entries.iter().cloned());
        let shown = match &replayed {
            Err(TraceError::Difference(difference)) => difference.index,
            _ => entries.len(),
        };
        if !self.quiet {
            for (index, entry) in entries.iter().enumerate().take(shown) {
                writeln!(out, "{index:5} {}", line(entry))?;
            }
            out.flush()?;
        }
        if let Some(svg) = &self.svg
            && let Err(error) = draw(svg, &entries[..shown], &replayed)
        {
            return Ok(Verdict::Of(2, error));
        }
        Ok(match replayed {
            Ok(()) => Verdict::Of(0, format!("the same: {} entries", entries.len())),
            Err(TraceError::Difference(difference)) => {
                let release = match entries.first() {
                    Some(Entry::Begin(begin)) => format!("\nthe trace is of watch-core {}", begin.release),
                    _ => String::new(),
                };
                Verdict::Of(DIFFERENT, format!("{difference}{release}"))
            }
            Err(error) => unreadable(&error),
        })
    }
}

/// Writes the picture, if the trace can be replayed.
fn draw(file: &Path, entries: &[Entry], replayed: &Result<(), TraceError>) -> Result<(), String> {
    let difference = match replayed {
        Ok(()) => None,
        Err(TraceError::Difference(difference)) => Some(difference.to_string()),
        // The caller reports it.
        Err(_) => return Ok(()),
    };
    let title = entries.first().map(line).unwrap_or_default();
    let verdict = difference.as_deref().unwrap_or("the replay is the same as the trace");
    let picture = picture(&format!("{title}\n{verdict}"), entries, difference.as_deref());
    let picture = picture.map_err(|error| error.to_string())?;
    std::fs::write(file, picture).map_err(|error| format!("can't write {}: {error}", file.display()))
}

/// Returns whether this is a plan of the simulator, which another program replays.
fn is_plan(text: &str) -> bool {
    let plan = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text);
    plan.is_ok_and(|plan| plan.contains_key("setup") && plan.contains_key("steps"))
}

fn line(entry: &Entry) -> String {
    let text = match entry {
        Entry::Begin(begin) => {
            let (config, late) = (&begin.config, if begin.late { ", recorded too late" } else { "" });
            let from = begin.checkpoint.as_ref().map(|from| format!(" from {}", from.resource_version()));
            format!("watch of {}{}, seed {}{late}", config.target(), from.unwrap_or_default(), config.seed())
        }
        Entry::Handled(input) => format!("→ {input:?}"),
        Entry::Polled { now, output } => format!("← at {now}: {output}"),
    };
    text.chars().take(SHOWN).collect()
}
