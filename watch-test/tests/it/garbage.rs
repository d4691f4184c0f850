//! Garbage collection by `ownerReferences`, step by step.

use core::time::Duration;

use serde_json::{Value, json};
use watch_test::model::Controllers;

use crate::common::paths::MAPS;
use crate::common::{World, ask};

/// Creates a map with these owners. Returns a reference to it as an owner.
fn map(world: &mut World, name: &str, owners: &[&Value]) -> Value {
    let created = world.create("configmaps", json!({"metadata": {"name": name, "ownerReferences": owners}}));
    json!({"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": created["metadata"]["uid"]})
}

fn blocking(owner: &Value) -> Value {
    let mut owner = owner.clone();
    owner["blockOwnerDeletion"] = true.into();
    owner
}

fn names(world: &World) -> Vec<String> {
    let objects = world.server.objects("configmaps");
    objects.iter().map(|map| map["metadata"]["name"].as_str().expect("a name").to_owned()).collect()
}

fn finalizers(world: &mut World, name: &str) -> Value {
    world.get(&format!("{MAPS}/{name}")).json()["metadata"]["finalizers"].clone()
}

fn owners(world: &mut World, name: &str) -> Vec<String> {
    let map = world.get(&format!("{MAPS}/{name}")).json();
    let owners = map["metadata"]["ownerReferences"].as_array().cloned().unwrap_or_default();
    owners.iter().map(|owner| owner["name"].as_str().expect("a name").to_owned()).collect()
}

fn delete(world: &mut World, name: &str, policy: &str) -> Value {
    let query = if policy.is_empty() { String::new() } else { format!("?propagationPolicy={policy}") };
    ask(world, "DELETE", &format!("{MAPS}/{name}{query}"), "", "").json()
}

/// Makes passes until there is no work left. Returns their number.
fn collect(world: &mut World) -> usize {
    (1..100).find(|_| !world.server.collect_garbage(world.now)).expect("an end")
}

#[test]
fn in_the_background_the_owner_goes_first() {
    let mut world = World::with_controllers(Controllers::manual());
    let owner = map(&mut world, "owner", &[]);
    let child = map(&mut world, "child", &[&blocking(&owner)]);
    map(&mut world, "grandchild", &[&child]);
    delete(&mut world, "owner", "Background");
    assert_eq!(names(&world), ["child", "grandchild"]);
    world.server.collect_garbage(world.now);
    assert_eq!(names(&world), ["grandchild"]);
    world.server.collect_garbage(world.now);
    assert!(names(&world).is_empty());
}

#[test]
fn without_a_policy_it_is_as_in_the_background() {
    let mut world = World::with_controllers(Controllers::manual());
    let owner = map(&mut world, "owner", &[]);
    map(&mut world, "child", &[&owner]);
    assert_eq!(delete(&mut world, "owner", "")["status"], "Success");
    collect(&mut world);
    assert!(names(&world).is_empty());
}

#[test]
fn in_the_foreground_the_owner_goes_last() {
    let mut world = World::with_controllers(Controllers::manual());
    let owner = map(&mut world, "owner", &[]);
    let child = map(&mut world, "child", &[&blocking(&owner)]);
    map(&mut world, "grandchild", &[&blocking(&child)]);
    map(&mut world, "free", &[&owner]);
    let marked = delete(&mut world, "owner", "Foreground");
    assert_eq!(marked["metadata"]["finalizers"], json!(["foregroundDeletion"]));
    assert_eq!(marked["metadata"]["deletionGracePeriodSeconds"], 0);
    let watch = world
        .watch(&format!("{MAPS}?watch=1&resourceVersion={}", marked["metadata"]["resourceVersion"].as_str().unwrap()));
    // A child with children is deleted in the foreground too; one without is deleted at once.
    world.server.collect_garbage(world.now);
    assert_eq!(names(&world), ["child", "grandchild", "owner"]);
    assert_eq!(finalizers(&mut world, "child"), json!(["foregroundDeletion"]));
    world.server.collect_garbage(world.now);
    assert_eq!(names(&world), ["child", "owner"]);
    world.server.collect_garbage(world.now);
    assert_eq!(names(&world), ["owner"]);
    world.server.collect_garbage(world.now);
    assert!(names(&world).is_empty());
    let events: Vec<String> =
        world.read_events(watch).iter().map(|event| event.split('@').next().unwrap().to_owned()).collect();
    assert_eq!(events, ["MODIFIED child", "DELETED free", "DELETED grandchild", "DELETED child", "DELETED owner"]);
}

#[test]
fn a_dependent_that_does_not_block_is_not_waited_for() {
    let mut world = World::with_controllers(Controllers::manual());
    let owner = map(&mut world, "owner", &[]);
    map(&mut world, "child", &[&owner]);
    let patch = json!({"metadata": {"finalizers": ["x/y"]}});
    world.patch("configmaps", "child", patch);
    delete(&mut world, "owner", "Foreground");
    collect(&mut world);
    assert_eq!(names(&world), ["child"]);
    // A dependent with `blockOwnerDeletion` that has a finalizer keeps its owner.
    let owner = map(&mut world, "owner", &[]);
    map(&mut world, "blocks", &[&blocking(&owner)]);
    world.patch("configmaps", "blocks", json!({"metadata": {"finalizers": ["x/y"]}}));
    delete(&mut world, "owner", "Foreground");
    collect(&mut world);
    assert_eq!(names(&world), ["blocks", "child", "owner"]);
    world.patch("configmaps", "blocks", json!({"metadata": {"finalizers": null}}));
    collect(&mut world);
    assert_eq!(names(&world), ["child"]);
}

#[test]
fn orphans_stay_without_an_owner() {
    let mut world = World::with_controllers(Controllers::manual());
    let owner = map(&mut world, "owner", &[]);
    let other = map(&mut world, "other", &[]);
    map(&mut world, "child", &[&owner]);
    map(&mut world, "shared", &[&owner, &other]);
    let marked = delete(&mut world, "owner", "Orphan");
    assert_eq!(marked["metadata"]["finalizers"], json!(["orphan"]));
    assert_eq!(owners(&mut world, "child"), ["owner"]);
    world.server.collect_garbage(world.now);
    assert_eq!(names(&world), ["child", "other", "shared"]);
    assert!(owners(&mut world, "child").is_empty());
    assert_eq!(owners(&mut world, "shared"), ["other"]);
    collect(&mut world);
    assert_eq!(names(&world), ["child", "other", "shared"]);
}

#[test]
fn the_policy_can_be_changed_while_it_waits() {
    let mut world = World::with_controllers(Controllers::manual());
    let owner = map(&mut world, "owner", &[]);
    map(&mut world, "child", &[&owner]);
    world.patch("configmaps", "owner", json!({"metadata": {"finalizers": ["x/y"]}}));
    let mut finalizers_after = |policy: &str| delete(&mut world, "owner", policy)["metadata"]["finalizers"].clone();
    assert_eq!(finalizers_after("Orphan"), json!(["x/y", "orphan"]));
    assert_eq!(finalizers_after("Foreground"), json!(["x/y", "foregroundDeletion"]));
    assert_eq!(finalizers_after(""), json!(["x/y", "foregroundDeletion"]));
    assert_eq!(finalizers_after("Background"), json!(["x/y"]));
    assert_eq!(finalizers_after("Orphan"), json!(["x/y", "orphan"]));
    for (query, status) in [("propagationPolicy=x", 422), ("propagationPolicy=Orphan&orphanDependents=true", 422)] {
        assert_eq!(ask(&mut world, "DELETE", &format!("{MAPS}/owner?{query}"), "", "").status, status);
    }
    let refused = ask(&mut world, "DELETE", &format!("{MAPS}/owner?propagationPolicy=x"), "", "").json();
    assert_eq!(
        refused["message"],
        "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: \"x\": supported values: \
         \"Foreground\", \"Background\", \"Orphan\", \"nil\""
    );
}

#[test]
fn the_older_option_means_the_same() {
    let mut world = World::with_controllers(Controllers::manual());
    for (query, expected) in [("orphanDependents=true", json!(["orphan"])), ("orphanDependents=false", Value::Null)] {
        map(&mut world, "owner", &[]);
        let deleted = ask(&mut world, "DELETE", &format!("{MAPS}/owner?{query}"), "", "").json();
        assert_eq!(deleted["metadata"].get("finalizers").cloned().unwrap_or_default(), expected, "{query}");
        collect(&mut world);
        assert!(names(&world).is_empty());
    }
}

#[test]
fn jobs_and_replication_controllers_leave_orphans_by_default() {
    let mut world = World::with_controllers(Controllers::manual());
    for (resource, kind, path) in [
        ("jobs.batch", "batch/v1 Job", "/apis/batch/v1/namespaces/default/jobs/j"),
        ("replicationcontrollers", "v1 ReplicationController", "/api/v1/namespaces/default/replicationcontrollers/j"),
    ] {
        let created = world.create(resource, json!({"metadata": {"name": "j"}}));
        let (api_version, kind) = kind.split_once(' ').expect("two words");
        let owner = json!({"apiVersion": api_version, "kind": kind, "name": "j", "uid": created["metadata"]["uid"]});
        world.create("pods", json!({"metadata": {"name": "p", "ownerReferences": [owner]}}));
        let marked = ask(&mut world, "DELETE", path, "", "").json();
        assert_eq!(marked["metadata"]["finalizers"], json!(["orphan"]), "{resource}");
        collect(&mut world);
        let pods = world.server.objects("pods");
        assert_eq!((pods.len(), pods[0]["metadata"].get("ownerReferences")), (1, None));
        world.delete("pods", "p");
    }
}

#[test]
fn an_owner_that_never_existed_is_gone_only_if_configured() {
    let mut world = World::with_controllers(Controllers::manual());
    let owner = map(&mut world, "owner", &[]);
    let mut another = owner.clone();
    another["uid"] = "another".into();
    map(&mut world, "lost", &[&another]);
    map(&mut world, "half", &[&another, &owner]);
    collect(&mut world);
    assert_eq!(names(&world), ["half", "lost", "owner"]);
    let mut controllers = Controllers::manual();
    controllers.collect_unknown = true;
    world.server.set_controllers(world.now, controllers);
    collect(&mut world);
    assert_eq!(
        (names(&world), owners(&mut world, "half")),
        (vec!["half".to_owned(), "owner".to_owned()], vec!["owner".to_owned()])
    );
    // The kind of the owner must be known.
    let unknown = json!({"apiVersion": "x/v1", "kind": "X", "name": "x", "uid": "x"});
    map(&mut world, "unknown", &[&unknown]);
    collect(&mut world);
    assert!(names(&world).contains(&"unknown".to_owned()));
}

#[test]
fn a_late_child_is_collected_even_after_a_compaction() {
    let mut world = World::with_controllers(Controllers::manual());
    let owner = map(&mut world, "owner", &[]);
    delete(&mut world, "owner", "");
    world.server.expire();
    map(&mut world, "late", &[&owner]);
    collect(&mut world);
    assert!(names(&world).is_empty());
}

#[test]
fn owners_can_be_of_the_cluster_but_not_of_another_namespace() {
    let mut controllers = Controllers::manual();
    controllers.collect_unknown = true;
    let mut world = World::with_controllers(controllers);
    let node = world.create("nodes", json!({"metadata": {"name": "n"}}));
    let node = json!({"apiVersion": "v1", "kind": "Node", "name": "n", "uid": node["metadata"]["uid"]});
    map(&mut world, "of-node", &[&node]);
    let owner = map(&mut world, "owner", &[]);
    world.create(
        "configmaps",
        json!({"metadata": {"name": "far", "namespace": "kube-system", "ownerReferences": [owner]}}),
    );
    // A node with an owner in a namespace isn't deleted.
    world.create("nodes", json!({"metadata": {"name": "odd", "ownerReferences": [owner]}}));
    collect(&mut world);
    assert_eq!(names(&world), ["of-node", "owner"]);
    world.delete("nodes", "n");
    collect(&mut world);
    assert_eq!((names(&world), world.server.objects("nodes").len()), (vec!["owner".to_owned()], 1));
}

#[test]
fn a_cycle_of_owners_that_block_each_other_is_deleted() {
    let mut world = World::with_controllers(Controllers::manual());
    let a = map(&mut world, "a", &[]);
    let b = map(&mut world, "b", &[&blocking(&a)]);
    world.patch("configmaps", "a", json!({"metadata": {"ownerReferences": [blocking(&b)]}}));
    delete(&mut world, "a", "Foreground");
    // As with the real collector, `b` never gets a finalizer: it only stops blocking `a`, and goes after it.
    world.server.collect_garbage(world.now);
    let of_b = world.get(&format!("{MAPS}/b")).json()["metadata"].clone();
    assert_eq!(of_b["ownerReferences"][0]["blockOwnerDeletion"], false);
    assert_eq!((of_b.get("deletionTimestamp"), of_b.get("finalizers")), (None, None));
    world.server.collect_garbage(world.now);
    assert_eq!((names(&world), finalizers(&mut world, "b")), (vec!["b".to_owned()], Value::Null));
    collect(&mut world);
    assert!(names(&world).is_empty(), "{:?}", names(&world));
}

#[test]
fn custom_resources_own_and_are_owned() {
    let mut world = World::with_controllers(Controllers::manual());
    let widget = world.create("widgets.example.com", json!({"metadata": {"name": "w"}}));
    let owner =
        json!({"apiVersion": "example.com/v1", "kind": "Widget", "name": "w", "uid": widget["metadata"]["uid"]});
    map(&mut world, "m", &[&owner]);
    world.create("widgets.example.com", json!({"metadata": {"name": "v", "ownerReferences": [owner]}}));
    // Events are never collected.
    world.create("events", json!({"metadata": {"name": "e", "ownerReferences": [owner]}}));
    world.delete("widgets.example.com", "w");
    collect(&mut world);
    assert!(names(&world).is_empty() && world.server.objects("widgets.example.com").is_empty());
    assert_eq!(world.server.objects("events").len(), 1);
}

#[test]
fn by_itself_it_takes_a_while_for_each_step() {
    let mut controllers = Controllers::manual();
    controllers.garbage = watch_test::model::Pace::After(Duration::from_secs(2));
    let mut world = World::with_controllers(controllers);
    let owner = map(&mut world, "owner", &[]);
    let child = map(&mut world, "child", &[&owner]);
    map(&mut world, "grandchild", &[&child]);
    world.now += Duration::from_secs(10);
    world.get("/healthz");
    assert_eq!(world.server.next_tick(), None);
    delete(&mut world, "owner", "");
    let begin = world.now;
    for (seconds, left) in
        [(1, vec!["child", "grandchild"]), (2, vec!["grandchild"]), (3, vec!["grandchild"]), (4, vec![])]
    {
        world.now = begin + Duration::from_secs(seconds);
        world.get("/healthz");
        assert_eq!(names(&world), left, "after {seconds} s");
    }
    assert_eq!(world.server.next_tick(), None);
    // One long advance of the time executes all steps.
    let owner = map(&mut world, "owner", &[]);
    let child = map(&mut world, "child", &[&owner]);
    map(&mut world, "grandchild", &[&child]);
    delete(&mut world, "owner", "");
    world.now += Duration::from_secs(60);
    world.get("/healthz");
    assert!(names(&world).is_empty());
}

#[test]
fn they_can_be_switched_while_it_runs() {
    let mut world = World::with_controllers(Controllers::manual());
    let owner = map(&mut world, "owner", &[]);
    map(&mut world, "child", &[&owner]);
    delete(&mut world, "owner", "");
    world.now += Duration::from_secs(100);
    assert_eq!((names(&world).len(), world.server.next_tick()), (1, None));
    world.server.set_controllers(world.now, Controllers::default());
    assert_eq!(world.server.next_tick(), Some(world.now + Duration::from_millis(20)));
    world.now += Duration::from_secs(1);
    world.get("/healthz");
    assert!(names(&world).is_empty());
}

#[test]
fn an_object_without_an_owner_any_more_stays() {
    for pace in [Controllers::manual(), Controllers::default()] {
        let mut world = World::with_controllers(pace);
        let owner = map(&mut world, "owner", &[]);
        let never_there = json!({"apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "x"});
        map(&mut world, "freed", &[&owner]);
        map(&mut world, "free", &[&never_there]);
        map(&mut world, "child", &[&owner]);
        for name in ["freed", "free"] {
            world.patch("configmaps", name, json!({"metadata": {"ownerReferences": null}}));
        }
        world.now += Duration::from_secs(1);
        collect(&mut world);
        assert_eq!(names(&world), ["child", "free", "freed", "owner"]);
        delete(&mut world, "owner", "Background");
        world.now += Duration::from_secs(1);
        collect(&mut world);
        assert_eq!(names(&world), ["free", "freed"]);
    }
}
