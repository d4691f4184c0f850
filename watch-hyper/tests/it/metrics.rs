//! Metrics, through the `metrics` facade.

use core::time::Duration;
use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::StreamExt;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use watch_hyper::watch_core::{Config, ConfigBuilder, Event, InitialList, Object, Start};
use watch_hyper::{Watch, wait_for};

use crate::fake::{Fake, GONE, Part, Reply, by_list, frame, list, pod, pods};

const FORBIDDEN: &str = r#"{"kind":"Status","status":"Failure","reason":"Forbidden","code":403,"message":"no"}"#;

#[test]
fn requests_events_and_trouble_are_counted() {
    let mut counted = counted(async {
        // The time of the last sync is that of the stalest watch of this target in the process, which runs other tests too.
        let config = pods().namespace("counted").start(Start::InitialList(InitialList::List)).build().unwrap();
        let mut watch = Watch::<Object>::new(fake().transport(), config);
        walk(&mut watch).await;
        // Its end would be counted too.
        core::mem::forget(watch);
    });
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let synced = counted.remove("watch_synced_timestamp_seconds target=pods in counted").unwrap();
    assert!((now - 60..=now).contains(&synced), "{synced}");
    let body = counted.remove("watch_body_bytes_total target=pods in counted").unwrap();
    assert!(body > 500);
    assert_eq!(counted.remove("watch_wire_bytes_total target=pods in counted"), Some(body), "nothing was compressed");
    // Counters without increases exist as well, so that Prometheus sees the first increase.
    for begins_at_0 in [
        "watch_needs_attention_total cause=status status=403 target=pods in counted",
        "watch_decode_errors_total target=pods in counted",
        "watch_ends_total cause=dropped target=pods in counted",
        "watch_ends_total cause=refused target=pods in counted",
        "watch_events_total target=pods in counted type=DELETED",
        "watch_fallbacks_total target=pods in counted",
        "watch_needs_attention target=pods in counted",
        "watch_relists_total cause=rollback target=pods in counted",
        "watch_relists_total cause=out_of_order target=pods in counted",
        "watch_retries_total cause=connect status= target=pods in counted",
        "watch_retries_total cause=unexpected_response status= target=pods in counted",
        "watch_retries_total cause=status status=other target=pods in counted",
        "watch_retries_total cause=status status=429 target=pods in counted",
    ] {
        assert_eq!(counted.get(begins_at_0), Some(&0), "{begins_at_0}");
    }
    counted.retain(|name, value| *value > 0 || name.starts_with("watch_phase"));
    let expected = [
        ("watch_attempts target=pods in counted", 2),
        ("watch_gap_seconds target=pods in counted", 1),
        ("watch_events_total target=pods in counted type=ADDED", 1),
        ("watch_events_total target=pods in counted type=INITIAL", 3),
        ("watch_phase phase=backing off target=pods in counted", 0),
        ("watch_phase phase=listing target=pods in counted", 0),
        ("watch_phase phase=live target=pods in counted", 0),
        ("watch_phase phase=opening target=pods in counted", 1),
        ("watch_phase phase=refused target=pods in counted", 0),
        ("watch_phase phase=starting target=pods in counted", 0),
        // A version check is a LIST.
        ("watch_requests_total target=pods in counted verb=LIST", 3),
        ("watch_requests_total target=pods in counted verb=WATCH", 3),
        ("watch_response_seconds target=pods in counted verb=LIST", 3),
        ("watch_response_seconds target=pods in counted verb=WATCH", 2),
        ("watch_relists_total cause=expired target=pods in counted", 1),
        ("watch_retries_total cause=status status=410 target=pods in counted", 1),
        ("watch_retries_total cause=transport status= target=pods in counted", 1),
        ("watch_list_seconds target=pods in counted verb=LIST", 2),
    ];
    assert_eq!(counted, expected.map(|(name, count)| (name.to_owned(), count)).into());
}

/// An increase of a series that wasn't there before is none to Prometheus. And what a server or an object chooses is in
/// no label: the lines are few, and as many whatever happens.
#[test]
fn no_counter_appears_only_when_the_trouble_happens() {
    let (mut before, mut after) = (BTreeMap::new(), BTreeMap::new());
    let recorder = DebuggingRecorder::new();
    let recorder = &recorder;
    run(recorder, async {
        let status = |http: u16, code: u32| {
            let body = format!(r#"{{"kind":"Status","status":"Failure","code":{code}}}"#);
            Reply::Head(http, vec![body.as_str().into()])
        };
        let set = |version| Reply::Head(200, vec![list(version, &[]).as_str().into()]);
        let plain = |code| Reply::Plain(code, "text/html".into(), "<html>".into());
        let unnumbered = || Reply::Head(200, vec![r#"{"kind":"PodList","metadata":{},"items":[]}"#.into()]);
        let mut replies = vec![Reply::Fails("cut".into()), unnumbered(), Reply::Head(200, vec!["{".into()])];
        replies.extend([200, 403, 404, 429, 503, 599].map(plain));
        replies.extend([0, 1, 409, 418, 401, 401, 401, 403, 404, 431, 599, 65535].map(|code| status(500, code)));
        replies.extend([set(10), Reply::Head(200, vec![frame("ADDED", "a", 12).as_str().into()])]);
        replies.extend([frame("ADDED", "b", 3)].map(|old| Reply::Head(200, vec![old.as_str().into()])));
        replies.extend([set(20), status(410, 410), set(30)]);
        let mut watch = Watch::<Object>::new(Fake::new(replies).transport(), by_list());
        assert!(futures_util::poll!(watch.next()).is_pending());
        before = values(recorder);
        _ = tokio::time::timeout(Duration::from_secs(3600), async { while watch.next().await.is_some() {} }).await;
        after = values(recorder);
    });
    let counters = |values: &BTreeMap<String, u64>| -> Vec<String> {
        values.keys().filter(|name| name.contains("_total")).cloned().collect()
    };
    assert_eq!(counters(&before), counters(&after));
    assert!(before.len() <= 75, "{}: {:?}", before.len(), before.keys());
    let moved = after.iter().filter(|(name, value)| name.contains("cause") && **value > 0).count();
    assert!(moved >= 8, "{after:?}");
}

/// Repeats, and events older than what was seen, although most of them are neither items nor notices.
#[test]
fn violations_of_the_protocol_are_counted() {
    let counted = counted(async {
        let body = [frame("ADDED", "a", 5), frame("ADDED", "b", 9), frame("ADDED", "b", 9), frame("ADDED", "b", 9)];
        let fake = Fake::new([
            Reply::Head(200, vec![list(9, &[pod("a", 5), pod("b", 9)]).as_str().into()]),
            Reply::Head(200, vec![body.concat().as_str().into(), Part::Hangs]),
        ]);
        let mut watch = Watch::<Object>::new(fake.transport(), by_list());
        for _ in 0..6 {
            watch.next().await.unwrap().unwrap();
        }
        assert!(futures_util::poll!(watch.next()).is_pending());
        assert_eq!((watch.handle().counters().duplicates, watch.handle().counters().regressions), (2, 1));
        core::mem::forget(watch);
    });
    assert_eq!(counted.get("watch_duplicates_total target=pods in default"), Some(&2), "{counted:?}");
    assert_eq!(counted.get("watch_regressions_total target=pods in default"), Some(&1), "{counted:?}");
}

#[test]
fn watches_differ_by_selector_and_equal_ones_are_summed() {
    let counted = counted(async {
        let live = || Fake::new([Reply::Head(200, vec![Part::Hangs])]).transport();
        let selecting = || from_1_where(|config| config.labels("app=web"));
        let watches = [
            Watch::<Object>::new(live(), selecting()),
            Watch::<Object>::new(live(), selecting()),
            Watch::<Object>::new(Fake::default().transport(), from_1_where(|config| config.fields("spec.nodeName=n1"))),
            // One watch has ended before they are counted, the other one was dropped.
            Watch::<Object>::new(live(), selecting()),
            Watch::<Object>::new(live(), selecting()),
        ];
        let mut watches: Vec<_> = watches.into_iter().collect();
        for watch in &mut watches {
            assert!(futures_util::poll!(watch.next()).is_pending());
        }
        drop(watches.pop());
        watches[3].handle().stop();
        assert!(watches[3].next().await.is_none());
        core::mem::forget(watches);
    });
    let live = "watch_phase label_selector=app phase=live target=pods in default";
    assert_eq!(counted.get(live), Some(&2), "{counted:?}");
    // Without the value, which is the name of an object.
    let opening = "watch_phase field_selector=spec.nodeName phase=opening target=pods in default";
    assert_eq!(counted.get(opening), Some(&1), "{counted:?}");
    for cause in ["dropped", "stopped"] {
        let ended = format!("watch_ends_total cause={cause} label_selector=app target=pods in default");
        assert_eq!(counted.get(&ended), Some(&1), "{counted:?}");
    }
}

#[test]
fn labels_have_no_object_names_and_waits_are_opt_in() {
    let config = |name: &str| {
        let config = pods().name(name).deadline(Duration::from_secs(60)).start(Start::InitialList(InitialList::List));
        config.build().unwrap()
    };
    let wait = async |name: &str, is_metered: Option<bool>| {
        let mut transport = Fake::new([Reply::Head(200, vec![list(10, &[]).as_str().into()])]).transport();
        if let Some(is_metered) = is_metered {
            transport = transport.metered(is_metered);
        }
        wait_for(transport, config(name), |pod: Option<&Object>| pod.is_none()).await.unwrap();
    };
    let nothing = counted(async {
        for number in 0..200 {
            wait(&format!("web-{number}"), None).await;
        }
        let mut unmetered = Watch::<Object>::new(fake().transport().metered(false), by_list());
        walk(&mut unmetered).await;
    });
    assert_eq!(nothing, BTreeMap::new());
    let lines = async |names: u32| {
        for number in 0..names {
            wait(&format!("web-{number}"), Some(true)).await;
            let mut watch = Watch::<Object>::new(fake().transport(), config(&format!("db-{number}")));
            walk(&mut watch).await;
        }
    };
    let (few, many) = (counted(lines(1)), counted(lines(20)));
    assert_eq!(few.keys().collect::<Vec<_>>(), many.keys().collect::<Vec<_>>());
    assert!(!many.keys().any(|name| name.contains("web") || name.contains("db-")), "{many:?}");
}

#[test]
fn attention_and_failures_are_exported_until_they_end() {
    let forbidden = || Reply::Head(403, vec![FORBIDDEN.into()]);
    let (mut during, mut after) = (BTreeMap::new(), BTreeMap::new());
    let recorder = DebuggingRecorder::new();
    run(&recorder, async {
        let transport = || Fake::new([forbidden(), forbidden()]).transport();
        let mut watches = [Watch::<Object>::new(transport(), by_list()), Watch::<Object>::new(transport(), by_list())];
        for watch in &mut watches {
            _ = tokio::time::timeout(Duration::from_secs(4), watch.next()).await;
        }
        during = values(&recorder);
        drop(watches);
        after = values(&recorder);
    });
    let gauge = |name: &str| format!("{name} target=pods in default");
    assert_eq!(during[&gauge("watch_needs_attention")], 2, "{during:?}");
    assert_eq!(during[&gauge("watch_attempts")], 4, "{during:?}");
    assert_eq!(after[&gauge("watch_needs_attention")], 0, "{after:?}");
    assert_eq!(after[&gauge("watch_attempts")], 0, "{after:?}");
    assert_eq!(during["watch_needs_attention_total cause=status status=403 target=pods in default"], 2, "{during:?}");
}

/// Of watches with the same labels, the one with the largest lag is shown, without ended watches. The timestamp of one
/// that always has an event advances too.
#[test]
fn freshness_is_that_of_the_stalest_watch() {
    let recorder = DebuggingRecorder::new();
    let shown = || -> Option<f64> {
        recorder.snapshotter().snapshot().into_vec().into_iter().find_map(|(key, _, _, value)| match value {
            DebugValue::Gauge(value) if key.key().name() == "watch_synced_timestamp_seconds" => {
                Some(value.into_inner())
            }
            _ => None,
        })
    };
    // tokio's clock, which is paused, measures the lag; the wall clock doesn't advance in between.
    let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    let ago = || (began - shown().expect("it is there")).round();
    run(&recorder, async {
        // Names of their own: other tests of this process have watches of pods.
        let config = || pods().namespace("largest-lag").start(Start::InitialList(InitialList::List)).build().unwrap();
        let one_list = || Reply::Head(200, vec![list(10, &[]).as_str().into()]);
        let mut stuck = Watch::<Object>::new(Fake::default().transport(), config());
        assert!(futures_util::poll!(stuck.next()).is_pending());
        assert!(ago().abs() <= 1.0, "one that never was up to date is as old as it is itself");

        let frames: Vec<Part> = (11..15).map(|version| frame("MODIFIED", "a", version).as_str().into()).collect();
        let mut busy = Watch::<Object>::new(Fake::new([one_list(), Reply::Head(200, frames)]).transport(), config());
        for _ in 0..2 {
            busy.next().await.unwrap().unwrap();
        }
        tokio::time::advance(Duration::from_secs(100)).await;
        assert!(futures_util::poll!(stuck.next()).is_pending());
        let before = shown();
        busy.next().await.unwrap().unwrap();
        assert_eq!(shown(), before, "the other one is no further");
        drop(stuck);
        // It gets the events that were ready, without a wait in between.
        busy.next().await.unwrap().unwrap();
        assert!(ago().abs() <= 1.0, "{}", ago());
        drop(busy);
        assert!(shown().is_some_and(f64::is_nan), "no watch is left");
    });
}

#[test]
fn objects_of_the_wrong_type_are_counted_however_read() {
    #[derive(serde::Deserialize)]
    struct Number {
        #[expect(dead_code, reason = "there is none")]
        number: u32,
    }
    let counted = counted(async {
        let transport = || Fake::new([Reply::Head(200, vec![list(10, &[pod("a", 5)]).as_str().into()])]).transport();
        let mut watch = Watch::<Number>::new(transport(), by_list());
        while !matches!(watch.next().await, Some(Err(_))) {}
        let mut changes = Watch::<Number>::new(transport(), by_list()).changes();
        while !matches!(changes.next().await, Some(Err(_))) {}
        let (mut stored, _) = Watch::<Number>::new(transport(), by_list()).store();
        while !matches!(stored.next().await, Some(Err(_))) {}
    });
    assert_eq!(counted["watch_decode_errors_total target=pods in default"], 3);
}

#[cfg(feature = "gzip")]
#[tokio::test]
async fn bytes_on_the_wire_and_bytes_of_bodies_are_counted_each() {
    use std::io::Write;

    use flate2::write::GzEncoder;

    use crate::server::{Server, Speech, answer};

    let text = list(10, &(0..100).map(|number| pod(&format!("pod-{number}"), number + 1)).collect::<Vec<_>>());
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    let compressed = encoder.finish().unwrap();
    let length = compressed.len() as u64;
    let server = Server::start(Speech::default(), move |_| {
        let mut answer = answer(200, compressed.clone());
        answer.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
        answer
    })
    .await;
    let recorder = DebuggingRecorder::new();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let client = watch_hyper::Client::builder(&server.url("http")).build().unwrap();
    let mut watch = Watch::<Object>::new(client, by_list());
    while !matches!(watch.next().await, Some(Ok(Event::InitialEnd { .. }))) {}
    let counted = values(&recorder);
    assert_eq!(counted["watch_body_bytes_total target=pods in default"], text.len() as u64);
    assert_eq!(counted["watch_wire_bytes_total target=pods in default"], length);
}

fn from_1_where(choose: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> Config {
    choose(pods()).start(Start::From("1".parse().unwrap())).build().unwrap()
}

/// All numbers after this.
fn counted(what: impl Future<Output = ()>) -> BTreeMap<String, u64> {
    let recorder = DebuggingRecorder::new();
    run(&recorder, what);
    values(&recorder)
}

fn run(recorder: &DebuggingRecorder, what: impl Future<Output = ()>) {
    metrics::with_local_recorder(recorder, || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(what);
    });
}

fn values(recorder: &DebuggingRecorder) -> BTreeMap<String, u64> {
    let mut counted = BTreeMap::new();
    for (key, _, _, value) in recorder.snapshotter().snapshot().into_vec() {
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

/// A list, a change, trouble, and a relist. The relist is reported after the list, so one more event is polled.
async fn walk(watch: &mut Watch) {
    for _ in 0..8 {
        watch.next().await.unwrap().unwrap();
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
