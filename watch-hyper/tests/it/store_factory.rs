//! Stores that several parts of a program share.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use serde_json::json;
use tokio::task::JoinHandle;
use watch_hyper::watch_core::{Config, ConfigBuilder, Object, Representation, Resource};
use watch_hyper::{SharedStore, StoreFactory, Transport};
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
        shared(&stores, Config::builder(Resource::core("v1", "secrets"))),
        stores.store::<Named>(config().build().unwrap()),
    );
    assert_eq!(watches.load(Ordering::Relaxed), 7);
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
