//! A `kube::Client` as what sends the requests.

use kube_client::client::Body;
use kube_client::{Client, Config};

use crate::transport::Transport;

/// Through a `kube::Client`, with all that it brings: kubeconfig, exec plugins, OIDC, layers.
///
/// Its own time-outs hold too. `kube::Config::read_timeout` is unset by default since kube 4.0 (it was 295 s before);
/// where it is set, it must be longer than [`Timing::watch`](watch_core::Timing::watch), or it breaks quiet watches off.
/// It adds credentials as it sees fit, and doesn't take
/// [`RefreshCredentials`](crate::RefreshCredentials) for a hint.
///
/// Each has a [`Pace`](crate::Pace) of its own; for watches to share one, give them clones of it by
/// [`Transport::paced`].
impl From<Client> for Transport {
    fn from(client: Client) -> Self {
        Self::from_fn::<_, Body, Body, _>(move |request| {
            let client = client.clone();
            async move { client.send(request).await }
        })
        .paced(crate::Pace::default())
    }
}

/// Through a `kube::Client` that is made of this.
///
/// Must be made within a tokio runtime, and `kube` must have TLS built in if the server's URL is `https`.
impl TryFrom<Config> for Transport {
    type Error = kube_client::Error;

    fn try_from(config: Config) -> Result<Self, kube_client::Error> {
        Ok(Client::try_from(config)?.into())
    }
}
