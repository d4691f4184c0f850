//! A transport whose server is prepared in memory before the measurement begins. No server takes CPU time meanwhile, so
//! the elapsed time is that of the client alone.

use std::convert::Infallible;
use std::future::ready;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::{Either, Full};
use peer_speed::recording::{Recording, Representation, version};
use watch_hyper::Transport;

/// The size of a piece, as hyper reads them from a socket.
const PIECE: usize = 16 << 10;

/// Returns a transport that answers a list without objects and then a watch with this number of events.
pub(crate) fn transport(events: u64) -> Transport {
    let recording = Recording::new(Representation::Full);
    let mut body = Vec::new();
    for number in 1..=events {
        body.extend_from_slice(&recording.frame(number));
    }
    let body = Bytes::from(body);
    Transport::from_fn(move |request: Request<Full<Bytes>>| {
        let is_watch = request.uri().query().is_some_and(|query| query.contains("watch=true"));
        let body = if is_watch { Either::Right(Prepared(body.clone())) } else { Either::Left(empty_list()) };
        let response = Response::builder().header("content-type", "application/json").body(body);
        ready(Ok::<_, Infallible>(response.expect("a response")))
    })
}

fn empty_list() -> Full<Bytes> {
    let version = version(0);
    let list =
        format!(r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{"resourceVersion":"{version}"}},"items":[]}}"#);
    list.into_bytes().into()
}

/// A body that is there already, and stays open at its end.
struct Prepared(Bytes);

impl Body for Prepared {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let size = self.0.len().min(PIECE);
        if size == 0 {
            // The client ends the watch.
            return Poll::Pending;
        }
        Poll::Ready(Some(Ok(Frame::data(self.0.split_to(size)))))
    }
}
