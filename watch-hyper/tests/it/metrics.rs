//! Numbers through the `metrics` facade.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::StreamExt;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use watch_hyper::RawWatch;

use crate::fake::{Fake, Part, Reply, by_list, frame, list, pod};

const GONE: &str = r#"{"kind":"Status","status":"Failure","reason":"Expired","code":410,"message":"too old"}"#;

#[test]
fn what_a_watch_does_is_counted() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(watch());
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
        ("watch_requests_total target=pods in default verb=LIST", 2),
        ("watch_requests_total target=pods in default verb=WATCH", 3),
        ("watch_restarts_total cause=version expired target=pods in default", 1),
        ("watch_retries_total target=pods in default", 2),
    ];
    assert_eq!(counted, expected.map(|(name, count)| (name.to_owned(), count)).into());
}

/// A set, a change, trouble, and the set again. The restart is told behind the set, so one more event is asked for.
async fn watch() {
    let fake = Fake::new([
        Reply::Head(200, vec![list(10, &[pod("a", 5)]).as_str().into()]),
        Reply::Head(200, vec![frame("ADDED", "b", 11).as_str().into(), Part::Fails("cut".into())]),
        Reply::Head(410, vec![GONE.into()]),
        Reply::Head(200, vec![list(20, &[pod("a", 5), pod("b", 11)]).as_str().into()]),
    ]);
    let mut watch = RawWatch::new(fake.transport(), by_list());
    for _ in 0..8 {
        watch.next().await.unwrap();
    }
    assert!(futures_util::poll!(watch.next()).is_pending());
}
