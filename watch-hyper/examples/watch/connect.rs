//! The API server to watch, and the resource with the version that the server has.

use core::error::Error;
use core::sync::atomic::AtomicUsize;
use std::sync::Arc;

use watch_hyper::watch_core::{ConfigError, Resource};
use watch_hyper::{Client, ClientError, Transport};

use super::args::Args;
use super::counted::Counted;
use super::discovery;

/// What a watch needs.
pub(crate) struct Connection {
    /// The URL.
    pub(crate) server: String,
    pub(crate) transport: Transport,
    pub(crate) resource: Resource,
    /// The number of requests so far, if they are counted.
    pub(crate) requests: Option<Arc<AtomicUsize>>,
}

/// Finds the server by `--server`, or by the kubeconfig. If the version of the resource isn't given, asks the server
/// for it.
pub(crate) async fn connect(args: &Args) -> Result<Connection, Box<dyn Error>> {
    match &args.server {
        Some(server) => by_url(server, args).await,
        #[cfg(feature = "kube")]
        None => super::kubeconfig::connect(args).await,
        #[cfg(not(feature = "kube"))]
        None => Err("no API server: give --server URL, or build with `--features kube` to read a kubeconfig".into()),
    }
}

async fn by_url(server: &str, args: &Args) -> Result<Connection, Box<dyn Error>> {
    check_tls(server, args)?;
    let mut client = client(server, args)?;
    let name = args.resource.as_ref().ok_or("name a RESOURCE")?;
    let resource = match name.to_string().parse() {
        Ok(resource) => resource,
        Err(ConfigError::NoVersion { .. }) => discovery::find(name, &mut client).await?,
        Err(error) => return Err(error.into()),
    };
    let client = Counted::new(client);
    let requests = Some(client.count());
    Ok(Connection { server: server.to_owned(), transport: Transport::new(client), resource, requests })
}

/// Fails for TLS options without TLS.
fn check_tls(server: &str, args: &Args) -> Result<(), String> {
    let flags =
        [("--ca", args.ca.is_some()), ("--insecure", args.insecure), ("--client-cert", args.client_cert.is_some())];
    match flags.iter().find(|(_, is_given)| *is_given && server.starts_with("http://")) {
        Some((flag, _)) => Err(format!("{flag} has no effect on http://; write https:// in --server, or leave it out")),
        None => Ok(()),
    }
}

fn client(server: &str, args: &Args) -> Result<Client, ClientError> {
    let mut builder = Client::builder(server);
    if let Some(path) = &args.ca {
        builder = builder.ca_file(path);
    }
    if args.insecure {
        builder = builder.danger_accept_invalid_certs();
    }
    if let (Some(certificate), Some(key)) = (&args.client_cert, &args.client_key) {
        builder = builder.client_files(certificate, key);
    }
    if let Some(token) = &args.token {
        builder = builder.token(token);
    }
    if let Some(path) = &args.token_file {
        builder = builder.token_file(path);
    }
    builder.build()
}
