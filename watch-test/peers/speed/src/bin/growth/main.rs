//! Measures how the CPU time grows with the number of events, their size, the number of watches and the number of keys,
//! and with inputs that a malicious server could choose. Prints a table in Markdown, and draws a picture.
//! `growth.sh` builds it and calls it.

mod bodies;
mod keys;
mod machine;
mod picture;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use peer_speed::server::Contents;
use peer_speed::table::Spread;
use peer_speed::trial::{self, Programs, Server};

/// Measures the CPU time of watch-hyper for inputs of growing size
#[derive(Debug, Parser)]
struct Args {
    /// The rounds; the median counts
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Only the inputs whose descriptions contain this
    #[arg(long)]
    only: Vec<String>,
    /// Writes a picture of the result to this file
    #[arg(long)]
    svg: Option<PathBuf>,
    /// The program of the Rust clients
    #[arg(long)]
    rust: PathBuf,
}

/// An input of growing size.
struct Input {
    about: &'static str,
    /// What the size counts, with its article.
    unit: &'static str,
    sizes: &'static [u64],
    /// Returns the CPU time for an input of this size, in nanoseconds.
    measure: Measure,
}

enum Measure {
    /// In this process.
    Here(fn(u64) -> u64),
    /// By the client of this name, which opens this number of watches.
    Watches(&'static str),
}

/// The medians for each size, in nanoseconds a unit.
struct Measured {
    input: Input,
    points: Vec<(u64, f64)>,
}

const EVENTS: &[u64] = &[1_000, 4_000, 16_000, 64_000];
const BYTES: &[u64] = &[16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20];
const SMALL_BYTES: &[u64] = &[4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20];
const ITEMS: &[u64] = &[1_000, 4_000, 16_000, 64_000, 250_000, 1_000_000];
const WATCHES: &[u64] = &[1_250, 2_500, 5_000, 10_000, 20_000];

const fn here(about: &'static str, unit: &'static str, sizes: &'static [u64], measure: fn(u64) -> u64) -> Input {
    Input { about, unit, sizes, measure: Measure::Here(measure) }
}

const INPUTS: [Input; 10] = [
    here("events of 7.5 KB", "an event", EVENTS, machine::events),
    here("one event with a long text", "a byte", BYTES, machine::text),
    here("one event of brackets", "a byte", BYTES, machine::brackets),
    here("one event in pieces of 1 byte", "a byte", SMALL_BYTES, machine::bytes_polled),
    here("the same, all handed in before a poll", "a byte", SMALL_BYTES, machine::bytes_at_once),
    here("a list of tiny items", "an item", ITEMS, machine::tiny_items),
    here("changes: a relist of unchanged objects", "an object", ITEMS, keys::changes),
    here("store: a relist of unchanged objects", "an object", ITEMS, keys::store),
    Input {
        about: "watches in one task, opened over HTTP/2",
        unit: "a watch",
        sizes: WATCHES,
        measure: Measure::Watches("ours-idle-http2"),
    },
    Input {
        about: "watches in tasks, opened over HTTP/2",
        unit: "a watch",
        sizes: WATCHES,
        measure: Measure::Watches("ours-idle-tasks-http2"),
    },
];

#[tokio::main(worker_threads = 1)]
async fn main() -> ExitCode {
    match measure(&Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(args: &Args) -> io::Result<()> {
    let programs = Programs { rust: args.rust.clone(), go: None };
    let is_wanted =
        |input: &Input| args.only.is_empty() || args.only.iter().any(|only| input.about.contains(only.as_str()));
    println!("| input | size | CPU, ns | relative to the smallest |\n|---|---|---|---|");
    let mut all = Vec::new();
    for input in INPUTS.into_iter().filter(is_wanted) {
        let mut points: Vec<(u64, f64)> = Vec::new();
        // The first run also pays for pages that the process didn't have yet.
        if let (&Measure::Here(measure), Some(&least)) = (&input.measure, input.sizes.first()) {
            tokio::task::spawn_blocking(move || measure(least)).await?;
        }
        for &size in input.sizes {
            let mut rounds = Vec::new();
            for _ in 0..args.rounds.max(1) {
                let nanos = match input.measure {
                    Measure::Here(measure) => tokio::task::spawn_blocking(move || measure(size)).await?,
                    Measure::Watches(client) => {
                        let contents = Contents { objects: 0, events: 0 };
                        let measured = trial::run(&programs, Server::Recorded, client, contents, size).await?;
                        measured.ok_or_else(|| io::Error::other("there is no client"))?.cpu_nanos
                    }
                };
                rounds.push(nanos as f64 / size as f64);
            }
            let median = Spread::of(rounds.into_iter()).map_or(f64::NAN, |spread| spread.median);
            let first = points.first().map_or(median, |(_, first)| *first);
            println!("| {} | {size} | {median:.1} {} | {:.2} × |", input.about, input.unit, median / first);
            points.push((size, median));
        }
        all.push(Measured { input, points });
    }
    args.svg.as_ref().map_or(Ok(()), |file| std::fs::write(file, picture::svg(&all)))
}
