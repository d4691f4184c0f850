//! Reading one's own writes: the version of a store, the book of pending writes, and the gate of the work queue.

use core::time::Duration;

use futures_util::StreamExt;
use serde_json::json;
use tokio::time::{Instant, timeout};
use watch_hyper::watch_core::{Config, Event, Object, Resource, ResourceVersion, Written};
use watch_hyper::{Ended, PendingWrites, Store, Transport, Watch, WorkQueue};
use watch_test::InProcessServer;

use crate::fake::{Fake, Part, Reply, by_list, frame, list, pod};

const SECOND: Duration = Duration::from_secs(1);

fn version(text: &str) -> ResourceVersion {
    ResourceVersion::new(text).unwrap()
}

fn shown(name: &str, version: u32) -> Event {
    let metadata = json!({"name": name, "namespace": "default", "resourceVersion": version.to_string()});
    Event::Modified(Object::parse(json!({ "metadata": metadata }).to_string().into()).unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_store_has_every_version_that_was_waited_for() {
    let bookmark = r#"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"20"}}}"#;
    let fake = Fake::new([
        Reply::Head(200, vec![list(10, &[pod("a", 3)]).as_str().into()]),
        Reply::Head(200, vec![frame("MODIFIED", "a", 12).as_str().into(), bookmark.into(), Part::Fails("cut".into())]),
    ]);
    let (mut watch, store): (_, Store<Object>) = Watch::new(fake.transport(), by_list()).store();
    let is_reached = async |text: &str| timeout(SECOND, store.wait_for_version(&version(text))).await.is_ok();
    assert!(!is_reached("x").await, "not before the list");
    for _ in 0..3 {
        watch.next().await.unwrap().unwrap();
    }
    assert!(is_reached("10").await && is_reached("3").await && !is_reached("11").await);
    assert!(is_reached("x").await, "a version without order counts as reached");
    watch.next().await.unwrap().unwrap();
    assert!(is_reached("12").await && !is_reached("13").await);
    watch.next().await.unwrap().unwrap();
    assert!(is_reached("20").await, "by a bookmark");
    let later = version("21");
    drop(watch);
    let ended: Result<(), Ended> = store.wait_for_version(&later).await;
    let ended = ended.unwrap_err();
    assert_eq!((ended.done(), ended.to_string().as_str()), (None, "the watch of the store was dropped"));
}

#[tokio::test(start_paused = true)]
async fn a_key_is_held_back_until_its_write_is_visible() {
    let (queue, writes) = (WorkQueue::new(), PendingWrites::new());
    queue.gate(&writes, |name: &&str| (Some("default"), name));
    queue.start();
    writes.wrote(Written::new(Some("default"), "a"), &version("7"));
    queue.add("a");
    queue.add("b");
    // Another key isn't held back.
    let turn = queue.next().await.unwrap();
    assert_eq!(*turn.key(), "b");
    turn.succeeded();
    let begin = Instant::now();
    let worker = async { queue.next().await.unwrap().succeeded() };
    let watch = async {
        tokio::time::sleep(SECOND).await;
        writes.observe(&shown("a", 6));
        tokio::time::sleep(SECOND).await;
        writes.observe(&shown("a", 7));
    };
    tokio::join!(worker, watch);
    assert_eq!(begin.elapsed(), 2 * SECOND);
    assert!(queue.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_key_is_held_back_no_longer_than_the_timeout() {
    let (queue, writes) = (WorkQueue::new(), PendingWrites::with_timeout(3 * SECOND));
    queue.gate(&writes, |name: &&str| (None, name));
    queue.start();
    writes.wrote(Written::new(None, "a"), &version("7"));
    queue.add("a");
    let begin = Instant::now();
    queue.next().await.unwrap().succeeded();
    assert_eq!(begin.elapsed(), 3 * SECOND);
    assert!(queue.is_empty() && queue.failures(&"a") == 0);
    // What becomes visible later gives no second turn.
    writes.wrote(Written::new(None, "b"), &version("7"));
    writes.observe(&Event::Bookmark { resource_version: version("9") });
    assert!(timeout(SECOND, queue.next()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_lags_holds_the_writes_back() {
    let server = InProcessServer::start();
    let write = |n: u32| {
        let object = match n {
            0 => server.create("configmaps", Some("default"), json!({"metadata": {"name": "a"}})),
            _ => server.patch("configmaps", Some("default"), "a", json!({"data": {"n": n.to_string()}})),
        };
        version(object.unwrap()["metadata"]["resourceVersion"].as_str().unwrap())
    };
    write(0);
    let config = Config::builder(Resource::core("v1", "configmaps")).namespace("default").build().unwrap();
    let (mut reflector, store): (_, Store<Object>) = Watch::new(Transport::new(server.service()), config).store();
    let writes = PendingWrites::with_timeout(60 * SECOND);
    reflector.handle_mut().track_writes(&writes);
    tokio::spawn(reflector.drive());
    store.ready().await.unwrap();

    server.with(|server, now| server.set_lagging(now, 0, true));
    let wrote = write(1);
    writes.wrote(Written::new(Some("default"), "a"), &wrote);
    let caught_up = || writes.caught_up(Some("default"), "a");
    assert!(timeout(2 * SECOND, caught_up()).await.is_err(), "the watch doesn't have it");
    assert!(store.get(Some("default"), "a").unwrap().resource_version().is_before(&wrote));
    server.with(|server, now| server.set_lagging(now, 0, false));
    timeout(5 * SECOND, caught_up()).await.unwrap();
    assert_eq!(store.get(Some("default"), "a").unwrap().resource_version(), &wrote, "the store has it too");
}
