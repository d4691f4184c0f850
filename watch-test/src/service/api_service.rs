//! The tower service of a server in the same process.

use core::fmt;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use tower_service::Service;

use crate::http::reply::Reply;
use crate::http::shared::Shared;
use crate::http::socket::Control;

/// Any error of a request's body.
type BoxError = Box<dyn core::error::Error + Send + Sync>;

/// A tower service that an [`InProcessServer`](crate::InProcessServer) answers. `B` is the body of its requests.
///
/// Its errors are [`io::Error`]s, as from sockets: `ConnectionRefused` while the server is down; `ConnectionReset` and
/// `UnexpectedEof` if the server breaks a connection.
pub struct ApiService<B> {
    shared: Arc<Shared>,
    is_down: Arc<AtomicBool>,
    takes: PhantomData<fn(B)>,
}

impl<B> ApiService<B> {
    pub(super) const fn new(shared: Arc<Shared>, is_down: Arc<AtomicBool>) -> Self {
        Self { shared, is_down, takes: PhantomData }
    }
}

impl<B> Service<Request<B>> for ApiService<B>
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    type Response = Response<ApiBody>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Response<ApiBody>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (shared, is_down) = (Arc::clone(&self.shared), Arc::clone(&self.is_down));
        Box::pin(async move {
            if is_down.load(Ordering::SeqCst) {
                return Err(io::Error::new(
                    io::ErrorKind::ConnectionRefused,
                    "the server is down (take_down was called)",
                ));
            }
            let (parts, body) = request.into_parts();
            let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
            let request = Request::from_parts(parts, body);
            let response = Reply::respond(shared, Arc::new(Control::default()), &request).await?;
            Ok(response.map(ApiBody))
        })
    }
}

impl<B> Clone for ApiService<B> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.shared), Arc::clone(&self.is_down))
    }
}

impl<B> fmt::Debug for ApiService<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiService").field("is_down", &self.is_down).finish_non_exhaustive()
    }
}

/// The body of a response. Dropping it closes the connection.
#[derive(Debug)]
pub struct ApiBody(Reply);

impl Body for ApiBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        Poll::Ready(ready!(Pin::new(&mut self.0).poll_frame(cx)))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}
