//! What `Changes` offers in addition: filters, debounce, applied and touched objects.

use core::time::Duration;

use futures_util::{StreamExt, poll};
use tokio::time::{Instant, timeout};
use watch_hyper::watch_core::{Change, FromObject, Object, Predicate, Touched, predicates};
use watch_hyper::{Changes, Watch, WorkQueue};

use crate::fake::{Fake, GONE, Part, Reply, by_list, frame, list, pod};

const SECOND: Duration = Duration::from_secs(1);

/// Two pods are listed; `a` changes and is deleted; `b` is deleted in a gap.
fn fake() -> Fake {
    let events = frame("MODIFIED", "a", 11) + &frame("DELETED", "a", 12);
    Fake::new([
        Reply::Head(200, vec![list(10, &[pod("a", 3), pod("b", 4)]).as_str().into()]),
        Reply::Head(200, vec![events.as_str().into(), Part::Fails("cut".into())]),
        Reply::Head(410, vec![GONE.into()]),
        Reply::Head(200, vec![list(20, &[]).as_str().into()]),
    ])
}

/// A list of `a`, then these events.
fn with_events(events: &[String]) -> Fake {
    Fake::new([
        Reply::Head(200, vec![list(10, &[pod("a", 3)]).as_str().into()]),
        Reply::Head(200, vec![events.concat().as_str().into(), Part::Hangs]),
    ])
}

fn changes<T: FromObject>(fake: &Fake) -> Changes<T> {
    Watch::<T>::new(fake.transport(), by_list()).changes()
}

async fn next(changes: &mut Changes) -> String {
    let Ok(change) = changes.next().await.unwrap();
    change.to_string()
}

/// The version of an object; the versions 11 and 12 don't fit.
#[derive(Debug, PartialEq)]
struct Early(String);

impl FromObject for Early {
    type Error = std::io::Error;

    fn from_object(object: Object) -> Result<Self, std::io::Error> {
        let version = object.resource_version().to_string();
        match version.as_str() {
            "11" | "12" => Err(std::io::Error::other(version)),
            _ => Ok(Self(version)),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_filter_drops_changes_but_no_deletion() {
    let changes = changes::<Object>(&fake()).predicate_filter(predicates::labels.or(predicates::annotations));
    let passed = changes.take(6).map(|Ok(change)| change.to_string()).collect::<Vec<_>>();
    let passed = timeout(60 * SECOND, passed).await.expect("no deletion is dropped");
    assert_eq!(
        passed,
        [
            "ADDED Pod default/a@3",
            "ADDED Pod default/b@4",
            "SYNCED @10",
            "DELETED Pod default/a@12",
            "VANISHED default/b@4",
            "SYNCED @20",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn filters_are_joined_and_what_they_drop_is_not_decoded() {
    let events = [frame("MODIFIED", "a", 11), frame("MODIFIED", "a", 13), frame("MODIFIED", "a", 15)];
    let not_13 = |object: &Object| Some(object.resource_version().to_string() == "13");
    let is_late = |object: &Object| Some(object.resource_version().to_string().len() > 1);
    let mut changes = changes::<Early>(&with_events(&events))
        .predicate_filter(not_13) // drops 11
        .predicate_filter(is_late); // drops 15
    let mut passed = Vec::new();
    while let Ok(Some(change)) = timeout(SECOND, changes.next()).await {
        passed.extend(change.unwrap().applied());
    }
    assert_eq!(passed, [Early("3".into()), Early("13".into())]);
}

#[tokio::test(start_paused = true)]
async fn changes_are_held_until_their_object_is_quiet() {
    let fake = with_events(&[frame("MODIFIED", "a", 11), frame("ADDED", "b", 12), frame("MODIFIED", "a", 13)]);
    let mut changes = changes(&fake).debounce(2 * SECOND, 10 * SECOND);
    let begin = Instant::now();
    assert_eq!([next(&mut changes).await, next(&mut changes).await], ["ADDED Pod default/a@3", "SYNCED @10"]);
    assert_eq!(begin.elapsed(), Duration::ZERO, "the first list isn't delayed");
    let held = [next(&mut changes).await, next(&mut changes).await];
    assert_eq!(held, ["MODIFIED Pod default/a@13", "ADDED Pod default/b@12"]);
    // tokio's timers have a resolution of a millisecond.
    assert!((2 * SECOND..2 * SECOND + SECOND / 100).contains(&begin.elapsed()), "{:?}", begin.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_deletion_does_not_wait() {
    let fake = with_events(&[frame("MODIFIED", "a", 11), frame("DELETED", "a", 12)]);
    let mut changes = changes(&fake).debounce(2 * SECOND, 10 * SECOND);
    let begin = Instant::now();
    for expected in ["ADDED Pod default/a@3", "SYNCED @10", "MODIFIED Pod default/a@11", "DELETED Pod default/a@12"] {
        assert_eq!(next(&mut changes).await, expected);
    }
    assert_eq!(begin.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn there_is_no_checkpoint_while_a_change_is_held() {
    let mut changes = changes::<Object>(&with_events(&[frame("MODIFIED", "a", 11)])).debounce(2 * SECOND, 10 * SECOND);
    let version = |changes: &Changes| changes.handle().checkpoint().map(|at| at.resource_version().to_string());
    next(&mut changes).await;
    next(&mut changes).await;
    assert!(timeout(SECOND, changes.next()).await.is_err());
    assert_eq!(version(&changes), None, "11 is held, and the diff knows it");
    assert_eq!(next(&mut changes).await, "MODIFIED Pod default/a@11");
    assert!(poll!(changes.next()).is_pending());
    assert_eq!(version(&changes).as_deref(), Some("11"), "with the poll that follows the last one");
}

#[tokio::test(start_paused = true)]
async fn at_the_end_nothing_that_is_held_is_lost() {
    let mut changes = changes::<Object>(&with_events(&[frame("MODIFIED", "a", 11)])).debounce(60 * SECOND, 90 * SECOND);
    next(&mut changes).await;
    next(&mut changes).await;
    assert!(timeout(SECOND, changes.next()).await.is_err());
    changes.handle().stop();
    assert_eq!(next(&mut changes).await, "MODIFIED Pod default/a@11");
    assert!(changes.next().await.is_none() && changes.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn applied_objects_are_those_that_exist() {
    let mut applied = changes::<Early>(&fake()).applied_objects();
    let mut seen = Vec::new();
    while let Ok(Some(object)) = timeout(60 * SECOND, applied.next()).await {
        seen.push(object.map_err(|error| error.to_string()));
    }
    let early = |version: &str| Ok(Early(version.into()));
    assert_eq!(seen, [early("3"), early("4"), Err("11".into())], "the deletion at 12 isn't decoded");
    applied.handle_mut().stop();
    assert!(applied.next().await.is_none() && applied.handle().done().is_some());
}

#[tokio::test(start_paused = true)]
async fn touched_objects_include_every_deletion() {
    let mut touched = changes::<Early>(&fake()).touched_objects();
    let mut seen = Vec::new();
    while let Ok(Some(object)) = timeout(60 * SECOND, touched.next()).await {
        seen.push(match object {
            Ok(Touched::Object(Early(version))) => version,
            Ok(Touched::Vanished(gone)) => gone.to_string(),
            Err(error) => format!("error {error}"),
        });
    }
    assert_eq!(seen, ["3", "4", "error 11", "error 12", "default/b@4"]);
    touched.handle_mut().stop();
    assert!(touched.next().await.is_none() && touched.handle().done().is_some());
}

/// The promise of the work queue, with a watch: a missing object looks like a deleted one until the list is complete.
#[tokio::test(start_paused = true)]
async fn no_turn_begins_before_the_watch_is_synced() {
    let (queue, mut changes) = (WorkQueue::new(), changes::<Object>(&fake()));
    let begin = Instant::now();
    loop {
        let Ok(change) = changes.next().await.unwrap();
        match change {
            Change::Added(pod) => queue.add(pod.name().to_owned()),
            Change::Synced { .. } => break,
            other => panic!("{other}"),
        }
        assert!(timeout(SECOND, queue.next()).await.is_err(), "the list isn't complete");
    }
    queue.start();
    for name in ["a", "b"] {
        let turn = queue.next().await.unwrap();
        assert_eq!(turn.key(), name);
        turn.succeeded();
    }
    assert!(begin.elapsed() < 3 * SECOND);
}
