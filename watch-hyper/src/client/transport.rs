//! Converts a client into a transport.

use tower_service::Service;

use super::Client;
use crate::transport::Transport;

/// Sends requests through the client, within its [`RateLimiter`](crate::RateLimiter). With the feature `gzip`, lists
/// and streaming lists are requested compressed; other watches aren't.
impl From<Client> for Transport {
    #[cfg(not(feature = "gzip"))]
    fn from(client: Client) -> Self {
        let pace = client.pace().clone();
        // A client is always ready.
        Self::from_fn(move |request| client.clone().call(request)).rate_limited(pace)
    }

    #[cfg(feature = "gzip")]
    fn from(client: Client) -> Self {
        use bytes::Bytes;
        use http_body_util::Full;

        use crate::gzip;

        let pace = client.pace().clone();
        let send = move |mut request: http::Request<Full<Bytes>>| {
            gzip::ask(&mut request);
            let response = client.clone().call(request);
            async move { response.await.map(gzip::unpack) }
        };
        Self::from_fn(send).rate_limited(pace)
    }
}
