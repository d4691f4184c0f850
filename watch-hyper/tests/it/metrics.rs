//! Numbers through the `metrics` facade.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::StreamExt;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use watch_hyper::RawWatch;
use watch_hyper::watch_core::{Config, ConfigBuilder, Start};

use crate::fake::{Fake, Part, Reply, by_list, frame, list, pod, pods};

const GONE: &str = r#"{"kind":"Status","status":"Failure","reason":"Expired","code":410,"message":"too old"}"#;

#[test]
fn what_a_watch_does_is_counted() {
    let mut counted = counted(async {
        let mut watch = RawWatch::new(fake().transport(), by_list());
        walk(&mut watch).await;
        // Its end would be counted too.
        core::mem::forget(watch);
    });
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let synced = counted.remove("watch_synced_timestamp_seconds target=pods in default").unwrap();
    assert!((now - 60..=now).contains(&synced), "{synced}");
    assert!(counted.remove("watch_bytes_total target=pods in default").unwrap() > 500);
    let expected = [
        ("watch_blind_seconds target=pods in default", 1),
        ("watch_events_total target=pods in default type=ADDED", 1),
        ("watch_events_total target=pods in default type=INITIAL", 3),
        ("watch_phase phase=backing off target=pods in default", 0),
        ("watch_phase phase=listing target=pods in default", 0),
        ("watch_phase phase=live target=pods in default", 0),
        ("watch_phase phase=opening target=pods in default", 1),
        ("watch_phase phase=refused target=pods in default", 0),
        // A version check is a LIST.
        ("watch_requests_total target=pods in default verb=LIST", 3),
        ("watch_requests_total target=pods in default verb=WATCH", 3),
        ("watch_restarts_total cause=version expired target=pods in default", 1),
        ("watch_retries_total target=pods in default", 2),
    ];
    assert_eq!(counted, expected.map(|(name, count)| (name.to_owned(), count)).into());
}

/// What the server repeats, and what is older than what was seen, though most of it is no item and no notice.
#[test]
fn what_a_server_does_that_it_should_not_is_counted() {
    let counted = counted(async {
        let body = [frame("ADDED", "a", 5), frame("ADDED", "b", 9), frame("ADDED", "b", 9), frame("ADDED", "b", 9)];
        let fake = Fake::new([
            Reply::Head(200, vec![list(9, &[pod("a", 5), pod("b", 9)]).as_str().into()]),
            Reply::Head(200, vec![body.concat().as_str().into(), Part::Hangs]),
        ]);
        let mut watch = RawWatch::new(fake.transport(), by_list());
        for _ in 0..6 {
            watch.next().await.unwrap();
        }
        assert!(futures_util::poll!(watch.next()).is_pending());
        assert_eq!((watch.counters().duplicates, watch.counters().regressions), (2, 1));
        core::mem::forget(watch);
    });
    assert_eq!(counted.get("watch_duplicates_total target=pods in default"), Some(&2), "{counted:?}");
    assert_eq!(counted.get("watch_regressions_total target=pods in default"), Some(&1), "{counted:?}");
}

#[test]
fn watches_are_told_apart_by_selectors_and_counted_where_they_are_alike() {
    let counted = counted(async {
        let live = || Fake::new([Reply::Head(200, vec![Part::Hangs])]).transport();
        let selecting = || from_1_where(|config| config.labels("app=web"));
        let watches = [
            RawWatch::new(live(), selecting()),
            RawWatch::new(live(), selecting()),
            RawWatch::new(Fake::default().transport(), from_1_where(|config| config.fields("spec.nodeName=n1"))),
            // This one is over before they are counted, and that one gone.
            RawWatch::new(live(), selecting()),
            RawWatch::new(live(), selecting()),
        ];
        let mut watches: Vec<_> = watches.into_iter().collect();
        for watch in &mut watches {
            assert!(futures_util::poll!(watch.next()).is_pending());
        }
        drop(watches.pop());
        watches[3].stop();
        assert!(watches[3].next().await.is_none());
        core::mem::forget(watches);
    });
    let live = "watch_phase label_selector=app=web phase=live target=pods in default";
    assert_eq!(counted.get(live), Some(&2), "{counted:?}");
    let opening = "watch_phase field_selector=spec.nodeName=n1 phase=opening target=pods in default";
    assert_eq!(counted.get(opening), Some(&1), "{counted:?}");
}

fn from_1_where(choose: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> Config {
    choose(pods()).start(Start::From("1".parse().unwrap())).build().unwrap()
}

/// All numbers, as they stand behind this.
fn counted(what: impl Future<Output = ()>) -> BTreeMap<String, u64> {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(what);
    });
    let mut counted = BTreeMap::new();
    for (key, _, _, value) in snapshotter.snapshot().into_vec() {
        let labels = key.key().labels();
        let mut labels: Vec<_> = labels.map(|label| format!("{}={}", label.key(), label.value())).collect();
        labels.sort();
        let value = match value {
            DebugValue::Counter(count) => count,
            DebugValue::Histogram(values) => values.len() as u64,
            DebugValue::Gauge(value) => value.into_inner() as u64,
        };
        counted.insert(format!("{} {}", key.key().name(), labels.join(" ")), value);
    }
    counted
}

/// A set, a change, trouble, and the set again. The restart is told behind the set, so one more event is asked for.
async fn walk(watch: &mut RawWatch) {
    for _ in 0..8 {
        watch.next().await.unwrap();
    }
    assert!(futures_util::poll!(watch.next()).is_pending());
}

fn fake() -> Fake {
    Fake::new([
        Reply::Head(200, vec![list(10, &[pod("a", 5)]).as_str().into()]),
        Reply::Head(200, vec![frame("ADDED", "b", 11).as_str().into(), Part::Fails("cut".into())]),
        Reply::Head(410, vec![GONE.into()]),
        Reply::Head(200, vec![list(20, &[pod("a", 5), pod("b", 11)]).as_str().into()]),
    ])
}
