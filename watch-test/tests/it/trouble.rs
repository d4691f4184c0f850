//! Outages of a server: restarts, restored stores, lagging caches, watches that end.

use core::time::Duration;

use serde_json::{Value, json};
use watch_test::fault::Fault;
use watch_test::model::{Access, Anonymous, Config, End, Window};

use crate::common::paths::PODS;
use crate::common::{World, get};

#[test]
fn a_slow_watch_gets_what_was_buffered_and_a_clean_end() {
    let mut config = Config::default();
    config.backlog_limit = Some(3);
    let mut world = World::with_pods(0, config);
    let id = world.watch(&format!("{PODS}?watch=1"));
    assert_eq!(world.read(id), "");
    for index in 0..10 {
        world.create("pods", json!({"metadata": {"name": format!("p{index}")}}));
    }
    let reply = world.finish(id);
    assert_eq!((reply.events().len(), reply.end), (3, End::Complete));
}

#[test]
fn watches_end_in_order_cut_or_reset() {
    let mut world = World::with_pods(1, Config::default());
    let mut end = |how: fn(&mut World)| {
        let id = world.watch(&format!("{PODS}?watch=1"));
        world.read(id);
        how(&mut world);
        world.finish(id).end
    };
    assert_eq!(end(|world| world.server.end_watches()), End::Complete);
    assert_eq!(end(|world| world.server.disconnect()), End::Cut);
    assert_eq!(end(|world| world.server.reset()), End::Reset);
    assert_eq!(world.server.open_watches(), 0);
}

#[test]
fn after_a_restart_idle_resources_have_expired() {
    let mut world = World::with_pods(1, Config::default());
    let id = world.watch(&format!("{PODS}?watch=1"));
    world.read(id);
    world.server.restart(5);
    assert_eq!(world.finish(id).end, End::Cut);
    let reply = world.get(&format!("{PODS}?watch=1&resourceVersion=203"));
    assert_eq!(reply.events(), ["ERROR 410 too old resource version: 203 (208)"]);
    assert_eq!(world.get(PODS).json()["items"].as_array().map(Vec::len), Some(1));
}

#[test]
fn after_a_restore_other_writes_get_the_same_versions() {
    let mut world = World::with_pods(3, Config::default());
    world.server.restore(203);
    assert_eq!(world.server.resource_version(), 203);
    assert_eq!(world.server.objects("pods").len(), 1);
    // A watch from version 205 gets nothing, not even an error.
    let id = world.watch(&format!("{PODS}?watch=1&resourceVersion=205"));
    for name in ["x", "y", "z"] {
        world.create("pods", json!({"metadata": {"name": name}}));
    }
    assert_eq!(world.read_events(id), ["ADDED z@206"]);
    let late = world.get(&format!("{PODS}?resourceVersion=207&resourceVersionMatch=NotOlderThan"));
    assert_eq!((late.status, late.head_at), (504, Duration::from_secs(3)));
}

#[test]
fn a_store_restored_behind_the_caches_contradicts_them() {
    let mut world = World::with_pods(3, Config::default());
    world.patch("pods", "p0", json!({"metadata": {"labels": {"a": "undone"}}}));
    let id = world.watch(&format!("{PODS}?watch=1&resourceVersion=206"));
    world.server.restore_behind(204);
    world.patch("pods", "p0", json!({"metadata": {"labels": {"a": "true"}}}));
    let label = |object: &Value| object["metadata"]["labels"]["a"].clone();
    let list = world.get(PODS).json();
    assert_eq!((&list["metadata"]["resourceVersion"], label(&list["items"][0])), (&json!("206"), json!("undone")));
    assert_eq!(label(&world.get(&format!("{PODS}/p0")).json()), "true");
    assert_eq!(world.read(id), "");
    world.create("pods", json!({"metadata": {"name": "unseen"}}));
    world.create("pods", json!({"metadata": {"name": "seen"}}));
    assert_eq!(world.read_events(id), ["ADDED seen@207"]);
    // A restart refills the caches, which are correct then.
    world.server.restart(0);
    let list = world.get(PODS).json();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(4));
}

#[test]
fn a_lagging_replica_shows_the_past_and_catches_up() {
    let mut world = World::with_pods(1, Config::default());
    world.server.set_lagging(world.now, 1, true);
    world.create("pods", json!({"metadata": {"name": "new"}}));
    world.server.inject(Fault::Replica { number: 1 });
    let count = |reply: crate::common::Reply| reply.json()["items"].as_array().map(Vec::len);
    assert_eq!(count(world.get(&format!("{PODS}?resourceVersion=0"))), Some(1));
    // Consistent reads are served from the store.
    assert_eq!(count(world.get(PODS)), Some(2));
    let id = world.watch(&format!("{PODS}?watch=1&resourceVersion=203"));
    assert_eq!(world.read(id), "");
    let late = world.get(&format!("{PODS}?resourceVersion=204&resourceVersionMatch=NotOlderThan"));
    assert_eq!(late.json()["message"], "Timeout: Too large resource version: 204, current: 203");
    world.server.set_lagging(world.now, 1, false);
    assert_eq!(world.read_events(id), ["ADDED new@204"]);
}

#[test]
fn a_cache_that_is_not_ready_answers_429() {
    let mut world = World::with_pods(2, Config::default());
    world.server.set_unready_for(world.now, "pods", Duration::from_secs(60));
    world.now += Duration::from_secs(40);
    let reply = world.get(&format!("{PODS}?watch=1"));
    assert_eq!((reply.status, reply.header("retry-after")), (429, Some("11")));
    // A page without selectors isn't read from the cache.
    assert_eq!(world.get(&format!("{PODS}?limit=1")).status, 200);
    world.now += Duration::from_secs(20);
    assert_eq!(world.get(PODS).status, 200);
}

#[test]
fn tokens_change() {
    let mut access = Access::default();
    access.anonymous = Anonymous::Unauthorized;
    access.tokens.insert("old".into(), "me".into());
    let mut config = Config::default();
    config.access = access.clone();
    let mut world = World::new(config);
    let ask = |world: &mut World, token: &str| {
        let mut request = get(PODS, "application/json");
        request.headers_mut().insert("authorization", format!("Bearer {token}").parse().expect("a header"));
        world.ask(request).status
    };
    assert_eq!((ask(&mut world, "old"), ask(&mut world, "new")), (200, 401));
    access.tokens = [("new".to_owned(), "me".to_owned())].into();
    world.server.set_access(access);
    assert_eq!((ask(&mut world, "old"), ask(&mut world, "new")), (401, 200));
}

#[test]
fn expiring_up_to_a_version_leaves_what_came_after() {
    let mut config = Config::default();
    config.window = Window::Events(100);
    let mut world = World::with_pods(5, config);
    world.server.expire_before(205);
    let watch = |version: u64| format!("{PODS}?watch=1&timeoutSeconds=1&resourceVersion={version}");
    assert_eq!(world.get(&watch(204)).events(), ["ERROR 410 too old resource version: 204 (205)"]);
    assert_eq!(world.get(&watch(205)).events(), ["ADDED p3@206", "ADDED p4@207"]);
}
