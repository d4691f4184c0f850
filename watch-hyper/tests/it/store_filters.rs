//! The filters and the debounce of a subscriber of a store.

use core::time::Duration;

use futures_util::StreamExt;
use tokio::time::advance;
use watch_hyper::watch_core::{Object, predicates};
use watch_hyper::{Reflector, Store, StoreBuilder, StoreChange, Subscriber, Watch};

use crate::fake::{Fake, GONE, Part, Reply, by_list, frame, list, pod};
use crate::store_rig::{poll, ready};

const SECOND: Duration = Duration::from_secs(1);

/// Adds members to the metadata.
fn with(json: &str, members: &str) -> String {
    json.replace(r#""name":"#, &format!(r#"{members},"name":"#))
}

fn generation(json: &str, generation: u32) -> String {
    with(json, &format!(r#""generation":{generation}"#))
}

/// A store whose watch has this list, and then these events. It keeps the last 4 changes.
fn store(pods: &[String], events: &[String]) -> (Reflector, Store) {
    let fake = Fake::new([
        Reply::Head(200, vec![list(10, pods).as_str().into()]),
        Reply::Head(200, vec![events.concat().as_str().into(), Part::Hangs]),
    ]);
    StoreBuilder::new(Watch::<Object>::new(fake.transport(), by_list())).capacity(4).build()
}

/// Everything that the subscriber has by now.
fn received(subscriber: &mut Subscriber) -> Vec<String> {
    ready(subscriber).map(text).collect()
}

fn text(change: StoreChange) -> String {
    match change {
        StoreChange::Modified { old, new } => format!("MODIFIED {} to {}", old.resource_version(), short(&new)),
        StoreChange::Added(object) => format!("ADDED {}", short(&object)),
        StoreChange::Deleted(object) => format!("DELETED {}", short(&object)),
        StoreChange::Vanished(object) => format!("VANISHED {}", short(&object)),
        change => change.to_string(),
    }
}

fn short(object: &Object) -> String {
    format!("{}@{}", object.name(), object.resource_version())
}

/// The old object of an update is the last one that the subscriber received.
#[tokio::test(start_paused = true)]
async fn a_filter_drops_updates_and_nothing_else() {
    let terminating = with(&frame("MODIFIED", "a", 15), r#""deletionTimestamp":"2026-01-02T03:04:05Z""#);
    let events = [
        generation(&frame("MODIFIED", "a", 11), 1),
        generation(&frame("MODIFIED", "a", 12), 1),
        generation(&frame("MODIFIED", "a", 13), 2),
        generation(&frame("MODIFIED", "a", 14), 2),
        generation(&terminating, 2),
        generation(&frame("ADDED", "b", 16), 1),
        generation(&frame("DELETED", "b", 17), 1),
        generation(&frame("DELETED", "a", 18), 2),
        generation(&frame("ADDED", "a", 19), 2),
        frame("MODIFIED", "a", 20),
        frame("MODIFIED", "a", 21),
    ];
    let (mut reflector, store) = store(&[generation(&pod("a", 3), 1)], &events);
    let mut changes = store.subscribe().predicate_filter(predicates::generation);
    let mut all = Vec::new();
    for _ in 0..3 + events.len() {
        poll(&mut reflector, 1).await;
        all.extend(received(&mut changes));
    }
    assert_eq!(
        all,
        [
            "ADDED a@3",
            "SYNCED @10",
            "MODIFIED 3 to a@13",
            "MODIFIED 13 to a@15",
            "ADDED b@16",
            "DELETED b@17",
            "DELETED a@18",
            "ADDED a@19",
            // These have no generation.
            "MODIFIED 19 to a@20",
            "MODIFIED 20 to a@21",
        ]
    );
}

/// The second filter compares with the last change that passed the first one, and not with one that it never saw.
#[tokio::test(start_paused = true)]
async fn two_filters_apply_in_turn() {
    let of = |version, number, color: &str| {
        with(&generation(&frame("MODIFIED", "a", version), number), &format!(r#""labels":{{"color":"{color}"}}"#))
    };
    let events = [of(11, 1, "red"), of(12, 2, "red"), of(13, 3, "red"), of(14, 3, "blue")];
    let first = with(&generation(&pod("a", 3), 1), r#""labels":{"color":"blue"}"#);
    let (mut reflector, store) = store(&[first], &events);
    let filtered = store.subscribe().predicate_filter(predicates::generation).predicate_filter(predicates::labels);
    let either = |pod: &Object| Some((predicates::generation(pod), predicates::labels(pod)));
    let (mut both, mut one_of) = (filtered, store.subscribe().predicate_filter(either));
    let (mut of_both, mut of_one) = (Vec::new(), Vec::new());
    for _ in 0..3 + events.len() {
        poll(&mut reflector, 1).await;
        of_both.extend(received(&mut both));
        of_one.extend(received(&mut one_of));
    }
    assert_eq!(of_both, ["ADDED a@3", "SYNCED @10", "MODIFIED 3 to a@12"]);
    assert_eq!(
        of_one[2..],
        ["MODIFIED 3 to a@11", "MODIFIED 11 to a@12", "MODIFIED 12 to a@13", "MODIFIED 13 to a@14"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_filter_keeps_deletions_and_markers_of_a_relist_and_a_lag() {
    let versions = |names: &[(&str, u64)]| names.iter().map(|(name, at)| pod(name, *at)).collect::<Vec<_>>();
    let events: Vec<_> = (11..18).map(|version| frame("MODIFIED", "a", version)).collect();
    let fake = Fake::new([
        Reply::Head(200, vec![list(10, &versions(&[("a", 3), ("b", 4)])).as_str().into()]),
        Reply::Head(200, vec![events.concat().as_str().into(), Part::Fails("cut".into())]),
        Reply::Head(410, vec![GONE.into()]),
        Reply::Head(200, vec![list(20, &versions(&[("a", 19), ("c", 20)])).as_str().into()]),
    ]);
    let watch = Watch::<Object>::new(fake.transport(), by_list());
    let (mut reflector, store) = StoreBuilder::new(watch).capacity(4).build();
    poll(&mut reflector, 4).await;
    let mut changes = store.subscribe().predicate_filter(predicates::labels);
    assert_eq!(received(&mut changes), ["ADDED a@3", "ADDED b@4", "SYNCED @10"]);
    poll(&mut reflector, 7).await;
    // The update of `a` in the difference is dropped.
    assert_eq!(received(&mut changes), ["LAGGED 3", "SYNCED @17"]);
    poll(&mut reflector, 4).await;
    assert_eq!(received(&mut changes), ["VANISHED b@4", "ADDED c@20", "SYNCED @20"]);
}

#[tokio::test(start_paused = true)]
async fn changes_are_held_until_their_object_is_quiet() {
    let events = [
        frame("MODIFIED", "a", 11),
        frame("ADDED", "b", 12),
        frame("MODIFIED", "a", 13),
        frame("MODIFIED", "b", 14),
        frame("MODIFIED", "a", 15),
        frame("DELETED", "a", 16),
        frame("MODIFIED", "b", 17),
    ];
    let (mut reflector, store) = store(&[pod("a", 3)], &events);
    let mut changes = store.subscribe().debounce(2 * SECOND, 3 * SECOND);
    poll(&mut reflector, 3).await;
    assert_eq!(received(&mut changes), ["ADDED a@3", "SYNCED @10"], "the list isn't delayed");
    poll(&mut reflector, 2).await;
    assert!(received(&mut changes).is_empty());
    advance(SECOND).await;
    poll(&mut reflector, 1).await;
    assert!(received(&mut changes).is_empty());
    advance(SECOND).await;
    assert_eq!(received(&mut changes), ["ADDED b@12"], "it was quiet for 2 s");
    advance(SECOND).await;
    assert_eq!(received(&mut changes), ["MODIFIED 3 to a@13"], "joined, and held for 2 s");
    poll(&mut reflector, 2).await;
    assert!(received(&mut changes).is_empty());
    advance(SECOND).await;
    poll(&mut reflector, 1).await;
    assert_eq!(received(&mut changes), ["MODIFIED 13 to a@15", "DELETED a@16"], "a deletion isn't delayed");
    poll(&mut reflector, 1).await;
    assert!(received(&mut changes).is_empty());
    // `b` changed at 3 s and 4 s, and is quiet from then on.
    advance(2 * SECOND).await;
    assert_eq!(received(&mut changes), ["MODIFIED 12 to b@17"]);
}

#[tokio::test(start_paused = true)]
async fn an_object_that_is_never_quiet_is_reported_in_the_end() {
    let events: Vec<_> = (11..20).map(|version| frame("MODIFIED", "a", version)).collect();
    let (mut reflector, store) = store(&[pod("a", 3)], &events);
    let mut changes = store.subscribe().debounce(2 * SECOND, 3 * SECOND);
    poll(&mut reflector, 3).await;
    received(&mut changes);
    let mut all = Vec::new();
    for second in 0..events.len() {
        poll(&mut reflector, 1).await;
        all.extend(received(&mut changes).into_iter().map(|change| (second, change)));
        advance(SECOND).await;
    }
    // The change of the third second is in the next one.
    let texts: Vec<_> = all.iter().map(|(second, change)| (*second, change.as_str())).collect();
    assert_eq!(texts, [(3, "MODIFIED 3 to a@13"), (6, "MODIFIED 13 to a@16")]);
}

#[tokio::test(start_paused = true)]
async fn held_changes_come_before_a_lag_and_at_the_end() {
    let events: Vec<_> = (11..18).map(|version| frame("MODIFIED", "a", version)).collect();
    let (mut reflector, store) = store(&[pod("a", 3)], &events);
    let mut changes = store.subscribe().debounce(60 * SECOND, 60 * SECOND);
    poll(&mut reflector, 3).await;
    assert_eq!(received(&mut changes), ["ADDED a@3", "SYNCED @10"]);
    poll(&mut reflector, 1).await;
    assert!(received(&mut changes).is_empty());
    // One change is held; the next ones are too many.
    poll(&mut reflector, 5).await;
    let mut late = store.subscribe().debounce(60 * SECOND, 60 * SECOND);
    assert_eq!(received(&mut changes), ["MODIFIED 3 to a@11", "LAGGED 1", "MODIFIED 11 to a@16", "SYNCED @16"]);
    assert_eq!(received(&mut late), ["ADDED a@16", "SYNCED @16"]);
    poll(&mut reflector, 1).await;
    assert!(received(&mut changes).is_empty() && received(&mut late).is_empty());
    reflector.handle().stop();
    assert!(reflector.next().await.is_none());
    assert_eq!(changes.map(text).collect::<Vec<_>>().await, ["MODIFIED 16 to a@17"]);
    assert_eq!(late.map(text).collect::<Vec<_>>().await, ["MODIFIED 16 to a@17"]);
}
