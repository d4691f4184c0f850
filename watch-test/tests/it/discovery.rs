//! Discovery.

use serde_json::{Value, json};

use crate::common::{World, get};

/// The lists of resources of a real kube-apiserver 1.36.3, without the resources that aren't served here.
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
fn the_version_has_every_field_that_clients_read() {
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
fn every_health_check_succeeds() {
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
    let request = crate::common::send("DELETE", "/api/v1/namespaces", "application/json", &Value::Null);
    assert_eq!(World::standard().ask(request).status, 405);
}

/// The documents of a real kube-apiserver 1.36.3 about all groups, without what isn't served here.
const AGGREGATED: &str = include_str!("discovery_aggregated.txt");
const ACCEPTS_AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

#[test]
fn everything_in_one_document_has_the_recorded_bytes() {
    let mut world = World::standard();
    // The one resource that a cluster doesn't have.
    let own = r#",{"metadata":{"name":"example.com"},"versions":[{"version":"v1","resources":[{"resource":"widgets","responseKind":{"group":"example.com","version":"v1","kind":"Widget"},"scope":"Namespaced","singularResource":"widget","verbs":["delete","deletecollection","get","list","patch","create","update","watch"],"subresources":[{"subresource":"status","responseKind":{"group":"example.com","version":"v1","kind":"Widget"},"verbs":["get","patch","update"]}]}],"freshness":"Current"}]}]}"#;
    let [core, groups] = AGGREGATED.lines().collect::<Vec<_>>()[..] else { panic!("two documents") };
    let reply = world.ask(get("/api", ACCEPTS_AGGREGATED));
    assert_eq!(reply.text(), format!("{core}\n"));
    assert_eq!(reply.header("content-type"), Some(ACCEPTS_AGGREGATED));
    assert_eq!((reply.header("vary"), reply.header("cache-control")), (Some("Accept"), Some("public")));
    let groups = groups.strip_suffix("]}").expect("a list");
    assert_eq!(world.ask(get("/apis", ACCEPTS_AGGREGATED)).text(), format!("{groups}{own}\n"));
}

#[test]
fn a_document_that_the_client_has_is_not_sent_again() {
    let mut world = World::standard();
    let tag = world.ask(get("/apis", ACCEPTS_AGGREGATED)).header("etag").expect("a tag").to_owned();
    let mut request = get("/apis", ACCEPTS_AGGREGATED);
    request.headers_mut().insert("if-none-match", tag.parse().expect("a header"));
    let reply = world.ask(request);
    assert_eq!((reply.status, reply.text()), (304, ""));
    assert_eq!(reply.header("etag"), Some(&*tag));
}

#[test]
fn the_form_of_discovery_is_negotiated_as_by_a_real_server() {
    let mut world = World::standard();
    let mut kind = |accept: &str| {
        let reply = world.ask(get("/apis", accept));
        (reply.status, reply.json()["kind"].as_str().unwrap_or_default().to_owned())
    };
    let all = |name: &str| (200, name.to_owned());
    assert_eq!(kind("application/json"), all("APIGroupList"));
    assert_eq!(kind("*/*"), all("APIGroupList"));
    let beta = "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";
    assert_eq!(kind(&format!("{beta},{ACCEPTS_AGGREGATED},application/json")), all("APIGroupDiscoveryList"));
    assert_eq!(kind(&format!("{beta},application/json")), all("APIGroupList"));
    assert_eq!(kind(&format!("{ACCEPTS_AGGREGATED};profile=nopeer")), all("APIGroupDiscoveryList"));
    assert_eq!(kind(&format!("application/json;q=0.9,{ACCEPTS_AGGREGATED};q=0.5")), all("APIGroupDiscoveryList"));
    for refused in [beta, "text/html", "application/json;as=Table;v=v1;g=meta.k8s.io"] {
        assert_eq!(kind(refused), (406, "Status".to_owned()), "{refused}");
    }
}
