//! The API server of a kubeconfig.

use core::error::Error;
use core::pin::Pin;
use core::task::{Context, Poll};

use kube_client::client::Body;
use kube_client::config::{KubeConfigOptions, Kubeconfig};
use kube_client::{Client, Config};
use tower_service::Service;
use watch_hyper::Transport;
use watch_hyper::watch_core::ConfigError;

use super::args::Args;
use super::connect::Connection;
use super::discovery;

pub(crate) async fn connect(args: &Args) -> Result<Connection, Box<dyn Error>> {
    let config = match &args.kubeconfig {
        Some(path) => {
            let cannot = |error: &dyn Error| format!("can't read the kubeconfig {}: {error}", path.display());
            let kubeconfig = Kubeconfig::read_from(path).map_err(|error| cannot(&error))?;
            let options = KubeConfigOptions::default();
            Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|error| cannot(&error))?
        }
        None => Config::infer().await?,
    };
    let server = config.cluster_url.to_string();
    let server = server.trim_end_matches('/').to_owned();
    let name = args.resource.as_ref().ok_or("name a RESOURCE")?;
    let resource = match name.to_string().parse() {
        Ok(resource) => resource,
        Err(ConfigError::NoVersion { .. }) => {
            discovery::find(name, &mut Sender(Client::try_from(config.clone())?)).await?
        }
        Err(error) => return Err(error.into()),
    };
    // Made of the configuration, not of a client, so that the watch sees every refusal. Its requests aren't counted,
    // since there is no service to put a layer around.
    Ok(Connection { server, transport: Transport::try_from(config)?, resource, requests: None })
}

/// A `kube::Client` as a tower service, which it no longer is itself.
struct Sender(Client);

impl Service<http::Request<Body>> for Sender {
    type Response = http::Response<Body>;
    type Error = kube_client::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let client = self.0.clone();
        Box::pin(async move { client.send(request).await })
    }
}
