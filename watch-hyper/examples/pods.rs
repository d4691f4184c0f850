//! Prints the changes to all pods. With the feature `kube`, the kubeconfig names the cluster; without it, the program
//! watches the cluster that it runs in.
//!
//! ```sh
//! KUBECONFIG=kubeconfig.yaml cargo run --example pods --features kube
//! ```
//!
//! kube supports an `https` server if one of its TLS features is enabled in your manifest.

use std::io::{self, Write as _};

use futures_util::StreamExt;
use watch_hyper::watch_core::{Config, Object, Resource};
use watch_hyper::{Transport, Watch};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    #[cfg(feature = "kube")]
    let transport = Transport::try_from(kube_client::Config::infer().await?)?;
    #[cfg(not(feature = "kube"))]
    let transport = Transport::from(watch_hyper::Client::in_cluster()?);

    let config = Config::builder(Resource::core("v1", "pods")).build()?;
    let mut changes = Watch::<Object>::new(transport, config).changes();
    changes.handle_mut().observe(|notice| drop(writeln!(io::stderr(), "{notice}")));
    while let Some(Ok(change)) = changes.next().await {
        // Fails if the reader is gone (`| head`), where `println!` panics.
        writeln!(io::stdout(), "{change}")?;
    }
    Ok(())
}
