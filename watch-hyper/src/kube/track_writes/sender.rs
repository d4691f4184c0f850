//! A `kube::Client` as a tower service.

use core::pin::Pin;
use core::task::{Context, Poll};

use http::{Request, Response};
use kube_client::client::Body;
use kube_client::{Client, Error};
use tower_service::Service;

#[derive(Clone)]
pub(super) struct Sender(Client);

impl Sender {
    pub(super) const fn new(client: Client) -> Self {
        Self(client)
    }
}

impl Service<Request<Body>> for Sender {
    type Response = Response<Body>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Error>> + Send>>;

    /// `Client::send` waits until the client is ready.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let client = self.0.clone();
        Box::pin(async move { client.send(request).await })
    }
}
