//! Watches of kube's types.

use futures_util::StreamExt;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Namespace, Pod};
use kube_client::core::PartialObjectMeta;
use kube_derive::CustomResource;
use serde::{Deserialize, Serialize};
use serde_json::json;
use watch_hyper::watch_core::{Change, Condition, Outcome, PartialObjectMetadata, Representation, Resource};
use watch_hyper::{Client, Watch, config_for, is_deleted, wait_for};
use watch_test::TestServer;

#[derive(Clone, CustomResource, Debug, Deserialize, Serialize)]
#[kube(group = "example.com", version = "v1", kind = "Widget", namespaced, schema = "disabled")]
#[kube(crates(kube_core = "::kube_client::core"))]
struct WidgetSpec {
    size: u32,
}

/// Cluster-scoped, with an irregular plural.
#[derive(Clone, CustomResource, Debug, Deserialize, Serialize)]
#[kube(group = "example.com", version = "v1beta1", kind = "Sheep", plural = "flock", schema = "disabled")]
#[kube(crates(kube_core = "::kube_client::core"))]
struct SheepSpec {}

#[test]
fn the_resource_is_that_of_the_type() {
    let resource = |builder: watch_hyper::watch_core::ConfigBuilder| builder.build().unwrap().resource().clone();
    assert_eq!(resource(config_for::<Widget>()), Resource::new("example.com", "v1", "widgets"));
    assert_eq!(resource(config_for::<Sheep>()), Resource::new("example.com", "v1beta1", "flock"));
    // Those of k8s-openapi are types of kube's too, and the same both ways.
    assert_eq!(resource(config_for::<Pod>()), Resource::core("v1", "pods"));
    #[cfg(feature = "k8s-openapi")]
    assert_eq!(resource(config_for::<Pod>()), resource(watch_hyper::watch_core::Config::for_type::<Pod>()));
    assert_eq!(resource(config_for::<Namespace>()), Resource::core("v1", "namespaces"));
    assert_eq!(resource(config_for::<Deployment>()), Resource::new("apps", "v1", "deployments"));
}

#[test]
fn the_metadata_of_a_type_is_requested_alone() {
    let config = config_for::<PartialObjectMeta<Widget>>().build().unwrap();
    assert_eq!(config.resource(), &Resource::new("example.com", "v1", "widgets"));
    assert_eq!(config.representation(), Representation::Metadata);
    assert_eq!(config_for::<Widget>().build().unwrap().representation(), Representation::Full);
}

/// kube's type and that of watch-core, of a server that sends the metadata only.
#[tokio::test]
async fn metadata_is_watched_as_either_type() {
    let server = TestServer::start().await.unwrap();
    let metadata = json!({
        "name": "big", "namespace": "default", "labels": { "app": "web" }, "finalizers": ["example.com/x"],
        "managedFields": [{ "manager": "m", "operation": "Update", "fieldsType": "FieldsV1", "fieldsV1": {} }],
    });
    let widget = json!({ "metadata": metadata, "spec": { "size": 7 } });
    server.create("widgets.example.com", None, widget).unwrap();
    let client = Client::builder(&server.url()).build().unwrap();
    let config = || config_for::<PartialObjectMeta<Widget>>().namespace("default");

    let mut of_kube = Watch::<PartialObjectMeta<Widget>>::new(client.clone(), config().build().unwrap()).changes();
    let Some(Ok(Change::Added(widget))) = of_kube.next().await else { panic!("the widget") };
    assert_eq!(widget.metadata.labels.unwrap()["app"], "web");
    assert!(widget.metadata.managed_fields.is_some());

    let config = config().strip_managed_fields(true).build().unwrap();
    let mut stripped = Watch::<PartialObjectMeta<Widget>>::new(client.clone(), config.clone()).changes();
    let Some(Ok(Change::Added(widget))) = stripped.next().await else { panic!("the widget") };
    assert_eq!((widget.metadata.name.as_deref(), widget.metadata.managed_fields), (Some("big"), None));

    let (mut reflector, store) = Watch::<PartialObjectMetadata>::new(client, config).store();
    while store.get(Some("default"), "big").is_none() {
        reflector.next().await.unwrap().unwrap();
    }
    let widget = store.get(Some("default"), "big").unwrap();
    assert_eq!((widget.labels().get("app"), widget.finalizers().next()), (Some("web"), Some("example.com/x")));
    assert_eq!(widget.object().kind(), Some("PartialObjectMetadata"));
}

#[tokio::test]
async fn a_derived_type_is_watched() {
    let server = TestServer::start().await.unwrap();
    let widget = json!({ "metadata": { "name": "big", "namespace": "default" }, "spec": { "size": 7 } });
    server.create("widgets.example.com", None, widget).unwrap();
    let config = config_for::<Widget>().namespace("default").build().unwrap();
    let mut changes = Watch::<Widget>::new(Client::builder(&server.url()).build().unwrap(), config).changes();
    match changes.next().await {
        Some(Ok(Change::Added(widget))) => assert_eq!(widget.spec.size, 7),
        other => panic!("{other:?}"),
    }
}

/// Also if the name is used again. The condition is joined with one of the type.
#[tokio::test]
async fn a_custom_resource_is_deleted() {
    let server = TestServer::start().await.unwrap();
    let widget = |size: u32| json!({ "metadata": { "name": "big", "namespace": "default" }, "spec": { "size": size } });
    let first = server.create("widgets.example.com", None, widget(7)).unwrap();
    let uid = first["metadata"]["uid"].as_str().unwrap();
    let client = Client::builder(&server.url()).build().unwrap();
    let minute = core::time::Duration::from_secs(60);
    let config = config_for::<Widget>().namespace("default").name("big").deadline(minute).build().unwrap();
    let is_small = |widget: Option<&Widget>| widget.is_some_and(|widget| widget.spec.size < 5);
    let waiting = wait_for::<Widget>(client, config, is_deleted(uid).and(is_small.not()));
    let (outcome, ()) = tokio::join!(waiting, async {
        server.until("the widget is watched", |server| server.open_watches() == 1).await;
        server.delete("widgets.example.com", Some("default"), "big").unwrap();
        server.create("widgets.example.com", None, widget(8)).unwrap();
    });
    let is_over = |widget: &Widget| widget.metadata.uid.as_deref() != Some(uid);
    assert!(matches!(&outcome, Ok(Outcome::Met(widget)) if widget.as_ref().is_none_or(is_over)), "{outcome:?}");
}
