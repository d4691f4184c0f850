//! The limit on interim responses (1xx), of which a server may send any number before the final one.
//!
//! hyper skips them without a limit. A server that sends nothing else would keep a processor busy until the machine's
//! own timeout.

use core::future::{Future, poll_fn};
use core::pin::pin;
use core::sync::atomic::{AtomicU32, Ordering};
use core::task::Poll;
use std::sync::Arc;

use tokio::sync::Notify;
use watch_core::TransportErrorKind;

use super::request_error::RequestError;
use crate::known_error::ClassifiedError;

/// Far more than servers send. Go's client allows as many as fit into the limit on a response's header (1 MiB). Earlier
/// versions of Go allowed five.
const MOST: u32 = 100;

/// Counts the interim responses to one request.
#[derive(Default)]
struct Count {
    seen: AtomicU32,
    too_many: Notify,
}

/// Sends a request at once, and fails after too many interim responses. That closes the connection, which on HTTP/1.1
/// carries no other request. On HTTP/2 there is no limit, since hyper doesn't report interim responses there.
pub(super) fn limited<B, T, F>(
    mut request: http::Request<B>,
    send: impl FnOnce(http::Request<B>) -> F,
) -> impl Future<Output = Result<T, RequestError>>
where
    F: Future<Output = Result<T, RequestError>>,
{
    let count = Arc::new(Count::default());
    let counts = Arc::clone(&count);
    hyper::ext::on_informational(&mut request, move |_| {
        if counts.seen.fetch_add(1, Ordering::Relaxed) == MOST {
            counts.too_many.notify_one();
        }
    });
    let response = send(request);
    async move {
        let mut response = pin!(response);
        let mut too_many = pin!(count.too_many.notified());
        poll_fn(|cx| {
            if too_many.as_mut().poll(cx).is_ready() {
                let message = format!("more than {MOST} interim responses (1xx), and no final response");
                return Poll::Ready(Err(ClassifiedError::new(TransportErrorKind::Protocol, message).into()));
            }
            response.as_mut().poll(cx)
        })
        .await
    }
}
