//! The writes of a `kube::Client`, in the book of a watch.

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::stream;
use http_body::Frame;
use http_body_util::StreamBody;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Event as CoreEvent, Node, Pod};
use kube_client::api::{DeleteParams, EvictParams, ListParams, Patch, PatchParams, PostParams};
use kube_client::client::{Body, ClientBuilder};
use kube_client::{Api, Client, ResourceExt};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use watch_hyper::watch_core::{Event, Object, Resource};
use watch_hyper::{PendingWrites, TrackWrites};
use watch_test::InProcessServer;
use watch_test::fault::Fault;

const NS: Option<&str> = Some("default");

type Namespaced = k8s_openapi::NamespaceResourceScope;

/// A client whose writes of objects of this type are recorded in a new book.
fn tracked<K: kube_client::Resource<DynamicType = ()>>(server: &InProcessServer) -> (Client, PendingWrites) {
    let writes = PendingWrites::new();
    let client = Client::new(server.service_for::<Body>(), "default");
    (TrackWrites::new().of::<K>(&writes).client(&client), writes)
}

fn from_json<K: DeserializeOwned>(json: Value) -> K {
    serde_json::from_value(json).unwrap()
}

fn pod(name: &str) -> Value {
    json!({"metadata": {"name": name, "labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}})
}

fn deployment() -> Value {
    let template = json!({"metadata": {"labels": {"app": "web"}}, "spec": pod("")["spec"]});
    let spec = json!({"replicas": 1, "selector": {"matchLabels": {"app": "web"}}, "template": template});
    json!({"metadata": {"name": "a"}, "spec": spec})
}

/// An event that shows an object as the server has it.
fn shown(object: &Value) -> Event {
    Event::Modified(Object::parse(object.to_string().into()).unwrap())
}

fn only(server: &InProcessServer, resource: &str) -> Value {
    server.objects(resource).remove(0)
}

/// Checks that exactly the last write to `a` is pending: the state before it doesn't show it, and the state after it does.
fn is_pending_until(writes: &PendingWrites, before: Option<&Value>, after: &Value, write: &str) {
    assert!(!writes.is_caught_up(NS, "a"), "{write} isn't recorded");
    if let Some(before) = before {
        writes.observe(&shown(before));
        assert!(!writes.is_caught_up(NS, "a"), "{write} is visible in the state before it");
    }
    writes.observe(&shown(after));
    assert!(writes.is_caught_up(NS, "a"), "{write} isn't visible in its own state");
}

#[tokio::test(start_paused = true)]
async fn each_way_to_write_an_object_is_recorded() {
    let server = InProcessServer::start();
    let post = PostParams::default();
    let patch = PatchParams::default();

    let (client, writes) = tracked::<Deployment>(&server);
    let created = Api::<Deployment>::default_namespaced(client).create(&post, &from_json(deployment())).await.unwrap();
    is_pending_until(&writes, None, &only(&server, "deployments.apps"), "create");

    type Write = fn(Api<Deployment>, Deployment) -> futures_util::future::BoxFuture<'static, ()>;
    let rows: [(&str, Write); 9] = [
        ("replace", |api, mut object| {
            Box::pin(async move {
                object.labels_mut().insert("replaced".into(), "yes".into());
                api.replace("a", &PostParams::default(), &object).await.unwrap();
            })
        }),
        ("patch", |api, _| {
            Box::pin(async move {
                let patch = Patch::Merge(json!({"metadata": {"labels": {"merged": "yes"}}}));
                api.patch("a", &PatchParams::default(), &patch).await.unwrap();
            })
        }),
        ("patch_metadata", |api, _| {
            Box::pin(async move {
                let patch = Patch::Merge(json!({"metadata": {"labels": {"metadata": "yes"}}}));
                api.patch_metadata("a", &PatchParams::default(), &patch).await.unwrap();
            })
        }),
        ("replace_status", |api, mut object| {
            Box::pin(async move {
                object.status = Some(from_json(json!({"replicas": 1})));
                api.replace_status("a", &PostParams::default(), &object).await.unwrap();
            })
        }),
        ("patch_status", |api, _| {
            Box::pin(async move {
                let patch = Patch::Merge(json!({"status": {"readyReplicas": 1}}));
                api.patch_status("a", &PatchParams::default(), &patch).await.unwrap();
            })
        }),
        ("replace_scale", |api, _| {
            Box::pin(async move {
                let mut scale = api.get_scale("a").await.unwrap();
                scale.spec.as_mut().unwrap().replicas = Some(2);
                api.replace_scale("a", &PostParams::default(), &scale).await.unwrap();
            })
        }),
        ("patch_scale", |api, _| {
            Box::pin(async move {
                let patch = Patch::Merge(json!({"spec": {"replicas": 3}}));
                api.patch_scale("a", &PatchParams::default(), &patch).await.unwrap();
            })
        }),
        ("entry", |api, _| {
            Box::pin(async move {
                let mut entry = api.entry("a").await.unwrap().and_modify(|object| {
                    object.labels_mut().insert("entry".into(), "yes".into());
                });
                let kube_client::api::entry::Entry::Occupied(ref mut entry) = entry else { panic!("it exists") };
                entry.commit(&PostParams::default()).await.unwrap();
            })
        }),
        ("a delete that a finalizer delays", |api, _| {
            Box::pin(async move {
                let patch = Patch::Merge(json!({"metadata": {"finalizers": ["example.com/wait"]}}));
                api.patch("a", &PatchParams::default(), &patch).await.unwrap();
                api.delete("a", &DeleteParams::default()).await.unwrap().unwrap_left();
            })
        }),
    ];
    assert_eq!(created.name_any(), "a");
    for (name, write) in rows {
        let before = only(&server, "deployments.apps");
        let (client, writes) = tracked::<Deployment>(&server);
        write(Api::default_namespaced(client), from_json(before.clone())).await;
        is_pending_until(&writes, Some(&before), &only(&server, "deployments.apps"), name);
    }

    // Without finalizers, this patch is the end of the object.
    let before = only(&server, "deployments.apps");
    let (client, writes) = tracked::<Deployment>(&server);
    let finalizers = Patch::Merge(json!({"metadata": {"finalizers": null}}));
    Api::<Deployment>::default_namespaced(client).patch("a", &patch, &finalizers).await.unwrap();
    writes.observe(&shown(&before));
    assert!(!writes.is_caught_up(NS, "a"));
    writes.observe(&Event::Deleted(Object::parse(before.to_string().into()).unwrap()));
    assert!(writes.is_caught_up(NS, "a"));
}

/// The reply to the deletion of a ConfigMap is a Status. That to the deletion of a pod is its last state.
#[tokio::test(start_paused = true)]
async fn a_deletion_is_recorded_whatever_its_reply() {
    async fn check<K>(resource: &str, object: Value, is_object: bool)
    where
        K: kube_client::Resource<DynamicType = (), Scope = Namespaced>
            + Clone
            + DeserializeOwned
            + std::fmt::Debug
            + Send
            + 'static,
    {
        let server = InProcessServer::start();
        let before = server.create(resource, NS, object).unwrap();
        let (client, writes) = tracked::<K>(&server);
        let reply = Api::<K>::default_namespaced(client).delete("a", &DeleteParams::default().grace_period(0)).await;
        assert_eq!(reply.unwrap().is_left(), is_object);
        writes.observe(&shown(&before));
        assert!(!writes.is_caught_up(NS, "a"), "{resource}: the object still exists in the watch");
        writes.observe(&Event::Deleted(Object::parse(before.to_string().into()).unwrap()));
        assert!(writes.is_caught_up(NS, "a"), "{resource}");
    }
    check::<ConfigMap>("configmaps", json!({"metadata": {"name": "a"}}), false).await;
    check::<Pod>("pods", pod("a"), true).await;
}

#[tokio::test(start_paused = true)]
async fn the_objects_of_a_deleted_collection_are_recorded() {
    let server = InProcessServer::start();
    for name in ["a", "b", "ending", "other"] {
        server.create("configmaps", NS, json!({"metadata": {"name": name, "labels": {"of": name}}})).unwrap();
    }
    for name in ["b", "ending"] {
        server.patch("configmaps", NS, name, json!({"metadata": {"finalizers": ["example.com/wait"]}})).unwrap();
    }
    server.delete("configmaps", NS, "ending").unwrap();
    let objects = server.objects("configmaps");
    let (client, writes) = tracked::<ConfigMap>(&server);
    let maps = Api::<ConfigMap>::default_namespaced(client);
    let selected = ListParams::default().labels("of!=other");
    maps.delete_collection(&DeleteParams::default(), &selected).await.unwrap();
    let pending = || ["a", "b", "ending", "other"].map(|name| !writes.is_caught_up(NS, name));
    assert_eq!(pending(), [true, true, false, false], "nothing changes in an object that is ending");
    writes.observe(&shown(&objects[0]));
    assert_eq!(pending(), [true, true, false, false]);
    writes.observe(&Event::Deleted(Object::parse(objects[0].to_string().into()).unwrap()));
    let b = server.objects("configmaps").into_iter().find(|object| object["metadata"]["name"] == "b").unwrap();
    writes.observe(&shown(&b));
    assert_eq!(pending(), [false; 4]);
}

#[tokio::test(start_paused = true)]
async fn what_writes_nothing_is_not_recorded() {
    let server = InProcessServer::start();
    let (client, writes) = tracked::<Pod>(&server);
    let pods = Api::<Pod>::default_namespaced(client.clone());
    let is_clean = |what: &str| assert!(format!("{writes:?}") == "{}", "{what}: {writes:?}");
    server.create("pods", NS, pod("a")).unwrap();
    let (post, patch) = (PostParams { dry_run: true, ..PostParams::default() }, PatchParams::default().dry_run());
    let delete = DeleteParams::default().dry_run();

    pods.create(&post, &from_json(pod("b"))).await.unwrap();
    pods.replace("a", &post, &pods.get("a").await.unwrap()).await.unwrap();
    let labels = Patch::Merge(json!({"metadata": {"labels": {"a": "b"}}}));
    pods.patch("a", &patch, &labels).await.unwrap();
    pods.delete("a", &delete).await.unwrap();
    pods.delete_collection(&delete, &ListParams::default()).await.unwrap();
    assert_eq!(server.objects("pods").len(), 1);
    is_clean("a dry run");

    pods.create(&PostParams::default(), &from_json(pod("a"))).await.unwrap_err();
    pods.patch("missing", &PatchParams::default(), &labels).await.unwrap_err();
    pods.delete("missing", &DeleteParams::default()).await.unwrap_err();
    server.inject(Fault::refuse(500).once());
    pods.patch("a", &PatchParams::default(), &labels).await.unwrap_err();
    is_clean("a failure");

    pods.get("a").await.unwrap();
    pods.list(&ListParams::default()).await.unwrap();
    is_clean("a read");

    pods.evict("a", &EvictParams::default()).await.unwrap();
    is_clean("an eviction, whose reply is a Status");

    let about = json!({"kind": "Pod", "name": "a", "namespace": "default"});
    let event = json!({"metadata": {"name": "a"}, "involvedObject": about, "reason": "Tested", "type": "Normal"});
    let events = Api::<CoreEvent>::default_namespaced(client.clone());
    events.create(&PostParams::default(), &from_json(event)).await.unwrap();
    let maps = Api::<ConfigMap>::default_namespaced(client);
    maps.create(&PostParams::default(), &from_json(json!({"metadata": {"name": "a"}}))).await.unwrap();
    is_clean("an object of another resource");
}

/// A reply of a service account's token has the name of the account, and no version.
#[tokio::test]
async fn a_token_is_not_a_write_to_its_account() {
    let reply = json!({"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1",
        "metadata": {"name": "a", "namespace": "default"}, "status": {"token": "t"}});
    let writes = PendingWrites::new();
    let accounts = Resource::core("v1", "serviceaccounts");
    let client = TrackWrites::new().of_resource(&accounts, &writes).client(&answering(vec![reply.to_string()], false));
    let request = http::Request::post("/api/v1/namespaces/default/serviceaccounts/a/token").body(vec![]).unwrap();
    client.request::<Value>(request).await.unwrap();
    assert_eq!(format!("{writes:?}"), "{}");
}

/// A client whose replies have a body of these pieces, and then end or break.
fn answering(pieces: Vec<String>, breaks: bool) -> Client {
    let service = hyper::service::service_fn(move |_: http::Request<Body>| {
        let frames = pieces.clone().into_iter().map(|piece| Ok(Frame::data(Bytes::from(piece))));
        let end = breaks.then(|| Err(std::io::Error::other("cut")));
        let body = StreamBody::new(stream::iter(frames.chain(end)));
        core::future::ready(Ok::<_, Infallible>(http::Response::new(body)))
    });
    Client::new(Towered(service), "default")
}

/// A service of hyper as one of tower.
struct Towered<S>(S);

impl<S: hyper::service::Service<http::Request<Body>>> tower_service::Service<http::Request<Body>> for Towered<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), S::Error>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> S::Future {
        self.0.call(request)
    }
}

#[tokio::test]
async fn a_reply_in_pieces_is_recorded_when_it_is_complete() {
    let object = r#"{"metadata":{"name":"a","namespace":"default","resourceVersion":"7"}}"#;
    for (cuts, breaks, is_recorded) in [(vec![], false, true), (vec![20, 40], false, true), (vec![20], true, false)] {
        let mut pieces = Vec::new();
        let mut rest = object;
        for cut in cuts {
            let (piece, later) = rest.split_at(cut.min(rest.len()));
            pieces.push(piece.to_owned());
            rest = later;
        }
        pieces.push(rest.to_owned());
        let writes = PendingWrites::new();
        let client = TrackWrites::new().of::<ConfigMap>(&writes).client(&answering(pieces, breaks));
        let maps = Api::<ConfigMap>::default_namespaced(client);
        let reply = maps.patch("a", &PatchParams::default(), &Patch::Merge(json!({}))).await;
        assert_eq!((reply.is_ok(), !writes.is_caught_up(NS, "a")), (is_recorded, is_recorded));
    }
}

#[tokio::test(start_paused = true)]
async fn a_layer_of_tower_has_a_book_for_each_resource() {
    let server = InProcessServer::start();
    let [of_pods, of_maps, also_of_maps, of_nodes] = [(); 4].map(|()| PendingWrites::new());
    let layer = TrackWrites::new()
        .of::<Pod>(&of_pods)
        .of::<ConfigMap>(&of_maps)
        .of_resource(&Resource::core("v1", "configmaps"), &also_of_maps)
        .of::<Node>(&of_nodes);
    assert!(format!("{layer:?}").contains("configmaps"));
    let client = ClientBuilder::new(server.service_for::<Body>(), "default").with_layer(&layer).build();
    let maps = Api::<ConfigMap>::default_namespaced(client.clone());
    maps.create(&PostParams::default(), &from_json(json!({"metadata": {"name": "a"}}))).await.unwrap();
    let nodes = Api::<Node>::all(client);
    nodes.create(&PostParams::default(), &from_json(json!({"metadata": {"name": "n"}}))).await.unwrap();
    nodes.delete("n", &DeleteParams::default()).await.unwrap();
    let pending = [&of_pods, &of_maps, &also_of_maps].map(|writes| !writes.is_caught_up(NS, "a"));
    assert_eq!(pending, [false, true, true]);
    assert!(!of_nodes.is_caught_up(None, "n"), "an object without a namespace");
}

#[tokio::test]
async fn a_tracked_client_keeps_the_settings_of_the_client() {
    let server = InProcessServer::start();
    let until = "2026-01-01T00:00:00Z".parse().unwrap();
    let client = Client::new(server.service_for::<Body>(), "shop").with_valid_until(Some(until));
    let tracked = TrackWrites::new().client(&client);
    assert_eq!((tracked.default_namespace(), tracked.valid_until()), ("shop", &Some(until)));
    let error = Api::<ConfigMap>::default_namespaced(tracked).get("a").await.unwrap_err();
    assert!(matches!(&error, kube_client::Error::Api(status) if status.code == 404), "kube's errors stay: {error}");
}
