//! Stores that several parts of a program share.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use serde_json::json;
use tokio::task::JoinHandle;
use watch_hyper::watch_core::{Config, ConfigBuilder, Object, Representation, Resource};
use watch_hyper::{Index, SharedStore, StoreBuilder, StoreDefinition, StoreFactory, Transport};
use watch_test::InProcessServer;

fn config() -> ConfigBuilder {
    Config::builder(Resource::core("v1", "configmaps"))
}

fn shared(stores: &StoreFactory, config: ConfigBuilder) -> SharedStore {
    stores.store::<Object>(config.build().unwrap())
}

#[tokio::test(start_paused = true)]
async fn the_same_request_gets_the_same_store() {
    let server = InProcessServer::start();
    server.create("configmaps", Some("default"), json!({ "metadata": { "name": "a" } })).unwrap();
    let watches = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&watches);
    let stores = StoreFactory::new(Transport::new(server.service()), move |watch| {
        counter.fetch_add(1, Ordering::Relaxed);
        drop(tokio::spawn(watch));
    });
    let one = shared(&stores, config());
    one.ready().await.unwrap();
    let requests = server.requests().len();
    let (other, clone) = (shared(&stores.clone(), config().seed(7)), one.clone());
    assert!(Arc::ptr_eq(&one.snapshot(), &other.snapshot()) && Arc::ptr_eq(&one.snapshot(), &clone.snapshot()));
    assert_eq!((watches.load(Ordering::Relaxed), server.requests().len()), (1, requests));

    // Each difference is another watch.
    #[derive(Deserialize)]
    struct Named {}
    let _different = (
        shared(&stores, config().namespace("default")),
        shared(&stores, config().name("a")),
        shared(&stores, config().labels("app=web")),
        shared(&stores, config().representation(Representation::Metadata)),
        shared(&stores, config().strip_managed_fields(true)),
        shared(&stores, Config::builder(Resource::core("v1", "secrets"))),
        stores.store::<Named>(config().build().unwrap()),
    );
    assert_eq!(watches.load(Ordering::Relaxed), 8);
}

#[tokio::test(start_paused = true)]
async fn the_last_handle_ends_the_watch() {
    let server = InProcessServer::start();
    let stores = StoreFactory::new(Transport::new(server.service()), |watch| drop(tokio::spawn(watch)));
    let one = shared(&stores, config());
    let other = shared(&stores, config());
    one.ready().await.unwrap();
    drop(one);
    server.until("the watch is open", |server| server.open_watches() == 1).await;
    other.ready().await.unwrap();
    drop(other);
    server.until("the watch has ended", |server| server.open_watches() == 0).await;
    // A later request begins again.
    let again = shared(&stores, config());
    again.ready().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_store_that_has_ended_is_replaced() {
    let server = InProcessServer::start();
    let tasks: Arc<Mutex<Vec<JoinHandle<()>>>> = Arc::default();
    let spawned = Arc::clone(&tasks);
    let stores = StoreFactory::new(Transport::new(server.service()), move |watch| {
        spawned.lock().unwrap().push(tokio::spawn(watch));
    });
    let first = shared(&stores, config());
    first.ready().await.unwrap();
    let task = tasks.lock().unwrap().remove(0);
    task.abort();
    task.await.unwrap_err();
    assert!(first.wait_for(|set| set.len() == 5).await.is_err());
    let second = shared(&stores, config());
    second.ready().await.unwrap();
    assert!(first.wait_for(|set| set.len() == 5).await.is_err());
}

/// The names of the objects, by their length.
struct Names;

impl StoreDefinition for Names {
    type Object = Object;
    type Stored = String;
    type Indexes = Index<String, usize>;

    fn transform(object: Object) -> String {
        object.name().to_owned()
    }

    fn indexes(builder: &mut StoreBuilder<Object, String>) -> Index<String, usize> {
        builder.index("length", |name: &String| [name.len()])
    }
}

/// The same types, with another transform and another index.
struct Shouted;

impl StoreDefinition for Shouted {
    type Object = Object;
    type Stored = String;
    type Indexes = Index<String, usize>;

    fn transform(object: Object) -> String {
        object.name().to_uppercase()
    }

    fn indexes(builder: &mut StoreBuilder<Object, String>) -> Index<String, usize> {
        builder.index("vowels", |name: &String| [name.matches(['A', 'E']).count()])
    }
}

#[tokio::test(start_paused = true)]
async fn callers_of_one_definition_share_its_transform_and_indexes() {
    let server = InProcessServer::start();
    for name in ["ab", "cd", "efg"] {
        server.create("configmaps", Some("default"), json!({ "metadata": { "name": name } })).unwrap();
    }
    let watches = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&watches);
    let stores = StoreFactory::new(Transport::new(server.service()), move |watch| {
        counter.fetch_add(1, Ordering::Relaxed);
        drop(tokio::spawn(watch));
    });
    let plain = shared(&stores, config());
    let (one, other) = tokio::join!(async { stores.defined::<Names>(config().build().unwrap()) }, async {
        stores.clone().defined::<Names>(config().build().unwrap())
    });
    assert_eq!(watches.load(Ordering::Relaxed), 2);
    one.ready().await.unwrap();
    let names = |found: Vec<Arc<String>>| found.iter().map(|name| name.to_string()).collect::<Vec<_>>();
    // The index of one caller is that of the other.
    assert_eq!(names(one.by_index(other.indexes(), &2)), ["ab", "cd"]);
    assert!(Arc::ptr_eq(&one.snapshot(), &other.snapshot()));

    // Another definition has a watch of its own, and neither sees what the other transformed.
    let shouted = stores.defined::<Shouted>(config().build().unwrap());
    shouted.ready().await.unwrap();
    assert_eq!(watches.load(Ordering::Relaxed), 3);
    assert_eq!(names(shouted.by_index(shouted.indexes(), &1)), ["AB", "EFG"]);
    assert_eq!((names(one.list()), plain.list().len()), (vec!["ab".into(), "cd".into(), "efg".into()], 3));
    // So is the same definition of other objects.
    let named = stores.defined::<Names>(config().name("ab").build().unwrap());
    named.ready().await.unwrap();
    assert_eq!((names(named.list()), watches.load(Ordering::Relaxed)), (vec!["ab".into()], 4));
}

#[tokio::test(start_paused = true)]
#[should_panic = r#"the index "length" belongs to another store"#]
async fn an_index_of_another_definition_is_named() {
    let server = InProcessServer::start();
    let stores = StoreFactory::new(Transport::new(server.service()), |watch| drop(tokio::spawn(watch)));
    let names = stores.defined::<Names>(config().build().unwrap());
    let shouted = stores.defined::<Shouted>(config().build().unwrap());
    shouted.ready().await.unwrap();
    shouted.by_index(names.indexes(), &1);
}

/// A definition that is also a type of objects.
#[derive(Deserialize)]
struct Own {}

impl StoreDefinition for Own {
    type Object = Self;
    type Stored = Self;
    type Indexes = ();

    fn transform(own: Self) -> Self {
        own
    }

    fn indexes(_: &mut StoreBuilder<Self>) {}
}

#[tokio::test(start_paused = true)]
async fn a_type_that_defines_its_own_store_has_both() {
    let server = InProcessServer::start();
    let watches = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&watches);
    let stores = StoreFactory::new(Transport::new(server.service()), move |watch| {
        counter.fetch_add(1, Ordering::Relaxed);
        drop(tokio::spawn(watch));
    });
    let config = || config().build().unwrap();
    let _all = (stores.store::<Own>(config()), stores.defined::<Own>(config()));
    let _again = (stores.store::<Own>(config()), stores.defined::<Own>(config()));
    assert_eq!(watches.load(Ordering::Relaxed), 2);
}
