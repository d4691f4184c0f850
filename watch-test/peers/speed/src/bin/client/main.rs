//! A client that measures its CPU time. `client NAME URL EVENTS OBJECTS WATCHES` receives the initial list of OBJECTS,
//! and then EVENTS events, with the API that NAME selects, and prints the measurement.
//!
//! For a server with TLS, the variables `SPEED_TOKEN` and `SPEED_CA_FILE` have the token and the certificate authority.
//!
//! If EVENTS is 0, the initial list is measured. WATCHES is for `idle`, a program of its own.

mod drain;
mod kube;
mod memory;
mod ours;

use std::time::Duration;
use std::{env, fs};

use peer_speed::measure::resident_kib;
use peer_speed::real::{CA_FILE, TOKEN};

/// The work of a client.
pub(crate) struct Task {
    pub(crate) url: String,
    pub(crate) events: u64,
    pub(crate) objects: u64,
    /// The resident memory at the start of the process.
    pub(crate) empty_kib: u64,
}

/// The timeout of a trial, for a client that waits for an event that never comes.
const LONGEST: Duration = Duration::from_secs(120);

impl Task {
    /// Returns the token and the certificate authority (PEM) of a server with TLS.
    fn credentials() -> Option<(String, Vec<u8>)> {
        let (token, file) = (env::var(TOKEN).ok()?, env::var_os(CA_FILE)?);
        Some((token, fs::read(file).expect("the certificate authority can be read")))
    }
}

fn main() {
    let empty_kib = resident_kib();
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [name, url, events, objects, _] = &arguments[..] else {
        panic!("usage: client NAME URL EVENTS OBJECTS WATCHES")
    };
    let number = |text: &str| text.parse().expect("a number");
    let task = Task { url: url.clone(), events: number(events), objects: number(objects), empty_kib };
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().expect("a runtime").block_on(async {
        tokio::time::timeout(LONGEST, run(name, &task)).await.expect("the trial takes too long");
    });
}

async fn run(name: &str, task: &Task) {
    match name.split_once('-').expect("a name such as ours-raw") {
        ("ours", "drain") => ours::drain(task).await,
        ("drain", protocol) => drain::run(protocol, task).await,
        ("ours", how) => ours::run(how, task).await,
        ("kube", how) => kube::run(how, task).await,
        (other, _) => panic!("unknown client: {other}"),
    }
}
