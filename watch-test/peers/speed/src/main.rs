//! Runs the clients in turn, round by round, and prints tables. `run.sh` builds the clients and calls it.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use peer_speed::clients::{Client, GROUPS, Group, Measures, REAL};
use peer_speed::plot::svg;
use peer_speed::real::Real;
use peer_speed::server::Contents;
use peer_speed::table::{Rounds, table};
use peer_speed::trial::{self, Programs, Server};

/// Measures the CPU time of watch-hyper, kube-rs and client-go on the same recorded events, in turn
#[derive(Debug, Parser)]
struct Args {
    /// The rounds; the tables have their median
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// The events of a watch; the first tenth isn't measured
    #[arg(long, default_value_t = 20_000)]
    events: u64,
    /// The objects of an initial list
    #[arg(long, default_value_t = 10_000)]
    objects: u64,
    /// The watches of the comparison of idle watches
    #[arg(long, default_value_t = 10_000)]
    watches: u64,
    /// Only comparisons whose names contain this
    #[arg(long)]
    only: Vec<String>,
    /// Only the client of this name, in one comparison
    #[arg(long)]
    client: Option<String>,
    /// Compares the initial list from a real kube-apiserver instead. The directory has `etcd` and `kube-apiserver`
    #[arg(long)]
    kubernetes: Option<PathBuf>,
    /// Writes a picture of the result to this file
    #[arg(long)]
    svg: Option<PathBuf>,
    /// The program of the Rust clients
    #[arg(long)]
    rust: PathBuf,
    /// The program of client-go
    #[arg(long)]
    go: Option<PathBuf>,
}

impl Args {
    fn takes(&self, client: &Client) -> bool {
        self.client.as_ref().is_none_or(|name| client.name == name)
    }
}

#[tokio::main(worker_threads = 1)]
async fn main() -> ExitCode {
    let args = Args::parse();
    let measured = tokio::select! {
        measured = measure(&args) => measured,
        _ = tokio::signal::ctrl_c() => return ExitCode::from(1),
    };
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(args: &Args) -> io::Result<()> {
    let programs = Programs { rust: args.rust.clone(), go: args.go.clone() };
    let is_wanted = |group: &&Group| {
        let is_chosen = args.only.is_empty() || args.only.iter().any(|only| group.about.contains(only.as_str()));
        is_chosen && group.clients.iter().any(|client| args.takes(client))
    };
    let most = if args.client.is_some() { 1 } else { usize::MAX };
    let real = match &args.kubernetes {
        Some(programs) => Some(Real::start(programs, args.objects).await?),
        None => None,
    };
    let groups: Vec<&Group> = match &real {
        Some(real) => {
            eprintln!("{} pods, a list of {} bytes", args.objects, real.size().await?);
            vec![&REAL]
        }
        None => GROUPS.iter().filter(is_wanted).take(most).collect(),
    };
    let server = real.as_ref().map_or(Server::Recorded, Server::Real);
    if groups.is_empty() {
        let names: Vec<_> = GROUPS.iter().map(|group| group.about).collect();
        return Err(io::Error::other(format!(
            "no comparison has such a name, or none has such a client; there are: {}",
            names.join(", ")
        )));
    }
    let trials = groups.iter().map(|group| group.clients.len()).sum::<usize>() * args.rounds;
    let bar = ProgressBar::new(trials as u64);
    if !io::stderr().is_terminal() {
        bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
    }
    bar.set_style(ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} {eta}").map_err(io::Error::other)?);
    let mut results = Vec::new();
    for group in groups {
        let rounds = compare(group, args, &programs, server, &bar).await?;
        println!("{}", table(group, &rounds));
        results.push((group, rounds));
    }
    bar.finish_and_clear();
    args.svg.as_ref().map_or(Ok(()), |file| std::fs::write(file, svg(&results)))
}

/// Runs all clients of a group, one after the other, then again, so that a change of the machine's load affects all.
async fn compare(
    group: &Group,
    args: &Args,
    programs: &Programs,
    server: Server<'_>,
    bar: &ProgressBar,
) -> io::Result<Vec<Rounds>> {
    let (contents, watches) = match group.measures {
        Measures::Events => (Contents { objects: 0, events: args.events }, 1),
        Measures::List => (Contents { objects: args.objects, events: 0 }, 1),
        Measures::Watches => (Contents { objects: 0, events: 0 }, args.watches),
    };
    let clients = group.clients.iter().filter(|client| args.takes(client));
    let mut rounds: Vec<Rounds> = clients.map(|&client| Rounds { client, measured: Vec::new() }).collect();
    for _ in 0..args.rounds {
        for one in &mut rounds {
            bar.set_message(one.client.name);
            one.measured.extend(trial::run(programs, server, one.client.name, contents, watches).await?);
            bar.inc(1);
        }
    }
    Ok(rounds)
}
