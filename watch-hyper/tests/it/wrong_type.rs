//! A type of objects that isn't the type of the configured resource.

use core::time::Duration;

use futures_util::StreamExt;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected};
use serde_json::json;
use watch_hyper::watch_core::{Config, ConfigError, Done, Resource};
use watch_hyper::{Client, StoreFactory, WaitError, Watch, wait_for, wait_for_all, wait_for_any};
use watch_test::TestServer;

fn pods() -> Config {
    Config::builder(Resource::core("v1", "pods")).namespace("default").name("web").build().unwrap()
}

/// A server with one pod, and a client of it.
async fn world() -> (TestServer, Client) {
    let server = TestServer::start().await.unwrap();
    let spec = json!({ "containers": [{ "name": "main", "image": "example.com/web:1" }] });
    let pod = json!({ "metadata": { "name": "web", "namespace": "default" }, "spec": spec });
    server.create("pods", None, pod).unwrap();
    let client = Client::builder(&server.url()).build().unwrap();
    (server, client)
}

const MESSAGE: &str = "resource: the configuration has pods (v1), but the type of the objects is Deployment (apps/v1, \
                       deployments); configure the resource of the type, or use the type of the resource";

#[tokio::test]
async fn a_watch_of_another_type_ends_before_a_request() {
    let (server, client) = world().await;
    let mut watch = Watch::<Deployment>::new(client.clone(), pods());
    let Some(Done::WrongType(error)) = watch.handle().done() else { panic!("{watch:?}") };
    assert_eq!(error.to_string(), MESSAGE);
    assert_eq!(watch.handle().done().map(Done::kind), Some("wrong_type"));
    assert!(watch.next().await.is_none());
    // The group is the same, but not the kind.
    let mut changes = Watch::<ConfigMap>::new(client, pods()).changes();
    assert!(changes.next().await.is_none());
    let done = changes.handle().done().unwrap().to_string();
    assert!(done.contains("has pods (v1)") && done.contains("is ConfigMap (v1, configmaps)"), "{done}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_store_of_another_type_never_becomes_ready() {
    let (server, client) = world().await;
    let (reflector, store) = Watch::<Deployment>::new(client.clone(), pods()).store();
    let done = tokio::spawn(reflector.drive()).await.unwrap().unwrap();
    assert_eq!(done.to_string(), MESSAGE);
    let ended = store.ready().await.unwrap_err();
    assert_eq!(
        (ended.done(), ended.to_string()),
        (Some(&done), format!("the watch of the store has ended: {MESSAGE}"))
    );

    let stores = StoreFactory::new(client, |watch| drop(tokio::spawn(watch)));
    let ended = stores.store::<Deployment>(pods()).ready().await.unwrap_err();
    assert!(matches!(ended.done(), Some(Done::WrongType(_))), "{ended}");
    let right = stores.store::<Pod>(pods());
    right.ready().await.unwrap();
    assert_eq!(right.list().len(), 1);
    assert!(server.requests().iter().all(|request| request.path.contains("/pods")));
}

#[tokio::test]
async fn a_wait_of_another_type_is_an_error_before_a_request() {
    let (server, client) = world().await;
    let outcomes = [
        wait_for::<Deployment>(client.clone(), pods(), |object| object.is_none()).await.map(drop),
        wait_for_all::<Deployment>(client.clone(), pods(), |object| object.is_none()).await.map(drop),
        wait_for_any::<Deployment>(client.clone(), pods(), |object| object.is_some()).await.map(drop),
    ];
    for outcome in outcomes {
        let Err(WaitError::Config(error @ ConfigError::WrongType { .. })) = outcome else { panic!("{outcome:?}") };
        assert_eq!(error.to_string(), MESSAGE);
    }
    assert!(server.requests().is_empty());
    wait_for::<Pod>(client, pods(), |pod| pod.is_some()).await.unwrap();
}

/// A kind of a custom resource, whose plural can be any. So only an object shows that the type is wrong.
#[derive(Debug, Deserialize)]
struct Gadget {
    #[serde(rename = "apiVersion")]
    _api_version: String,
    #[serde(rename = "kind", deserialize_with = "gadget")]
    _kind: (),
}

fn gadget<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    let found = String::deserialize(deserializer)?;
    if found == "Gadget" { Ok(()) } else { Err(D::Error::invalid_value(Unexpected::Str(&found), &"Gadget")) }
}

#[tokio::test]
async fn an_object_of_another_kind_is_an_error_with_both_kinds() {
    let (server, client) = world().await;
    server.create("widgets.example.com", None, json!({ "metadata": { "name": "a", "namespace": "default" } })).unwrap();
    let widgets = || Config::builder(Resource::new("example.com", "v1", "widgets")).build().unwrap();
    let mut changes = Watch::<Gadget>::new(client.clone(), widgets()).changes();
    let Some(Err(error)) = changes.next().await else { panic!("the widget") };
    let error = error.to_string();
    assert!(error.contains("Widget default/a@"), "{error}");
    assert!(error.contains("kind: invalid value: string \"Widget\", expected Gadget"), "{error}");

    // Without an object of the wrong kind, nothing is wrong.
    let widgets = Config::builder(Resource::new("example.com", "v1", "widgets")).namespace("empty").build().unwrap();
    let (reflector, store) = Watch::<Gadget>::new(client, widgets).store();
    tokio::spawn(reflector.drive());
    store.ready().await.unwrap();
}

#[cfg(feature = "kube")]
mod of_kube {
    use kube_client::core::{DynamicObject, PartialObjectMeta};
    use kube_derive::CustomResource;
    use serde::Serialize;
    use watch_hyper::watch_core::{Change, Representation};
    use watch_hyper::{check_type, config_for, watch_for};

    use super::*;

    #[derive(Clone, CustomResource, Debug, Deserialize, Serialize)]
    #[kube(group = "example.com", version = "v1", kind = "Sprocket", plural = "widgets", schema = "disabled")]
    #[kube(namespaced, crates(kube_core = "::kube_client::core"))]
    struct SprocketSpec {
        size: u32,
    }

    #[tokio::test]
    async fn a_type_of_kube_is_compared_by_its_resource() {
        let (server, client) = world().await;
        let metadata = || config_for::<PartialObjectMeta<Pod>>().build().unwrap();
        let error = watch_for::<PartialObjectMeta<Deployment>>(client.clone(), metadata()).map(drop).unwrap_err();
        assert_eq!(error.to_string(), MESSAGE);
        let error = watch_for::<Sprocket>(client.clone(), pods()).map(drop).unwrap_err().to_string();
        assert!(error.contains("is Sprocket (example.com/v1, widgets)"), "{error}");
        assert!(check_type::<Deployment>(&pods()).is_err() && check_type::<Pod>(&pods()).is_ok());
        assert!(server.requests().is_empty());

        let mut watch = watch_for::<PartialObjectMeta<Pod>>(client, metadata()).unwrap().changes();
        assert!(matches!(watch.next().await, Some(Ok(Change::Added(_)))));
    }

    /// The kind may be any, and so may the plural.
    #[tokio::test]
    async fn custom_and_dynamic_types_are_never_refused() {
        let (server, client) = world().await;
        let widget = json!({ "metadata": { "name": "a", "namespace": "default" }, "spec": { "size": 7 } });
        server.create("widgets.example.com", None, widget).unwrap();
        let mut widgets = watch_for::<Sprocket>(client.clone(), config_for::<Sprocket>().build().unwrap()).unwrap();
        assert!(widgets.handle().done().is_none());
        let first = tokio::time::timeout(Duration::from_secs(10), async {
            loop {
                if let Some(Ok(watch_hyper::watch_core::Event::Initial(widget))) = widgets.next().await {
                    return widget;
                }
            }
        });
        assert_eq!(first.await.unwrap().spec.size, 7);

        for config in [pods(), config_for::<Sprocket>().representation(Representation::Metadata).build().unwrap()] {
            let mut changes = Watch::<DynamicObject>::new(client.clone(), config).changes();
            assert!(matches!(changes.next().await, Some(Ok(Change::Added(_)))));
        }
    }
}
