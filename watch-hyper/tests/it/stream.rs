//! The stream itself: types, checkpoints, fairness.

use core::future::poll_fn;
use core::task::Poll;
use core::time::Duration;

use futures_util::StreamExt;
use serde::Deserialize;
use watch_hyper::watch_core::{Done, Event, InitialCause, Object, trace};
use watch_hyper::{Handle, Watch};

use crate::fake::{Fake, Part, Reply, by_list, frame, from_1, list, pod, pods};

#[derive(Debug, Deserialize, PartialEq)]
struct Pod {
    metadata: Metadata,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    name: String,
    resource_version: String,
    generation: Option<u64>,
}

#[tokio::test(start_paused = true)]
async fn objects_come_decoded() {
    let watching = vec![frame("MODIFIED", "a", 11).as_str().into(), Part::Hangs];
    let fake =
        Fake::new([Reply::Head(200, vec![list(10, &[pod("a", 5)]).as_str().into()]), Reply::Head(200, watching)]);
    let events: Vec<_> = Watch::<Pod>::new(fake.transport(), by_list()).take(4).map(Result::unwrap).collect().await;
    let pod = |version: &str| Pod {
        metadata: Metadata { name: "a".into(), resource_version: version.into(), generation: None },
    };
    assert_eq!(
        events,
        [
            Event::InitialBegin { cause: InitialCause::First },
            Event::Initial(pod("5")),
            Event::InitialEnd { resource_version: "10".parse().unwrap() },
            Event::Modified(pod("11")),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_decode_error_is_one_item_and_the_watch_continues() {
    let odd = frame("ADDED", "odd", 2).replace("\"name\"", "\"generation\":\"no number\",\"name\"");
    let both = odd + &frame("ADDED", "good", 3);
    let fake = Fake::new([Reply::Head(200, vec![both.as_str().into(), Part::Hangs])]);
    let mut watch = Watch::<Pod>::new(fake.transport(), from_1());
    let error = watch.next().await.unwrap().unwrap_err();
    assert_eq!(error.object().name(), "odd");
    assert!(matches!(watch.next().await, Some(Ok(Event::Added(pod))) if pod.metadata.name == "good"));
    assert_eq!(watch.handle().checkpoint().unwrap().resource_version().text(), "3");
}

#[tokio::test(start_paused = true)]
async fn many_idle_watches_in_one_task_are_all_polled_and_rest() {
    let fake = Fake::new((0..300).map(|_| Reply::Head(200, vec![Part::Hangs])));
    let mut watches: Vec<_> = (0..300).map(|_| Watch::<Object>::new(fake.transport(), from_1())).collect();
    let mut polls = 0;
    let idle = poll_fn(|cx| {
        polls += 1;
        assert!(watches.iter_mut().all(|watch| watch.poll_next_unpin(cx).is_pending()));
        // A task that wakes itself without end would stop the virtual clock.
        if polls < 100 { Poll::Pending } else { Poll::Ready(()) }
    });
    let rested = tokio::time::timeout(Duration::from_secs(1), idle).await.is_err();
    assert!(rested, "{polls} polls, and nothing happened");
    assert_eq!(fake.requests().len(), 300);
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_resumes_in_another_watch() {
    let fake = Fake::new([Reply::Head(200, vec![frame("ADDED", "a", 5).as_str().into()])]);
    let mut watch = Watch::<Object>::new(fake.transport(), from_1());
    watch.next().await;
    let checkpoint = watch.handle().checkpoint().unwrap();
    // The version check comes first.
    let fake = Fake::new([
        Reply::Head(200, vec![list(5, &[pod("a", 5)]).as_str().into()]),
        Reply::Head(200, vec![frame("MODIFIED", "a", 6).as_str().into()]),
    ]);
    let mut watch = Watch::<Object>::resume(fake.transport(), by_list(), &checkpoint).unwrap();
    assert!(matches!(watch.next().await, Some(Ok(Event::Modified(_)))));
    assert!(fake.requests()[1].contains("resourceVersion=5"), "{:?}", fake.requests());
}

/// The version as of which the consumer is synced, the version of the checkpoint, and whether the watch has ended.
fn state(handle: &Handle) -> (Option<String>, Option<String>, bool) {
    let version = handle.freshness().resource_version.map(ToString::to_string);
    let checkpoint = handle.checkpoint().map(|checkpoint| checkpoint.resource_version().to_string());
    (version, checkpoint, handle.done().is_some())
}

#[tokio::test(start_paused = true)]
async fn every_stream_has_the_same_handle() {
    let relisted = || {
        Fake::new([
            Reply::Head(200, vec![list(10, &[pod("a", 5)]).as_str().into()]),
            Reply::Head(200, vec![Part::Hangs]),
            Reply::Head(200, vec![list(20, &[pod("a", 5)]).as_str().into()]),
        ])
    };
    let at = |version: &str| Some(version.to_owned());
    let mut watch = Watch::<Object>::new(relisted().transport(), by_list());
    while state(watch.handle()) != (at("10"), at("10"), false) {
        watch.next().await.unwrap().unwrap();
    }
    watch.handle_mut().relist();
    while state(watch.handle()) != (at("20"), at("20"), false) {
        watch.next().await.unwrap().unwrap();
    }
    watch.handle().stop();
    assert!(watch.next().await.is_none() && state(watch.handle()).2);

    let mut changes = Watch::<Object>::new(relisted().transport(), by_list()).changes();
    while state(changes.handle()) != (at("10"), None, false) {
        changes.next().await.unwrap().unwrap();
    }
    changes.handle_mut().relist();
    while state(changes.handle()) != (at("20"), None, false) {
        changes.next().await.unwrap().unwrap();
    }
    changes.handle().stop();
    assert!(changes.next().await.is_none());
    assert_eq!(state(changes.handle()), (at("20"), at("20"), true), "nothing is left of the last event");

    let (mut stored, store) = Watch::<Object>::new(relisted().transport(), by_list()).store();
    while state(stored.handle()) != (at("10"), at("10"), false) {
        stored.next().await.unwrap().unwrap();
    }
    stored.handle_mut().relist();
    while state(stored.handle()) != (at("20"), at("20"), false) {
        stored.next().await.unwrap().unwrap();
    }
    assert_eq!(store.list().len(), 1);
    stored.handle().stop();
    assert!(stored.next().await.is_none() && state(stored.handle()).2);
}

#[tokio::test(start_paused = true)]
async fn the_deadline_ends_it_and_is_the_reason() {
    let config = pods().deadline(Duration::from_secs(60)).build().unwrap();
    let mut watch = Watch::<Object>::new(Fake::default().transport(), config);
    let began = tokio::time::Instant::now();
    assert_eq!(watch.next().await, None);
    assert_eq!(began.elapsed(), Duration::from_secs(60));
    assert_eq!(watch.handle().done(), Some(&Done::DeadlineReached));
}

#[tokio::test]
async fn a_watch_that_is_always_ready_yields_to_others() {
    const EVENTS: u64 = 10_000;
    let parts = (2..EVENTS + 2).map(|version| frame("ADDED", "a", version).as_str().into()).collect();
    let fake = Fake::new([Reply::Head(200, parts)]);
    let mut watch = Watch::<Object>::new(fake.transport(), from_1());
    // One thread: the other task runs only if the watch yields.
    let other = tokio::spawn(async {});
    for _ in 0..EVENTS {
        watch.next().await.unwrap().unwrap();
        if other.is_finished() {
            return;
        }
    }
    panic!("the other task had no turn in {EVENTS} events");
}

#[tokio::test(start_paused = true)]
async fn a_recording_replays() {
    let fake = Fake::new([
        Reply::Head(200, vec![list(10, &[pod("a", 5)]).as_str().into()]),
        Reply::Fails("down".into()),
        Reply::Head(200, vec![frame("ADDED", "b", 11).as_str().into(), Part::Hangs]),
    ]);
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    let mut watch = Watch::<Object>::new(fake.transport(), by_list());
    watch.handle_mut().record(move |entry| sender.send(entry).unwrap());
    for _ in 0..4 {
        watch.next().await.unwrap().unwrap();
    }
    drop(watch);
    let mut entries = Vec::new();
    while let Some(entry) = receiver.recv().await {
        entries.push(entry);
    }
    assert!(entries.len() > 8);
    trace::replay(entries).unwrap();
}

#[test]
fn a_watch_may_move_between_threads() {
    fn assert_send<T: Send>(_: &T) {}
    assert_send(&Watch::<Object>::new(Fake::default().transport(), from_1()));
    assert_send(&Watch::<Pod>::new(Fake::default().transport(), from_1()).changes());
}
