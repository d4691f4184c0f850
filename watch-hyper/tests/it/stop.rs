//! Stopping a watch ends it at once, and closes its request.

use std::sync::Arc;
use std::task::{Context, Wake};

use futures_util::StreamExt;
use futures_util::poll;
use tokio::time::Instant;
use watch_hyper::watch_core::{Done, Event, Object};
use watch_hyper::{Client, Watch};

use crate::fake::{Fake, Part, Reply, frame, from_1};
use crate::server::{Server, Speech, channel, respond};

#[tokio::test(start_paused = true)]
async fn stop_ends_a_blocked_read_at_once() {
    let fake = Fake::new([Reply::Head(200, vec![Part::Hangs])]);
    let mut watch = Watch::<Object>::new(fake.transport(), from_1());
    let (stopper, began) = (watch.handle().stopper(), Instant::now());
    let reader = tokio::spawn(async move {
        let event = watch.next().await;
        (event, watch.handle().done().cloned())
    });
    tokio::task::yield_now().await;
    assert!(!reader.is_finished(), "it waits for the body");
    stopper.stop();
    assert_eq!(reader.await.unwrap(), (None, Some(Done::Stopped)));
    assert_eq!(Instant::now(), began, "no timer had to run for it");
    assert_eq!(fake.bodies_dropped(), 1);
}

#[tokio::test(start_paused = true)]
async fn stop_ends_a_wait_for_a_response_and_a_backoff() {
    for replies in [vec![Reply::Hangs], vec![Reply::Fails("broken".into())]] {
        let mut watch = Watch::<Object>::new(Fake::new(replies).transport(), from_1());
        assert!(poll!(watch.next()).is_pending());
        let began = Instant::now();
        watch.handle().stop();
        assert_eq!(watch.next().await, None);
        assert_eq!(Instant::now(), began);
    }
}

#[test]
fn a_stopper_that_outlives_the_watch_keeps_no_task() {
    struct Task;
    impl Wake for Task {
        fn wake(self: Arc<Self>) {}
    }
    let task = Arc::new(Task);
    // Without a body that waits, nothing else keeps the task.
    let fake = Fake::new([Reply::Hangs]);
    let mut watch = Watch::<Object>::new(fake.transport(), from_1());
    let stopper = watch.handle().stopper();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let entered = runtime.enter();
    assert!(watch.poll_next_unpin(&mut Context::from_waker(&Arc::clone(&task).into())).is_pending());
    assert!(Arc::strong_count(&task) > 1, "a stop wakes it");
    drop(watch);
    drop(entered);
    drop(runtime);
    assert_eq!(Arc::strong_count(&task), 1);
    stopper.stop();
}

#[tokio::test(start_paused = true)]
async fn after_stop_nothing_that_had_arrived_is_handed_out() {
    let both = frame("ADDED", "a", 2) + &frame("ADDED", "b", 3);
    let fake = Fake::new([Reply::Head(200, vec![both.as_str().into()])]);
    let mut watch = Watch::<Object>::new(fake.transport(), from_1());
    assert!(matches!(watch.next().await, Some(Ok(Event::Added(_)))));
    watch.handle().stop();
    assert_eq!(watch.next().await, None);
    assert_eq!(watch.next().await, None, "and so it stays");
    let checkpoint = watch.handle().checkpoint().map(|checkpoint| checkpoint.resource_version().to_string());
    assert_eq!(checkpoint.as_deref(), Some("2"), "what was not handed out is not covered");
}

#[tokio::test]
async fn dropping_a_watch_closes_its_exchange_over_http_1_and_http_2() {
    for http2 in [false, true] {
        let (writers, mut writer) = tokio::sync::mpsc::unbounded_channel();
        let server = Server::start(Speech::default(), move |_| {
            let (writer, body) = channel();
            writer.send(frame("ADDED", "a", 2).into()).unwrap();
            writers.send(writer).unwrap();
            respond(200, body)
        })
        .await;
        let builder = Client::builder(&server.url("http"));
        let builder = if http2 { builder.http2_prior_knowledge() } else { builder };
        let mut watch = Watch::<Object>::new(builder.build().unwrap(), from_1());
        assert!(matches!(watch.next().await, Some(Ok(Event::Added(_)))));
        let writer = writer.recv().await.unwrap();
        assert!(!writer.is_closed());
        drop(watch);
        writer.closed().await;
    }
}
