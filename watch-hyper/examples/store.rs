//! Keeps all pods in memory, and prints once a second how many there are and how old the list is.
//!
//! ```sh
//! cargo run --example store -- http://127.0.0.1:8080
//! ```
//!
//! Without a URL it uses the cluster that it runs in.

use std::io::{self, Write as _};
use std::time::Duration;

use tokio::time::interval;
use watch_hyper::watch_core::{Config, Object, Resource};
use watch_hyper::{Client, Set, Watch};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = match std::env::args().nth(1) {
        Some(url) => Client::builder(&url).build()?,
        None => Client::in_cluster()?,
    };
    let config = Config::builder(Resource::core("v1", "pods")).build()?;
    let (mut reflector, store) = Watch::<Object>::new(client, config).store();
    reflector.handle_mut().observe(|notice| drop(writeln!(io::stderr(), "{notice}")));
    let reflecting = tokio::spawn(reflector.drive());

    store.ready().await?;
    let mut ticks = interval(Duration::from_secs(1));
    while !reflecting.is_finished() {
        ticks.tick().await;
        let age = store.stale_for().unwrap_or_default();
        // Fails if the reader is gone (`| head`), where `println!` panics.
        writeln!(io::stdout(), "{} pods, as of {} s ago", store.read(Set::len), age.as_secs())?;
    }
    writeln!(io::stdout(), "ended: {:?}", reflecting.await?)?;
    Ok(())
}
