//! How up to date the consumer is, and why the machine waits.

use watch_core::{OnExpired, Phase, Start, TransportErrorKind};

use crate::rig::{Rig, error, event, initial_end, list, pods, secs, status};

#[test]
fn it_reports_why_it_waits_until_that_is_over() {
    let mut rig = Rig::new(pods());
    rig.reply(403, status(403, "Forbidden", "no")).advance(secs(1));
    let freshness = rig.watcher.freshness();
    assert_eq!(
        freshness.trouble.unwrap().to_string(),
        "LIST of pods in default: the server returned 403 Forbidden: no"
    );
    assert!(freshness.needs_attention && freshness.synced_as_of.is_none() && freshness.resource_version.is_none());
    assert_eq!(freshness.trouble_since.map(|since| rig.now.since(since)), Some(secs(1)));
    rig.until_sent().reply(200, list("10", &["a@5"])).open();
    let freshness = rig.watcher.freshness();
    assert_eq!(freshness.phase, Phase::Live);
    assert!(freshness.trouble.is_none() && !freshness.needs_attention && freshness.trouble_since.is_none());
    assert_eq!(freshness.synced_as_of, Some(rig.now));
}

#[test]
fn a_relist_in_progress_does_not_make_old_data_fresh() {
    let mut rig = Rig::live(pods());
    rig.body(event("ADDED", "a@11"));
    let then = rig.now;
    rig.advance(secs(5)).body(error(410, "Expired", "old"));
    let freshness = rig.watcher.freshness();
    assert_eq!((freshness.resource_version, freshness.synced_as_of), (None, Some(then)));
}

#[test]
fn nothing_is_synced_before_a_list_is_complete() {
    let mut rig = Rig::new(pods().start(Start::default()));
    rig.open().body(event("ADDED", "a@5") + &event("DELETED", "a@6"));
    assert_eq!(rig.watcher.freshness().synced_as_of, None);
    rig.body(initial_end("10"));
    assert_eq!(rig.watcher.freshness().synced_as_of, Some(rig.now));

    let mut rig =
        Rig::new(pods().start(Start::From("1".parse().unwrap())).on_expired(OnExpired::RestartWithoutVersion));
    rig.open().body(error(410, "Expired", "old")).open().body(event("ADDED", "a@50"));
    assert_eq!(rig.watcher.freshness().synced_as_of, None, "more may follow");
}

#[test]
fn it_knows_when_it_ends() {
    let rig = Rig::new(pods().deadline(secs(60)));
    assert_eq!(rig.watcher.freshness().deadline.map(|deadline| deadline.since(rig.now)), Some(secs(60)));
}

#[test]
fn each_failure_that_needs_attention_is_reported_once() {
    let mut rig = Rig::new(pods());
    for _ in 0..3 {
        rig.reply(403, status(403, "Forbidden", "no")).until_sent();
    }
    rig.reply(200, list("10", &["a@5"]));
    for _ in 0..3 {
        rig.reply(403, status(403, "Forbidden", "no")).until_sent();
    }
    for _ in 0..3 {
        rig.reply(404, "404 page not found\n").until_sent();
    }
    let notices: Vec<_> =
        rig.take_notices().into_iter().filter(|notice| notice.contains("not recoverable by retrying")).collect();
    assert_eq!(notices.len(), 3, "{notices:#?}");
    assert!(notices[0].starts_with("LIST") && notices[1].starts_with("WATCH") && notices[2].contains("404"));
    rig.fail(TransportErrorKind::Reset);
}

/// A watch that ended as it should overcame the trouble before it, even without an event.
#[test]
fn trouble_begins_again_after_a_watch_in_good_order() {
    let mut rig = Rig::live(pods());
    rig.fail(TransportErrorKind::Reset).until_sent().open().advance(secs(5)).end().settle();
    let freshness = rig.watcher.freshness();
    assert!(freshness.trouble.is_none() && freshness.trouble_since.is_none(), "{freshness:?}");
    rig.advance(secs(1)).fail(TransportErrorKind::Refused);
    let freshness = rig.watcher.freshness();
    assert_eq!(freshness.trouble_since, Some(rig.now));
}
