//! A transport that answers from memory.

use std::convert::Infallible;
use std::future::ready;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::Full;
use watch_hyper::Transport;

/// The size of a piece, as hyper reads them from a socket.
const PIECE: usize = 16 << 10;

/// The responses to the first LIST and to the first watch.
pub(crate) struct Recording {
    list: Bytes,
    watch: Bytes,
    /// The objects in both.
    pub(crate) objects: usize,
}

impl Recording {
    /// An empty list, and then the events of this watch.
    pub(crate) fn watch(body: Bytes) -> Self {
        let list = r#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[]}"#;
        Self { objects: events(&body).count(), list: list.into(), watch: body }
    }

    /// This list of the pods of the recorded watch, and then a watch without events.
    pub(crate) fn list(body: Bytes) -> Self {
        Self { objects: events(&super::churn()).count(), list: body, watch: Bytes::new() }
    }

    /// A streaming list of the objects of this watch. The end marker never comes, since the last object ends a run.
    pub(crate) fn streaming_list(body: &Bytes) -> Self {
        let added = |event: &[u8]| {
            let object = event.windows(9).position(|bytes| bytes == b"\"object\":").expect("an object");
            [br#"{"type":"ADDED","#, &event[object..]].concat()
        };
        let watch: Vec<u8> = events(body).flat_map(added).collect();
        Self { objects: events(body).count(), list: Bytes::new(), watch: watch.into() }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.list.len() + self.watch.len()
    }

    /// Returns a transport whose watches stay open.
    pub(crate) fn transport(&self) -> Transport {
        let (list, watch) = (self.list.clone(), self.watch.clone());
        Transport::from_fn(move |request: Request<Full<Bytes>>| {
            let is_watch = request.uri().query().is_some_and(|query| query.contains("watch="));
            let body = Pieces { left: if is_watch { watch.clone() } else { list.clone() }, stays_open: is_watch };
            let response = Response::builder().header("content-type", "application/json").body(body);
            ready(Ok::<_, Infallible>(response.expect("a response")))
        })
    }
}

/// Returns the events of a watch that have a complete object.
fn events(body: &Bytes) -> impl Iterator<Item = &[u8]> {
    let lines = body.split_inclusive(|byte| *byte == b'\n');
    lines.filter(|line| !line.starts_with(br#"{"type":"BOOKMARK""#))
}

struct Pieces {
    left: Bytes,
    stays_open: bool,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.left.len().min(PIECE) {
            // Nothing wakes the stream, because the case has ended.
            0 if self.stays_open => Poll::Pending,
            0 => Poll::Ready(None),
            size => Poll::Ready(Some(Ok(Frame::data(self.left.split_to(size))))),
        }
    }
}
