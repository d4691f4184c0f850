//! The deletion of namespaces: marked, emptied, removed; and the visible states in between.

use core::time::Duration;

use serde_json::{Value, json};
use watch_test::model::{ApiServer, Config, Controllers, Pace};

use crate::common::media_types::{JSON, MERGE};
use crate::common::{World, ask, names, send};

const TEAM: &str = "/api/v1/namespaces/team";
const MAPS: &str = "/api/v1/namespaces/team/configmaps";

fn world(controllers: Controllers) -> World {
    let mut world = World::with_controllers(controllers);
    world.create("namespaces", json!({"metadata": {"name": "team"}}));
    world.create("configmaps", json!({"metadata": {"name": "a", "namespace": "team"}}));
    world.create("configmaps", json!({"metadata": {"name": "other"}}));
    world
}

fn delete(world: &mut World, path: &str) -> (u16, Value) {
    let reply = ask(world, "DELETE", path, "", "");
    (reply.status, reply.json())
}

#[test]
fn a_deleted_namespace_is_marked_and_takes_no_objects() {
    let mut world = world(Controllers::manual());
    let watch = world.watch("/api/v1/namespaces?watch=1&fieldSelector=metadata.name%3Dteam");
    world.read(watch);
    let (status, marked) = delete(&mut world, TEAM);
    assert_eq!(
        (status, &marked["kind"], &marked["status"]),
        (200, &json!("Namespace"), &json!({"phase": "Terminating"}))
    );
    assert!(marked["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(marked["metadata"].get("deletionGracePeriodSeconds"), None);
    assert_eq!(marked["spec"], json!({"finalizers": ["kubernetes"]}));
    assert_eq!(world.read_events(watch), ["MODIFIED team@206"]);
    // The same again changes nothing.
    assert_eq!(delete(&mut world, TEAM), (200, marked));
    assert_eq!(world.server.resource_version(), 206);

    let refused = |body: Value, path: &str, resource: &str, group: &str, name: &str, world: &mut World| {
        let reply = world.ask(send("POST", path, JSON, &body));
        let why = format!(
            "{resource}{group} \"{name}\" is forbidden: unable to create new content in namespace team because it is being \
             terminated"
        );
        let mut details = json!({"name": name, "kind": resource, "causes": [{"reason": "NamespaceTerminating",
            "message": "namespace team is being terminated", "field": "metadata.namespace"}]});
        if !group.is_empty() {
            details["group"] = group.trim_start_matches('.').into();
        }
        let status = reply.json();
        assert_eq!((reply.status, &status["message"]), (403, &json!(why)));
        assert_eq!((&status["reason"], &status["details"]), (&json!("Forbidden"), &details));
    };
    refused(json!({"metadata": {"name": "b"}}), MAPS, "configmaps", "", "b", &mut world);
    refused(json!({"metadata": {"generateName": "b-"}}), MAPS, "configmaps", "", "b-", &mut world);
    // Before other validations.
    refused(json!({"metadata": {"name": "A_B"}}), MAPS, "configmaps", "", "A_B", &mut world);
    refused(json!({"metadata": {}}), MAPS, "configmaps", "", "Unknown", &mut world);
    let events = "/apis/events.k8s.io/v1/namespaces/team/events";
    refused(json!({"metadata": {"name": "e"}}), events, "events", ".events.k8s.io", "e", &mut world);
    let widgets = "/apis/example.com/v1/namespaces/team/widgets";
    let widget = json!({"kind": "Widget", "apiVersion": "example.com/v1", "metadata": {"name": "w"}});
    refused(widget, widgets, "widgets", ".example.com", "w", &mut world);
    let by_hand = world.server.create(world.now, "configmaps", Some("team"), json!({"metadata": {"name": "b"}}));
    assert_eq!(by_hand.expect_err("refused").code, 403);

    // Existing objects can be changed and deleted.
    assert_eq!(world.ask(send("PATCH", &format!("{MAPS}/a"), MERGE, &json!({"data": {"x": "y"}}))).status, 200);
    let again = world.ask(send("POST", "/api/v1/namespaces", JSON, &json!({"metadata": {"name": "team"}}))).json();
    assert_eq!(again["message"], "object is being deleted: namespaces \"team\" already exists");
    // It stays so until a pass is requested.
    world.now += Duration::from_secs(1_000_000);
    assert_eq!(world.get(&format!("{MAPS}/a")).status, 200);
    assert_eq!(world.server.next_tick(), None);
}

#[test]
fn pass_by_pass_it_is_emptied_and_ends() {
    let mut world = world(Controllers::manual());
    for name in ["p", "q"] {
        world.create("pods", json!({"metadata": {"name": name, "namespace": "team", "finalizers": ["x/y"]}}));
    }
    delete(&mut world, TEAM);
    let watch = world.watch("/api/v1/namespaces?watch=1&resourceVersion=208");
    let conditions = |world: &mut World| {
        let namespace = world.get(TEAM).json();
        let conditions = namespace["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let text = |one: &Value| {
            format!(
                "{} {} {}",
                one["type"].as_str().unwrap(),
                one["status"].as_str().unwrap(),
                one["reason"].as_str().unwrap()
            )
        };
        conditions.iter().map(text).collect::<Vec<_>>()
    };
    let fine = [
        "NamespaceDeletionDiscoveryFailure False ResourcesDiscovered",
        "NamespaceDeletionGroupVersionParsingFailure False ParsedGroupVersions",
        "NamespaceDeletionContentFailure False ContentDeleted",
        "NamespaceContentRemaining False ContentRemoved",
        "NamespaceFinalizersRemaining False ContentHasNoFinalizers",
    ];
    assert!(conditions(&mut world).is_empty());

    // Pods go first, and as long as there are some, nothing else does.
    world.server.end_namespaces(world.now);
    assert_eq!(world.get(&format!("{MAPS}/a")).status, 200);
    assert!(world.server.objects("pods").iter().all(|pod| pod["metadata"]["deletionTimestamp"].is_string()));
    assert_eq!(conditions(&mut world), fine);

    for name in ["p", "q"] {
        let patch = json!({"metadata": {"finalizers": null}});
        world.server.patch(world.now, "pods", Some("team"), name, &patch).expect("a pod");
    }
    let patch = json!({"metadata": {"finalizers": ["x/y", "x/z"]}});
    world.server.patch(world.now, "configmaps", Some("team"), "a", &patch).expect("a map");
    let widget = json!({"metadata": {"name": "w", "namespace": "team"}});
    assert!(world.server.create(world.now, "widgets.example.com", None, widget).is_err());
    world.server.end_namespaces(world.now);
    let namespace = world.get(TEAM).json();
    let remaining = &namespace["status"]["conditions"];
    assert_eq!(
        (&remaining[3]["message"], &remaining[4]["message"]),
        (
            &json!("Some resources are remaining: configmaps. has 1 resource instances"),
            &json!(
                "Some content in the namespace has finalizers remaining: x/y in 1 resource instances, x/z in 1 resource instances"
            )
        )
    );
    assert_eq!((&remaining[3]["status"], &remaining[3]["reason"]), (&json!("True"), &json!("SomeResourcesRemain")));
    assert_eq!((&remaining[4]["status"], &remaining[4]["reason"]), (&json!("True"), &json!("SomeFinalizersRemain")));
    // Without a write, no pass changes anything.
    let version = world.server.resource_version();
    world.server.end_namespaces(world.now);
    assert_eq!(world.server.resource_version(), version);

    world
        .server
        .patch(world.now, "configmaps", Some("team"), "a", &json!({"metadata": {"finalizers": null}}))
        .expect("a map");
    assert_eq!(world.get(&format!("{MAPS}/a")).status, 404);
    world.server.end_namespaces(world.now);
    assert_eq!(world.get(TEAM).status, 404);
    let events: Vec<String> =
        world.read_events(watch).iter().map(|event| event.replace(char::is_numeric, "")).collect();
    assert_eq!(events, ["MODIFIED team@", "MODIFIED team@", "MODIFIED team@", "DELETED team@"]);
    // Objects in other namespaces stay, and the name can be used again.
    assert_eq!(world.server.objects("configmaps").len(), 1);
    world.create("namespaces", json!({"metadata": {"name": "team"}}));
    assert_eq!(world.ask(send("POST", MAPS, JSON, &json!({"metadata": {"name": "b"}}))).status, 201);
}

#[test]
fn by_itself_it_ends_after_a_while() {
    let mut controllers = Controllers::manual();
    controllers.namespaces = Pace::After(Duration::from_secs(5));
    let mut world = world(controllers);
    delete(&mut world, TEAM);
    let begin = world.now;
    assert_eq!(world.server.next_tick(), Some(begin + Duration::from_secs(5)));
    world.now = begin + Duration::from_millis(4999);
    assert_eq!((world.get(TEAM).status, world.get(&format!("{MAPS}/a")).status), (200, 200));
    world.now = begin + Duration::from_secs(5);
    assert_eq!((world.get(TEAM).status, world.get(&format!("{MAPS}/a")).status), (404, 404));
    assert_eq!(world.server.next_tick(), None);
}

#[test]
fn its_own_finalizers_keep_it_when_it_is_empty() {
    let mut world = world(Controllers::default());
    let patch = json!({"metadata": {"finalizers": ["x/y"]}});
    world.server.patch(world.now, "namespaces", None, "team", &patch).expect("a namespace");
    delete(&mut world, TEAM);
    world.now += Duration::from_secs(1);
    let kept = world.get(TEAM).json();
    assert_eq!((&kept["spec"], &kept["metadata"]["finalizers"]), (&json!({}), &json!(["x/y"])));
    assert_eq!(world.get(&format!("{MAPS}/a")).status, 404);
    assert_eq!(world.ask(send("POST", MAPS, JSON, &json!({"metadata": {"name": "b"}}))).status, 403);
    let last = world.ask(send("PATCH", TEAM, MERGE, &json!({"metadata": {"finalizers": null}}))).json();
    assert_eq!((&last["kind"], last["metadata"].get("finalizers")), (&json!("Namespace"), None));
    assert_eq!(world.get(TEAM).status, 404);
}

#[test]
fn finalizers_in_the_spec_are_written_by_finalize_alone() {
    let mut world = world(Controllers::manual());
    let finalize = |world: &mut World, body: Value| world.ask(send("PUT", &format!("{TEAM}/finalize"), JSON, &body));
    let changed = world.ask(send("PATCH", TEAM, MERGE, &json!({"spec": {"finalizers": []}}))).json();
    assert_eq!(changed["spec"], json!({"finalizers": ["kubernetes"]}));
    let wrong = finalize(&mut world, json!({"metadata": {"name": "team"}, "spec": {"finalizers": ["banana"]}})).json();
    assert_eq!(
        wrong["message"],
        "Namespace \"team\" is invalid: spec.finalizers[0]: Invalid value: \"banana\": name is neither a standard finalizer \
         name nor is it fully qualified"
    );
    let other = json!({"metadata": {"name": "team"}, "spec": {"finalizers": ["kubernetes", "x/y"]},
        "status": {"phase": "Terminating"}});
    let other = finalize(&mut world, other).json();
    assert_eq!(
        (&other["spec"], &other["status"]),
        (&json!({"finalizers": ["kubernetes", "x/y"]}), &json!({"phase": "Active"}))
    );
    for method in ["GET", "PATCH", "POST", "DELETE"] {
        let reply = ask(&mut world, method, &format!("{TEAM}/finalize"), MERGE, "{}");
        assert_eq!(reply.status, 405, "{method}: {}", reply.text());
    }
    delete(&mut world, TEAM);
    let last = finalize(&mut world, json!({"metadata": {"name": "team"}})).json();
    assert_eq!((&last["spec"], &last["status"]["phase"]), (&json!({}), &json!("Terminating")));
    // If a namespace that isn't empty is finalized, its objects stay, as on a real server.
    assert_eq!((world.get(TEAM).status, world.get(&format!("{MAPS}/a")).status), (404, 200));
}

#[test]
fn new_ones_keep_the_finalizers_that_they_are_given() {
    let mut world = World::standard();
    let given = json!({"metadata": {"name": "n"}, "spec": {"finalizers": ["x/y"]}});
    assert_eq!(world.create("namespaces", given)["spec"]["finalizers"], json!(["x/y", "kubernetes"]));
}

#[test]
fn preconditions_and_policies_hold_for_namespaces() {
    let mut world = world(Controllers::manual());
    let uid = world.get(TEAM).json()["metadata"]["uid"].as_str().expect("a uid").to_owned();
    let wrong = world.ask(send("DELETE", TEAM, JSON, &json!({"preconditions": {"uid": "x"}}))).json();
    let why = format!("Precondition failed: UID in precondition: x, UID in object meta: {uid}");
    assert_eq!(wrong["message"], format!("Operation cannot be fulfilled on namespaces \"team\": {why}"));
    let wrong = world.ask(send("DELETE", TEAM, JSON, &json!({"preconditions": {"resourceVersion": "1"}}))).json();
    let why = "Precondition failed: ResourceVersion in precondition: 1, ResourceVersion in object meta: 203";
    assert_eq!(wrong["message"], format!("Operation cannot be fulfilled on namespaces \"team\": {why}"));
    let (_, marked) = delete(&mut world, &format!("{TEAM}?propagationPolicy=Foreground"));
    assert_eq!(marked["metadata"]["finalizers"], json!(["foregroundDeletion"]));
    let (_, again) = delete(&mut world, &format!("{TEAM}?propagationPolicy=Orphan"));
    assert_eq!(again["metadata"]["finalizers"], json!(["foregroundDeletion"]));
    // Both controllers must be done with it.
    world.server.end_namespaces(world.now);
    assert_eq!(world.get(TEAM).json()["spec"], json!({}));
    world.server.collect_garbage(world.now);
    assert_eq!(world.get(TEAM).status, 404);
}

#[test]
fn a_backup_brings_a_namespace_back_in_the_middle_of_its_end() {
    let mut world = world(Controllers::default());
    delete(&mut world, TEAM);
    let version = world.server.resource_version();
    world.now += Duration::from_secs(1);
    assert_eq!(world.get(TEAM).status, 404);
    world.server.restore(version);
    assert!(world.server.next_tick().is_some());
    assert_eq!((world.get(TEAM).status, world.get(&format!("{MAPS}/a")).status), (404, 404));
}

#[test]
fn events_remain_in_both_of_their_groups() {
    let mut world = World::with_controllers(Controllers::manual());
    world.create("namespaces", json!({"metadata": {"name": "team"}}));
    let event = json!({"metadata": {"name": "e", "finalizers": ["x/y"]}});
    world.server.create(world.now, "events", Some("team"), event).expect("an event");
    world.server.delete(world.now, "namespaces", None, "team").expect("a namespace");
    world.server.end_namespaces(world.now);
    let conditions = world.get(TEAM).json()["status"]["conditions"].clone();
    let messages = [&conditions[3]["message"], &conditions[4]["message"]];
    assert_eq!(
        messages,
        [
            "Some resources are remaining: events. has 1 resource instances, events.events.k8s.io has 1 resource instances",
            "Some content in the namespace has finalizers remaining: x/y in 2 resource instances",
        ]
    );
}

#[test]
fn the_namespaces_of_a_new_cluster_exist() {
    let mut world = World::standard();
    let list = world.get("/api/v1/namespaces").json();
    assert_eq!(names(&list), ["default", "kube-node-lease", "kube-public", "kube-system"]);
    // They don't change the version of the first write.
    assert_eq!(world.create("configmaps", json!({"metadata": {"name": "a"}}))["metadata"]["resourceVersion"], "203");
    let config = |change: fn(&mut Config)| {
        let mut config = Config::default();
        change(&mut config);
        let server = ApiServer::new(config);
        (server.objects("namespaces").len(), server.resource_version())
    };
    assert_eq!(config(|config| config.namespaces.clear()), (2, 202));
    assert_eq!(config(|config| config.namespaces.push("team".to_owned())), (5, 202));
    assert_eq!(config(|config| config.first_revision = 1), (4, 5));
}
