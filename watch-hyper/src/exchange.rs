//! One request in flight, as a source of [`Input`]s.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use bytes::Buf;
use bytes::Bytes;
use futures_core::Stream;
use http_body::Body;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyDataStream, BodyExt};
use watch_core::{Input, RequestId, ResponseHead};

use crate::error::{Stage, transport_error};
use crate::known_error::BoxError;

/// A response whose body is of no particular type.
pub(crate) type Response = http::Response<UnsyncBoxBody<Bytes, BoxError>>;

/// An extension of a compressed response: the number of body bytes received so far, before decompression.
#[cfg(feature = "gzip")]
#[derive(Clone, Debug, Default)]
pub(crate) struct WireBytes(std::sync::Arc<core::sync::atomic::AtomicU64>);

#[cfg(feature = "gzip")]
impl WireBytes {
    pub(crate) fn count(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, core::sync::atomic::Ordering::Relaxed);
    }

    /// Returns the number since the last call.
    fn take(&self) -> u64 {
        self.0.swap(0, core::sync::atomic::Ordering::Relaxed)
    }
}

/// The future of a response.
pub(crate) type Responding = Pin<Box<dyn Future<Output = Result<Response, BoxError>> + Send>>;

/// A request that was sent. Dropping it ends the exchange: HTTP/1.1 closes the connection, HTTP/2 resets the stream.
pub(crate) struct Exchange {
    id: RequestId,
    state: State,
    #[cfg(feature = "gzip")]
    wire: Option<WireBytes>,
}

enum State {
    Head(Responding),
    Body(BodyDataStream<UnsyncBoxBody<Bytes, BoxError>>),
}

impl Exchange {
    pub(crate) fn new(id: RequestId, response: Responding) -> Self {
        Self {
            id,
            state: State::Head(response),
            #[cfg(feature = "gzip")]
            wire: None,
        }
    }

    /// Returns the number of body bytes received since the last call, before decompression. `handed_out` is the number
    /// after decompression.
    #[cfg_attr(not(feature = "gzip"), expect(clippy::unused_self, reason = "without decompression both are the same"))]
    pub(crate) fn wire_bytes(&self, handed_out: usize) -> u64 {
        #[cfg(feature = "gzip")]
        if let Some(wire) = &self.wire {
            return wire.take();
        }
        handed_out as u64
    }

    /// Returns the next input. After `End` or `Failed` the exchange must be dropped.
    pub(crate) fn poll_input(&mut self, cx: &mut Context<'_>) -> Poll<Input> {
        let id = self.id;
        Poll::Ready(match &mut self.state {
            State::Head(response) => match ready!(response.as_mut().poll(cx)) {
                Ok(response) => {
                    let (parts, body) = response.into_parts();
                    let head = ResponseHead::from(&parts);
                    #[cfg(feature = "gzip")]
                    let head = {
                        self.wire = parts.extensions.get::<WireBytes>().cloned();
                        head.with_decompressed(self.wire.is_some())
                    };
                    self.state = State::Body(BodyDataStream::new(body));
                    Input::Response { id, head }
                }
                Err(error) => Input::Failed { id, error: transport_error(error.as_ref(), Stage::Head) },
            },
            State::Body(body) => match ready!(Pin::new(body).poll_next(cx)) {
                Some(Ok(bytes)) => Input::Body { id, bytes },
                Some(Err(error)) => Input::Failed { id, error: transport_error(error.as_ref(), Stage::Body) },
                None => Input::End { id },
            },
        })
    }
}

/// Erases the type of a body. `Bytes` are passed on without a copy.
pub(crate) fn erase<B>(body: B) -> UnsyncBoxBody<Bytes, BoxError>
where
    B: Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    body.map_frame(|frame| frame.map_data(|mut data| data.copy_to_bytes(data.remaining())))
        .map_err(Into::into)
        .boxed_unsync()
}
