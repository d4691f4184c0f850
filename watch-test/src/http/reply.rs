//! One exchange for hyper: a head, then a body.

use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use super::shared::Shared;
use super::socket::Control;
use crate::model::{End, ExchangeId, ResponseHead, Step};

/// Go's server sends a body of up to this size with its length, and a longer one in chunks (`bufferBeforeChunkingSize`
/// of net/http).
const BUFFERED: u64 = 2048;

/// How often the body yields before it breaks off, so that the bytes before are flushed.
const YIELDS: u8 = 4;

/// One exchange. On drop, the model removes it, as when the client disconnects.
#[derive(Debug)]
pub(crate) struct Reply {
    shared: Arc<Shared>,
    control: Arc<Control>,
    id: ExchangeId,
    timer: Option<Pin<Box<Sleep>>>,
    length: Option<u64>,
    ending: Option<(End, u8)>,
    is_over: bool,
}

/// A request that is passed to the callback when its reply begins, or on drop if there is no reply.
struct Shown {
    shared: Arc<Shared>,
    number: Option<usize>,
}

impl Drop for Shown {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.shared.show(number);
        }
    }
}

impl Reply {
    const fn new(shared: Arc<Shared>, control: Arc<Control>, id: ExchangeId) -> Self {
        Self { shared, control, id, timer: None, length: None, ending: None, is_over: false }
    }

    /// Sends the request to the model, and returns the response when it begins.
    ///
    /// # Errors
    /// Fails if the connection breaks before that.
    pub(crate) async fn respond(
        shared: Arc<Shared>,
        control: Arc<Control>,
        request: &http::Request<Bytes>,
    ) -> io::Result<http::Response<Self>> {
        let (id, number) = shared.with(|server, now| {
            let id = server.request(now, request);
            (id, server.log_number(id))
        });
        let shown = Shown { shared: shared.clone(), number };
        let mut reply = Self::new(shared, control, id);
        let head = reply.head().await?;
        drop(shown);
        let mut response = http::Response::new(reply);
        *response.status_mut() = head.status;
        *response.headers_mut() = head.headers;
        Ok(response)
    }

    /// Returns the head when the model sends it.
    async fn head(&mut self) -> io::Result<ResponseHead> {
        loop {
            match core::future::poll_fn(|cx| self.poll_step(cx)).await {
                Step::Head(head) => {
                    self.length = match head.status {
                        // These replies have no body, whatever the model returns: over HTTP/2, a body would violate the
                        // protocol.
                        StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED => Some(0),
                        _ => head.length.filter(|length| *length <= BUFFERED),
                    };
                    return Ok(head);
                }
                Step::End(end) => {
                    self.is_over = true;
                    self.control.end(end);
                    return Err(broken(end));
                }
                Step::Body(_) | Step::Wait(_) => {}
            }
        }
    }

    fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Step> {
        loop {
            let (step, now) = self.shared.poll(self.id, cx.waker());
            let Step::Wait(until) = step else {
                return Poll::Ready(step);
            };
            let Some(until) = until else {
                self.timer = None;
                return Poll::Pending;
            };
            let mut timer = Box::pin(sleep(until.saturating_sub(now).max(Duration::from_millis(1))));
            let fired = timer.as_mut().poll(cx).is_ready();
            self.timer = Some(timer);
            if !fired {
                return Poll::Pending;
            }
        }
    }
}

/// The error for a client without sockets. With sockets, the connection ends this way.
fn broken(end: End) -> io::Error {
    match end {
        End::Reset => io::Error::new(io::ErrorKind::ConnectionReset, "the server reset the connection"),
        End::Cut | End::Complete => io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection"),
    }
}

impl Body for Reply {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        if let Some((end, yields)) = this.ending {
            if yields > 0 {
                this.ending = Some((end, yields - 1));
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            this.control.end(end);
            return Poll::Ready(Some(Err(broken(end))));
        }
        match ready!(this.poll_step(cx)) {
            Step::Body(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            Step::End(End::Complete) => {
                this.is_over = true;
                Poll::Ready(None)
            }
            Step::End(end) => {
                this.is_over = true;
                this.ending = Some((end, YIELDS));
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Step::Head(_) | Step::Wait(_) => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.length == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if !self.is_over {
            self.shared.forget(self.id);
        }
    }
}
