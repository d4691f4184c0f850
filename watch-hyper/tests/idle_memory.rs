//! What an idle watch holds. In its own process, since allocations are counted.

use std::alloc::System;
use std::convert::Infallible;

use bytes::Bytes;
use cap::Cap;
use futures_util::{StreamExt, stream};
use http_body::Frame;
use http_body_util::{Full, StreamBody};
use watch_hyper::watch_core::{Config, Event, Object, Resource};
use watch_hyper::{Transport, Watch};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

const EMPTY_LIST: &str = r#"{"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"123456789","annotations":{"k8s.io/initial-events-end":"true"}}}}"#;

/// A watch that shares its transport and its configuration with others holds no more than this, its own size included,
/// beside what its HTTP client holds for the open response.
const MOST: usize = 2_400;

#[tokio::test]
async fn an_idle_watch_is_small() {
    let transport = Transport::from_fn(|_: http::Request<Full<Bytes>>| {
        let list = Ok::<_, Infallible>(Frame::data(Bytes::from(format!("{EMPTY_LIST}\n"))));
        let body = StreamBody::new(stream::iter([list]).chain(stream::pending()));
        async { Ok::<_, Infallible>(http::Response::new(body)) }
    });
    let config = Config::builder(Resource::core("v1", "pods")).seed(1).build().unwrap();
    let watch = || Watch::<Object>::new(transport.clone(), config.clone());
    // The first one makes what all share.
    let mut first = watch();
    let open = async |watch: &mut Watch<Object>| {
        while !matches!(watch.next().await, Some(Ok(Event::InitialEnd { .. }))) {}
        // Polls until it waits.
        assert!(futures_util::poll!(watch.next()).is_pending());
    };
    open(&mut first).await;

    let before = ALLOCATOR.allocated();
    let mut watch = watch();
    let made = ALLOCATOR.allocated() - before;
    open(&mut watch).await;
    let heap = ALLOCATOR.allocated() - before;
    let size = size_of_val(&watch);
    println!("an idle watch: {size} bytes, and {heap} on the heap, {made} of them before the first poll");
    assert!(heap + size < MOST, "{heap} + {size}");
}
