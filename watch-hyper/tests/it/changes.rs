//! Changes: nothing twice, nothing lost.

use futures_util::StreamExt;
use watch_hyper::RawWatch;
use watch_hyper::watch_core::Change;

use crate::fake::{Ear, Fake, Part, Reply, by_list, frame, list, pod};

const GONE: &str = r#"{"kind":"Status","status":"Failure","reason":"Expired","code":410,"message":"too old"}"#;

#[tokio::test(start_paused = true)]
async fn what_happened_during_a_410_comes_out_as_changes() {
    let fake = Fake::new([
        Reply::Head(200, vec![list(10, &[pod("kept", 3), pod("changed", 4), pod("gone", 5)]).as_str().into()]),
        Reply::Head(200, vec![frame("ADDED", "new", 11).as_str().into(), Part::Fails("cut".into())]),
        Reply::Head(410, vec![GONE.into()]),
        Reply::Head(200, vec![list(20, &[pod("kept", 3), pod("changed", 14), pod("new", 11)]).as_str().into()]),
    ]);
    let ear = Ear::default();
    let changes = RawWatch::new(fake.transport(), by_list()).observe(ear.observer()).changes();
    let said: Vec<_> = changes.take(8).map(|change| change.to_string()).collect().await;
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

#[tokio::test(start_paused = true)]
async fn the_checkpoint_covers_only_changes_that_were_handed_out() {
    let fake = Fake::new([
        Reply::Head(200, vec![list(10, &[pod("a", 3)]).as_str().into()]),
        Reply::Head(200, vec![frame("ADDED", "b", 11).as_str().into(), Part::Fails("cut".into())]),
        Reply::Head(410, vec![GONE.into()]),
        Reply::Head(200, vec![list(20, &[]).as_str().into()]),
    ]);
    let mut changes = RawWatch::new(fake.transport(), by_list()).changes();
    let mut covered = Vec::new();
    for _ in 0..6 {
        let change = changes.next().await.unwrap();
        let version = changes.checkpoint().map(|checkpoint| checkpoint.resource_version().to_string());
        covered.push((matches!(change, Change::Vanished(_)), version));
    }
    let version = |version: &str| Some(version.to_owned());
    assert_eq!(
        covered,
        [(false, None), (false, None), (false, version("10")), (true, None), (true, None), (false, None)],
        "while the end of the set is being told, its version isn't covered"
    );
}
