//! What there is to be asked for.

mod common;

use common::{World, get};
use serde_json::{Value, json};

/// The lists of resources of a real kube-apiserver 1.36.3, without those that aren't served here.
const RECORDED: &str = include_str!("discovery.txt");

#[test]
fn the_lists_of_resources_have_the_recorded_bytes() {
    let mut world = World::standard();
    for recorded in RECORDED.lines() {
        let list: Value = serde_json::from_str(recorded).expect("JSON");
        let path = match list["groupVersion"].as_str().expect("a version") {
            "v1" => "/api/v1".into(),
            group => format!("/apis/{group}"),
        };
        assert_eq!(world.get(&path).text(), format!("{recorded}\n"));
    }
}

#[test]
fn custom_resources_are_listed_as_recorded() {
    let mut world = World::standard();
    let definition = json!({
        "metadata": {"name": "bazs.ex.com"},
        "spec": {
            "group": "ex.com",
            "names": {"plural": "bazs", "kind": "Baz", "shortNames": ["bz"], "categories": ["all", "z"]},
            "scope": "Cluster",
            "versions": [{"name": "v1beta1", "served": true, "storage": true, "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": {"type": "object"}}}],
        },
    });
    world.create("customresourcedefinitions.apiextensions.k8s.io", definition);
    world.now += core::time::Duration::from_secs(1);
    assert_eq!(
        world.get("/apis/ex.com/v1beta1").text(),
        r#"{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"ex.com/v1beta1","resources":[{"name":"bazs","singularName":"baz","namespaced":false,"kind":"Baz","verbs":["delete","deletecollection","get","list","patch","create","update","watch"],"shortNames":["bz"],"categories":["all","z"],"storageVersionHash":"zXfUNaHOHqM="},{"name":"bazs/status","singularName":"","namespaced":false,"kind":"Baz","verbs":["get","patch","update"]}]}
"#
    );
}

#[test]
fn the_version_has_all_that_clients_want_of_it() {
    let reply = World::standard().get("/version");
    assert!(reply.text().starts_with("{\n  \"major\": \"1\",\n  \"minor\": \"36\",\n  \"emulationMajor\": \"1\",\n"));
    let version = reply.json();
    for name in ["gitVersion", "gitCommit", "gitTreeState", "buildDate", "goVersion", "compiler", "platform"] {
        assert!(version[name].is_string(), "{name}");
    }
}

#[test]
fn versions_and_groups_are_found() {
    let mut world = World::standard();
    let mut request = get("/api", "application/json");
    request.headers_mut().insert("host", "127.0.0.1:6443".parse().expect("a header"));
    assert_eq!(
        world.ask(request).text(),
        r#"{"kind":"APIVersions","versions":["v1"],"serverAddressByClientCIDRs":[{"clientCIDR":"0.0.0.0/0","serverAddress":"127.0.0.1:6443"}]}
"#
    );
    assert_eq!(
        world.get("/apis/apps").text(),
        r#"{"kind":"APIGroup","apiVersion":"v1","name":"apps","versions":[{"groupVersion":"apps/v1","version":"v1"}],"preferredVersion":{"groupVersion":"apps/v1","version":"v1"}}
"#
    );
    let groups = world.get("/apis").json();
    assert!(groups["groups"].as_array().expect("groups").iter().any(|group| group["name"] == "apps"));
    assert!(world.get("/apis?pretty=1").text().starts_with("{\n  \"kind\": \"APIGroupList\",\n"));
}

#[test]
fn it_is_well_in_every_way_it_knows() {
    let mut world = World::standard();
    for path in ["/healthz", "/livez", "/readyz", "/readyz/ping", "/livez/etcd"] {
        let reply = world.get(path);
        assert_eq!((reply.status, reply.text()), (200, "ok"), "{path}");
    }
    assert_eq!(world.get("/readyz?verbose").text(), "[+]ping ok\n[+]log ok\n[+]etcd ok\nreadyz check passed\n");
    assert_eq!(world.get("/healthz/nope").text(), "404 page not found\n");
}

#[test]
fn openapi_has_documents_without_schemas() {
    let mut world = World::standard();
    assert_eq!(world.get("/openapi/v2").json()["swagger"], "2.0");
    let accept = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
    let protobuf = world.ask(get("/openapi/v2", accept));
    assert_eq!(protobuf.header("content-type"), Some("application/com.github.proto-openapi.spec.v2.v1.0+protobuf"));
    assert!(protobuf.body.starts_with(b"\x0a\x032.0"));
    let index = world.get("/openapi/v3").json();
    let url = index["paths"]["apis/apps/v1"]["serverRelativeURL"].as_str().expect("a URL");
    assert!(world.get(url).json()["paths"]["/deployments/{name}"]["patch"].is_object());
}

#[test]
fn namespaces_are_not_deleted_all_at_once() {
    let request = common::send("DELETE", "/api/v1/namespaces", "application/json", &Value::Null);
    assert_eq!(World::standard().ask(request).status, 405);
}
