//! What a subscriber of a store receives.

use std::sync::Arc;

use futures_util::{FutureExt, StreamExt};
use serde::Deserialize;
use watch_hyper::watch_core::Object;
use watch_hyper::{Reflector, Store, StoreBuilder, StoreChange, Subscriber, Watch};

use crate::fake::{Fake, GONE, Part, Reply, by_list, frame, list, pod};
use crate::store_rig::{poll, ready};

fn complete(body: &str) -> Reply {
    Reply::Head(200, vec![body.into()])
}

/// A watch that sends these frames, and then nothing.
fn watch(frames: &[String]) -> Reply {
    Reply::Head(200, vec![frames.concat().as_str().into(), Part::Hangs])
}

/// A store whose watch keeps no more than this number of changes.
fn store(replies: impl IntoIterator<Item = Reply>, capacity: usize) -> (Reflector, Store) {
    let watch = Watch::<Object>::new(Fake::new(replies).transport(), by_list());
    StoreBuilder::new(watch).capacity(capacity).build()
}

/// Everything that the subscriber has by now.
fn received(subscriber: &mut Subscriber) -> Vec<String> {
    ready(subscriber).map(text).collect()
}

fn text(change: StoreChange) -> String {
    match change {
        StoreChange::Modified { old, new } => format!("MODIFIED {} to {new}", old.resource_version()),
        change => change.to_string(),
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_comes_with_the_old_object() {
    let frames = [frame("ADDED", "b", 11), frame("MODIFIED", "a", 12), frame("DELETED", "b", 13)];
    let (mut reflector, store) = store([complete(&list(10, &[pod("a", 3)])), watch(&frames)], 16);
    let mut changes = store.subscribe();
    let mut all = received(&mut changes);
    assert!(all.is_empty(), "nothing before the first list is complete");
    for _ in 0..6 {
        poll(&mut reflector, 1).await;
        all.extend(received(&mut changes));
    }
    assert_eq!(
        all,
        [
            "ADDED Pod default/a@3",
            "SYNCED @10",
            "ADDED Pod default/b@11",
            "MODIFIED 3 to Pod default/a@12",
            "DELETED Pod default/b@13",
        ]
    );
    // A later one begins with what is there.
    assert_eq!(received(&mut store.subscribe()), ["ADDED Pod default/a@12", "SYNCED @13"]);
}

#[tokio::test(start_paused = true)]
async fn what_a_relist_finds_gone_comes_with_its_last_state() {
    let replies = [
        complete(&list(10, &[pod("gone", 3), pod("kept", 4), pod("changed", 5)])),
        Reply::Head(200, vec![frame("MODIFIED", "gone", 11).as_str().into(), Part::Fails("cut".into())]),
        Reply::Head(410, vec![GONE.into()]),
        complete(&list(20, &[pod("kept", 4), pod("changed", 14), pod("new", 15)])),
    ];
    let (mut reflector, store) = store(replies, 16);
    poll(&mut reflector, 5).await;
    let mut changes = store.subscribe();
    received(&mut changes);
    poll(&mut reflector, 1).await;
    let gone = store.get(Some("default"), "gone").unwrap();
    let kept = store.get(Some("default"), "kept").unwrap();
    poll(&mut reflector, 5).await;
    let all: Vec<_> = core::iter::from_fn(|| changes.next().now_or_never().flatten()).collect();
    assert!(all.contains(&StoreChange::Vanished(Arc::clone(&gone))));
    assert!(Arc::ptr_eq(&store.get(Some("default"), "kept").unwrap(), &kept), "it wasn't decoded again");
    assert_eq!(
        all.into_iter().map(text).collect::<Vec<_>>(),
        [
            "MODIFIED 3 to Pod default/gone@11",
            "MODIFIED 5 to Pod default/changed@14",
            "VANISHED Pod default/gone@11",
            "ADDED Pod default/new@15",
            "SYNCED @20",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_slow_subscriber_gets_the_difference() {
    let frames: Vec<_> = (0..20)
        .map(|index| frame("MODIFIED", ["a", "b"][index % 2], 11 + index as u64))
        .chain([frame("DELETED", "b", 31), frame("ADDED", "c", 32), frame("MODIFIED", "c", 33)])
        .collect();
    let (mut reflector, store) = store([complete(&list(10, &[pod("a", 3), pod("b", 4)])), watch(&frames)], 4);
    poll(&mut reflector, 4).await;
    let (mut slow, mut never) = (store.subscribe(), store.subscribe());
    assert_eq!(received(&mut slow).len(), 3);
    poll(&mut reflector, 1).await;
    assert_eq!(received(&mut slow), ["MODIFIED 3 to Pod default/a@11"]);
    poll(&mut reflector, 21).await;
    let mut quick = store.subscribe();
    assert_eq!(received(&mut quick), ["ADDED Pod default/a@29", "ADDED Pod default/c@32", "SYNCED @32"]);
    poll(&mut reflector, 1).await;
    assert_eq!(
        received(&mut slow),
        [
            "LAGGED 18",
            "MODIFIED 11 to Pod default/a@29",
            "VANISHED Pod default/b@4",
            "ADDED Pod default/c@33",
            "SYNCED @33",
        ]
    );
    assert_eq!(received(&mut quick), ["MODIFIED 32 to Pod default/c@33"], "it isn't affected by the slow one");
    // The changes of one that never polled are the difference to what it began with.
    assert_eq!(
        received(&mut never),
        [
            "ADDED Pod default/a@3",
            "ADDED Pod default/b@4",
            "SYNCED @10",
            "LAGGED 19",
            "MODIFIED 3 to Pod default/a@29",
            "VANISHED Pod default/b@4",
            "ADDED Pod default/c@33",
            "SYNCED @33",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn another_object_of_the_same_name_is_no_update() {
    let other = frame("MODIFIED", "a", 12).replace("uid-a", "uid-other");
    let (mut reflector, store) = store([complete(&list(10, &[pod("a", 3)])), watch(&[other])], 4);
    let mut changes = store.subscribe();
    poll(&mut reflector, 3).await;
    received(&mut changes);
    poll(&mut reflector, 1).await;
    assert_eq!(received(&mut changes), ["VANISHED Pod default/a@3", "ADDED Pod default/a@12"]);
}

#[tokio::test(start_paused = true)]
async fn a_repeated_event_is_no_change() {
    let frames = [frame("ADDED", "a", 3), frame("MODIFIED", "a", 2), frame("DELETED", "b", 4), frame("ADDED", "c", 13)];
    let (mut reflector, store) = store([complete(&list(10, &[pod("a", 3)])), watch(&frames)], 4);
    let (mut changes, mut all) = (store.subscribe(), Vec::new());
    while store.get(Some("default"), "c").is_none() {
        poll(&mut reflector, 1).await;
        all.extend(received(&mut changes));
    }
    assert_eq!(all, ["ADDED Pod default/a@3", "SYNCED @10", "ADDED Pod default/c@13"]);
}

#[tokio::test(start_paused = true)]
async fn the_changes_end_with_the_watch() {
    let (mut reflector, store) = store([complete(&list(10, &[pod("a", 3)])), watch(&[frame("ADDED", "b", 11)])], 4);
    let mut changes = store.subscribe();
    poll(&mut reflector, 4).await;
    reflector.handle().stop();
    assert!(reflector.next().await.is_none());
    // The reflector isn't dropped, but there won't be any more.
    let all: Vec<_> = changes.by_ref().map(text).collect().await;
    assert_eq!(all, ["ADDED Pod default/a@3", "ADDED Pod default/b@11", "SYNCED @11"]);
    let all: Vec<_> = store.subscribe().map(text).collect().await;
    assert_eq!(all, ["ADDED Pod default/a@3", "ADDED Pod default/b@11", "SYNCED @11"]);
    assert!(store.wait_for(|set| set.len() == 5).await.is_err(), "it will never change again");
    drop(reflector);
    assert!(changes.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn an_object_that_no_longer_fits_has_vanished() {
    #[derive(Debug, Deserialize)]
    struct Labelled {
        labels: Vec<String>,
    }
    let good = pod("a", 3).replacen('{', "{\"labels\":[\"x\"],", 1);
    let replies = [complete(&list(10, &[good])), watch(&[frame("MODIFIED", "a", 11)])];
    let (mut reflector, store) = Watch::<Labelled>::new(Fake::new(replies).transport(), by_list()).store();
    let mut changes = store.subscribe();
    for _ in 0..3 {
        reflector.next().await.unwrap().unwrap();
    }
    assert!(matches!(changes.next().await, Some(StoreChange::Added(_))));
    assert!(matches!(changes.next().await, Some(StoreChange::Synced { .. })));
    reflector.next().await.unwrap().unwrap_err();
    let Some(StoreChange::Vanished(last)) = changes.next().await else { panic!() };
    assert_eq!(last.labels, ["x"]);
}
