//! Indexes, selectors and transforms of a store.

use std::collections::BTreeSet;

use futures_util::StreamExt;
use serde_json::json;
use watch_hyper::watch_core::{Config, Object, Resource};
use watch_hyper::{Store, StoreBuilder, StoreChange, Transport, Watch};
use watch_test::InProcessServer;

fn config() -> watch_hyper::watch_core::ConfigBuilder {
    Config::builder(Resource::core("v1", "configmaps")).seed(0)
}

fn names(objects: &[std::sync::Arc<Object>]) -> Vec<String> {
    objects.iter().map(|object| object.name().to_owned()).collect()
}

async fn synced(server: &InProcessServer, config: Config) -> Store {
    let (reflector, store) = Watch::<Object>::new(Transport::new(server.service()), config).store();
    tokio::spawn(reflector.drive());
    store.ready().await.unwrap();
    store
}

/// A server with the labels that these selectors distinguish.
fn labelled() -> InProcessServer {
    let server = InProcessServer::start();
    let labels = [
        json!(null),
        json!({ "app": "web" }),
        json!({ "app": "web", "tier": "front", "size": "3" }),
        json!({ "app": "db", "tier": "", "size": "10" }),
        json!({ "app": "", "canary": "true", "size": "x" }),
        json!({ "example.com/app": "web", "tier": "back", "size": "0" }),
    ];
    for (index, labels) in labels.into_iter().enumerate() {
        let object = json!({ "metadata": { "name": format!("o{index}"), "labels": labels } });
        server.create("configmaps", Some("default"), object).unwrap();
    }
    server
}

#[tokio::test(start_paused = true)]
async fn a_selector_on_the_store_matches_as_the_server_does() {
    let server = labelled();
    let all = synced(&server, config().build().unwrap()).await;
    let mut distinct = BTreeSet::new();
    for selector in [
        "",
        "app=web",
        "app==web,tier=front",
        "app!=web",
        "app in (web, db)",
        "app notin (web,db)",
        "tier in ()",
        "tier in (front,)",
        "tier=",
        "app,!canary",
        "!app",
        "size>3",
        "size<10",
        "size>0,size<10",
        "example.com/app=web",
    ] {
        let expected = synced(&server, config().labels(selector).build().unwrap()).await.list();
        assert_eq!(names(&all.select(&selector.parse().unwrap())), names(&expected), "{selector}");
        distinct.insert(names(&expected));
    }
    assert!(distinct.len() > 10);
}

#[tokio::test(start_paused = true)]
async fn indexes_find_objects_by_label_owner_and_function() {
    let server = labelled();
    server.set_controllers(watch_test::model::Controllers::manual());
    let owner = |uid: &str| json!({ "apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": uid });
    let owned = json!({ "metadata": { "name": "owned", "ownerReferences": [owner("u1"), owner("u2")] } });
    server.create("configmaps", Some("default"), owned).unwrap();
    let watch = Watch::<Object>::new(Transport::new(server.service()), config().build().unwrap());
    let mut builder = StoreBuilder::new(watch);
    let by_app = builder.index_by_label("app");
    let by_owner = builder.index_by_owner();
    let by_letter = builder.index("letter", |object: &Object| object.name().chars().collect::<Vec<_>>());
    let (reflector, store) = builder.build();
    assert_eq!(store.by_index(&by_app, "web").len(), 0, "nothing before the first list");
    tokio::spawn(reflector.drive());
    store.ready().await.unwrap();
    assert_eq!(names(&store.by_index(&by_app, "web")), ["o1", "o2"]);
    assert_eq!(names(&store.by_index(&by_app, "")), ["o4"]);
    assert_eq!(names(&store.by_index(&by_owner, "u2")), ["owned"]);
    assert_eq!(names(&store.by_index(&by_letter, &'o')).len(), 7);
    assert_eq!(names(&store.by_index(&by_letter, &'d')), ["owned"]);

    let before = store.snapshot();
    let mut changes = store.subscribe();
    let patch = json!({ "metadata": { "labels": { "app": "web" } } });
    server.patch("configmaps", Some("default"), "o3", patch).unwrap();
    while !matches!(changes.next().await, Some(StoreChange::Modified { .. })) {}
    assert_eq!(names(&store.by_index(&by_app, "web")), ["o1", "o2", "o3"]);
    assert_eq!(names(&store.by_index(&by_app, "db")), [""; 0]);
    assert_eq!(before.by_index(&by_app, "db").count(), 1, "an index is part of the snapshot");
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "the index \"letter\" belongs to another store")]
async fn an_index_of_another_store_is_refused() {
    let server = InProcessServer::start();
    let builder =
        || StoreBuilder::<Object>::new(Watch::new(Transport::new(server.service()), config().build().unwrap()));
    let (mut one, mut other) = (builder(), builder());
    let letter = |object: &Object| object.name().chars().next();
    let index = one.index("letter", letter);
    other.index("letter", letter);
    let (_reflector, store) = other.build();
    store.by_index(&index, &'a');
}

#[tokio::test(start_paused = true)]
async fn a_transform_decides_what_is_stored() {
    let server = labelled();
    let watch = Watch::<Object>::new(Transport::new(server.service()), config().build().unwrap());
    let mut builder = StoreBuilder::transformed(watch, |object| object.name().to_owned());
    let by_length = builder.index("length", |name: &String| Some(name.len()));
    let (reflector, store) = builder.build();
    let mut changes = store.subscribe();
    tokio::spawn(reflector.drive());
    assert_eq!(changes.next().await, Some(StoreChange::Added("o0".to_owned().into())));
    assert_eq!(*store.get(Some("default"), "o3").unwrap(), "o3");
    assert_eq!(store.by_index(&by_length, &2).len(), 6);
}
