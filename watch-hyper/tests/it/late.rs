//! A task that is woken late: the runtime was blocked, or the computer slept.

use core::convert::Infallible;
use core::future::ready;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use http::{Request, Response};
use http_body_util::Full;
use watch_hyper::watch_core::{Event, Object};
use watch_hyper::{Transport, Watch};

use crate::fake::{Notices, frame, from_1};
use crate::server::channel;

#[tokio::test(start_paused = true)]
async fn an_event_that_is_ready_comes_before_a_timeout_that_is_due() {
    let (writer, body) = channel();
    let (requests, body) = (Arc::new(AtomicUsize::new(0)), Mutex::new(Some(body)));
    let counted = Arc::clone(&requests);
    let transport = Transport::from_fn(move |_: Request<Full<Bytes>>| {
        counted.fetch_add(1, Ordering::Relaxed);
        let body = body.lock().unwrap().take().expect("one request");
        let response = Response::builder().header("content-type", "application/json").body(body);
        ready(Ok::<_, Infallible>(response.unwrap()))
    });
    let heard = Notices::default();
    let mut watch = heard.listen(Watch::<Object>::new(transport, from_1()));
    assert!(watch.next().now_or_never().is_none(), "the watch is open");

    // No task runs meanwhile.
    tokio::time::advance(Duration::from_secs(3600)).await;
    writer.send(frame("ADDED", "a", 2).into()).unwrap();
    let Some(Some(Ok(Event::Added(object)))) = watch.next().now_or_never() else {
        panic!("{:?}, after {:?}", watch.handle(), heard.notices())
    };
    assert_eq!(object.name(), "a");
    assert!(heard.notices().is_empty(), "{:?}", heard.notices());
    assert_eq!(requests.load(Ordering::Relaxed), 1);
}
