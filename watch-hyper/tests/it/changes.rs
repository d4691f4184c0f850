//! Changes: no repeats, no losses.

use core::time::Duration;

use futures_util::StreamExt;
use tokio::time::timeout;
use watch_hyper::Watch;
use watch_hyper::watch_core::{Change, Notice, Object};

use crate::fake::{Fake, GONE, Notices, Part, Reply, by_list, frame, list, pod};

#[tokio::test(start_paused = true)]
async fn what_happened_during_a_410_comes_out_as_changes() {
    let fake = Fake::new([
        Reply::Head(200, vec![list(10, &[pod("kept", 3), pod("changed", 4), pod("gone", 5)]).as_str().into()]),
        Reply::Head(200, vec![frame("ADDED", "new", 11).as_str().into(), Part::Fails("cut".into())]),
        Reply::Head(410, vec![GONE.into()]),
        Reply::Head(200, vec![list(20, &[pod("kept", 3), pod("changed", 14), pod("new", 11)]).as_str().into()]),
    ]);
    let ear = Notices::default();
    let changes = ear.listen(Watch::<Object>::new(fake.transport(), by_list())).changes();
    let said: Vec<_> = changes.take(8).map(|Ok(change)| change.to_string()).collect().await;
    assert_eq!(
        said,
        [
            "ADDED Pod default/kept@3",
            "ADDED Pod default/changed@4",
            "ADDED Pod default/gone@5",
            "SYNCED @10",
            "ADDED Pod default/new@11",
            "MODIFIED Pod default/changed@14",
            "VANISHED default/gone@5",
            "SYNCED @20",
        ]
    );
}

type Restarted = (Option<u64>, Option<(u64, u64, u64)>);

/// The number of objects of each relist, and its changes if they are known.
fn restarted(ear: &Notices) -> Vec<Restarted> {
    let said = ear.notices().into_iter().filter_map(|notice| match notice {
        Notice::Relisted { objects, changes, .. } => {
            Some((objects, changes.map(|changes| (changes.added, changes.modified, changes.removed))))
        }
        _ => None,
    });
    said.collect()
}

/// Twice expired: one object changed and one gone the first time, nothing the second time.
fn expires_twice() -> Fake {
    let set = |version| list(version, &[pod("kept", 3), pod("changed", 14), pod("new", 15)]);
    Fake::new([
        Reply::Head(200, vec![list(10, &[pod("kept", 3), pod("changed", 4), pod("gone", 5)]).as_str().into()]),
        Reply::Head(410, vec![GONE.into()]),
        Reply::Head(200, vec![set(20).as_str().into()]),
        Reply::Head(410, vec![GONE.into()]),
        Reply::Head(200, vec![set(30).as_str().into()]),
    ])
}

#[tokio::test(start_paused = true)]
async fn a_relist_reports_how_many_changes_its_list_made() {
    let (fake, ear) = (expires_twice(), Notices::default());
    let mut changes = Watch::<Object>::new(fake.transport(), by_list()).changes();
    changes.handle_mut().observe(ear.observer());
    while timeout(Duration::from_secs(60), changes.next()).await.is_ok() {}
    assert_eq!(restarted(&ear), [(Some(3), Some((1, 1, 1))), (Some(3), Some((0, 0, 0)))]);
}

#[tokio::test(start_paused = true)]
async fn a_watch_without_a_diff_counts_its_objects() {
    let (fake, ear) = (expires_twice(), Notices::default());
    let mut watch = ear.listen(Watch::<Object>::new(fake.transport(), by_list()));
    while timeout(Duration::from_secs(60), watch.next()).await.is_ok() {}
    assert_eq!(restarted(&ear), [(Some(3), None), (Some(3), None)]);

    let (fake, ear) = (expires_twice(), Notices::default());
    let (mut stored, _store) = ear.listen(Watch::<Object>::new(fake.transport(), by_list())).store();
    while timeout(Duration::from_secs(60), stored.next()).await.is_ok() {}
    assert_eq!(restarted(&ear), [(Some(3), None), (Some(3), None)]);
}

#[tokio::test(start_paused = true)]
async fn the_checkpoint_covers_only_changes_that_were_handed_out() {
    let fake = Fake::new([
        Reply::Head(200, vec![list(10, &[pod("a", 3)]).as_str().into()]),
        Reply::Head(200, vec![frame("ADDED", "b", 11).as_str().into(), Part::Fails("cut".into())]),
        Reply::Head(410, vec![GONE.into()]),
        Reply::Head(200, vec![list(20, &[]).as_str().into()]),
    ]);
    let mut changes = Watch::<Object>::new(fake.transport(), by_list()).changes();
    let mut covered = Vec::new();
    for _ in 0..6 {
        let change = changes.next().await.unwrap();
        let version = changes.handle().checkpoint().map(|checkpoint| checkpoint.resource_version().to_string());
        covered.push((matches!(change, Ok(Change::Vanished(_))), version));
    }
    let version = |version: &str| Some(version.to_owned());
    assert_eq!(
        covered,
        [(false, None), (false, None), (false, version("10")), (true, None), (true, None), (false, None)],
        "while the changes at the end of the list are yielded, its version isn't covered"
    );
}
