//! Reads the bytes with the HTTP client that watch-hyper uses, and does nothing with them but to look at the last byte of
//! each frame: the limit of every client.

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use peer_speed::measure::{Begun, Counter};

use crate::Task;

pub(crate) async fn run(protocol: &str, task: &Task) {
    let client = Client::builder(TokioExecutor::new()).http2_only(protocol == "http2").build_http::<Empty<Bytes>>();
    let path = if task.events == 0 { "/api/v1/pods" } else { "/api/v1/pods?watch=true&resourceVersion=1" };
    let request = Request::get(format!("{}{path}", task.url)).body(Empty::new()).expect("a request");
    let begun = Begun::now();
    let mut body = client.request(request).await.expect("a response").into_body();
    let mut counter = Counter::new(task.events, task.empty_kib);
    while let Some(frame) = body.frame().await {
        let Ok(bytes) = frame.expect("a frame").into_data() else { continue };
        // The server sends each event as one chunk, and hyper doesn't join chunks, so the end of an event is the end of a
        // frame. To look for line breaks inside of the frames would be work that a client without it doesn't have.
        if bytes.last() == Some(&b'\n') && task.events > 0 && counter.count() {
            return;
        }
    }
    begun.end(task.objects, task.empty_kib);
}
