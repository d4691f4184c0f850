//! Readers and the watch of a store don't wait for each other.

use futures_util::{FutureExt, StreamExt};
use watch_hyper::Watch;
use watch_hyper::watch_core::Object;

use crate::fake::{Fake, Part, Reply, by_list, frame, list, pod};

#[tokio::test(start_paused = true)]
async fn a_reader_does_not_stop_the_watch() {
    let fake = Fake::new([
        Reply::Head(200, vec![list(10, &[pod("a", 3)]).as_str().into()]),
        Reply::Head(200, vec![frame("ADDED", "b", 11).as_str().into(), Part::Hangs]),
    ]);
    let (mut reflector, store) = Watch::<Object>::new(fake.transport(), by_list()).store();
    for _ in 0..3 {
        reflector.next().await.unwrap().unwrap();
    }
    let snapshot = store.snapshot();
    store.read(|set| {
        // All in one thread: if the watch waited for this reader, it would wait forever.
        while store.get(Some("default"), "b").is_none() {
            let _pending = reflector.next().now_or_never();
        }
        assert_eq!(
            store.subscribe().next().now_or_never().flatten().map(|change| change.to_string()).as_deref(),
            Some("ADDED Pod default/a@3")
        );
        assert_eq!((set.len(), store.list().len()), (1, 2), "what is being read doesn't change");
    });
    assert_eq!((snapshot.len(), store.snapshot().len()), (1, 2));
    assert_eq!(snapshot.resource_version().unwrap().text(), "10");
}

#[tokio::test(start_paused = true)]
async fn a_subscriber_lets_other_tasks_run() {
    let pods: Vec<_> = (0..1_000).map(|index| pod(&format!("pod-{index}"), 3)).collect();
    let fake = Fake::new([Reply::Head(200, vec![list(10, &pods).as_str().into()])]);
    let (mut reflector, store) = Watch::<Object>::new(fake.transport(), by_list()).store();
    while !store.snapshot().is_synced() {
        reflector.next().await.unwrap().unwrap();
    }
    let (mut changes, mut received, mut turns) = (store.subscribe(), 0, 0);
    while received < 1_001 {
        // The budget of this task ends before the objects do.
        received += core::iter::from_fn(|| changes.next().now_or_never().flatten()).count();
        turns += 1;
        tokio::task::yield_now().await;
    }
    assert!(turns > 5, "{turns}");
}
