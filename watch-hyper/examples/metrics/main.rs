//! A watch whose metrics Prometheus reads at `http://127.0.0.1:9000/metrics`.
//!
//! ```sh
//! cargo run -p watch-test -- serve --port 8080 --objects 3 --churn 1 &
//! cargo run --example metrics --features metrics -- http://127.0.0.1:8080
//! curl http://127.0.0.1:9000/metrics
//! ```
//!
//! Without a URL it uses the cluster that it runs in. Next to this file are `dashboard.json` for Grafana
//! (Dashboards, New, Import) and `alerts.yaml` for Prometheus (`rule_files`).

mod exporter;

use std::io::{self, Write as _};

use futures_util::StreamExt;
use watch_hyper::watch_core::{Config, Object, Resource};
use watch_hyper::{Client, Watch};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = match std::env::args().nth(1) {
        Some(url) => Client::builder(&url).build()?,
        None => Client::in_cluster()?,
    };
    // Installed before the first watch is polled: earlier counts are lost.
    exporter::exporter()?.with_http_listener(([127, 0, 0, 1], 9000)).install()?;
    // Fails if the reader is gone (`| head`), where `println!` panics.
    writeln!(io::stdout(), "http://127.0.0.1:9000/metrics")?;

    let config = Config::builder(Resource::core("v1", "configmaps")).build()?;
    let mut watch = Watch::<Object>::new(client, config);
    while let Some(Ok(event)) = watch.next().await {
        writeln!(io::stdout(), "{event}")?;
    }
    writeln!(io::stdout(), "ended: {:?}", watch.handle().done())?;
    Ok(())
}
