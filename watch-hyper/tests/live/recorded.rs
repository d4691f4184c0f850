//! The tables of watch-test that were recorded from a real server: that server still answers so.

use std::fs;
use std::path::Path;

use futures_util::future::join_all;
use serde_json::{Value, json};
use watch_test::live::Admin;

use crate::server::shared;

/// Returns a table of watch-test, whose sources are beside those of this crate; `None` if they aren't there.
fn table(path: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../watch-test").join(path);
    fs::read_to_string(path).ok()
}

/// Returns a server of the release that the tables are of.
async fn recorded_server() -> Option<Admin> {
    let server = shared().await?;
    let admin = Admin::new(&server.access).unwrap();
    let version = admin.get("/version").await.unwrap().json();
    (version["minor"] == "36" && server.cluster.is_some()).then_some(admin)
}

async fn text(admin: &Admin, path: &str) -> String {
    let accept = [("accept", "application/json")];
    let answer = admin.request(http::Method::GET, path, &accept, "").await.unwrap();
    String::from_utf8(answer.body.to_vec()).unwrap()
}

fn base(api_version: &str) -> String {
    if api_version.contains('/') { format!("/apis/{api_version}") } else { format!("/api/{api_version}") }
}

/// `empty_objects.txt`: the object of each end marker.
#[tokio::test]
async fn end_markers_are_as_recorded() {
    let (Some(recorded), Some(admin)) = (table("tests/it/empty_objects.txt"), recorded_server().await) else { return };
    // At once, because each takes a second.
    join_all(recorded.lines().map(|line| end_marker(&admin, line))).await;
}

async fn end_marker(admin: &Admin, recorded: &str) {
    let object: Value = serde_json::from_str(recorded).unwrap();
    let base = base(object["apiVersion"].as_str().unwrap());
    let resources = admin.get(&base).await.unwrap().json();
    let is_it = |entry: &&Value| entry["kind"] == object["kind"] && !entry["name"].as_str().unwrap().contains('/');
    let entry = resources["resources"].as_array().unwrap().iter().find(is_it).unwrap();
    let query = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true\
                 &timeoutSeconds=1&fieldSelector=metadata.name%3Dnope";
    let events = text(admin, &format!("{base}/{}?{query}", entry["name"].as_str().unwrap())).await;
    let event: Value = serde_json::from_str(events.lines().next().unwrap()).unwrap();
    let version = event.pointer("/object/metadata/resourceVersion").unwrap();
    let expected = recorded.replace("\"resourceVersion\":\"N\"", &format!("\"resourceVersion\":{version}"));
    assert_eq!(events.lines().next().unwrap(), format!("{{\"type\":\"BOOKMARK\",\"object\":{expected}}}"));
}

/// `definitions.txt`: pairs of a definition and its refusal.
#[tokio::test]
async fn invalid_definitions_are_refused_as_recorded() {
    let (Some(recorded), Some(admin)) = (table("tests/it/definitions.txt"), recorded_server().await) else { return };
    let lines: Vec<&str> = recorded.lines().collect();
    for pair in lines.chunks(2) {
        let definition: Value = serde_json::from_str(pair[0]).unwrap();
        let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        let answer = admin.post(path, &definition).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&answer.body).trim_end(), pair[1], "{}", pair[0]);
    }
}

/// `discovery.txt` and `discovery_aggregated.txt`: the resources that watch-test serves, in their order.
#[tokio::test]
async fn resources_are_listed_as_recorded() {
    let (Some(recorded), Some(admin)) = (table("tests/it/discovery.txt"), recorded_server().await) else { return };
    for line in recorded.lines() {
        let list: Value = serde_json::from_str(line).unwrap();
        let path = base(list["groupVersion"].as_str().unwrap());
        let real: Value = serde_json::from_str(&text(&admin, &path).await).unwrap();
        assert_eq!(kept(&real["resources"], &list["resources"], "name"), list["resources"], "{path}");
    }
    let recorded = table("tests/it/discovery_aggregated.txt").unwrap();
    for (path, line) in ["/api", "/apis"].into_iter().zip(recorded.lines()) {
        let document: Value = serde_json::from_str(line).unwrap();
        let accept = [("accept", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")];
        let real = admin.request(http::Method::GET, path, &accept, "").await.unwrap().json();
        for group in document["items"].as_array().unwrap() {
            let name = &group["metadata"]["name"];
            let is_it = |real: &&Value| real["metadata"]["name"] == *name;
            let real = real["items"].as_array().unwrap().iter().find(is_it).unwrap();
            for version in group["versions"].as_array().unwrap() {
                let is_it = |real: &&Value| real["version"] == version["version"];
                let real = real["versions"].as_array().unwrap().iter().find(is_it).unwrap();
                let (real, recorded) = (&real["resources"], &version["resources"]);
                assert_eq!(without_parts(&kept(real, recorded, "resource")), without_parts(recorded), "{name}");
                for resource in recorded.as_array().unwrap() {
                    let is_it = |real: &&Value| real["resource"] == resource["resource"];
                    let real = real.as_array().unwrap().iter().find(is_it).unwrap();
                    let parts = &resource["subresources"];
                    assert_eq!(kept(&real["subresources"], parts, "subresource"), or_empty(parts), "{name}");
                }
            }
        }
    }
}

/// `src/model/rendering/pod_columns.txt`: the columns of tables of pods.
#[tokio::test]
async fn columns_are_as_recorded() {
    let Some(recorded) = table("src/model/rendering/pod_columns.txt") else { return };
    let Some(admin) = recorded_server().await else { return };
    let accept = [("accept", "application/json;as=Table;v=v1;g=meta.k8s.io")];
    let table = admin.request(http::Method::GET, "/api/v1/pods", &accept, "").await.unwrap().json();
    let columns = table["columnDefinitions"].as_array().unwrap().iter().map(|column| {
        let text = |field: &str| column[field].as_str().unwrap_or_default();
        let (name, kind, format) = (text("name"), text("type"), text("format"));
        let description = text("description").replace('\n', "\\n").replace('"', "\\\"");
        format!("{name}|{kind}|{format}|{}|{description}\n", column["priority"])
    });
    assert_eq!(columns.collect::<String>().trim_end(), recorded.trim_end());
}

/// The elements of a list that another list has, by a field.
fn kept(list: &Value, others: &Value, field: &str) -> Value {
    let of = |list: &Value| list.as_array().cloned().unwrap_or_default();
    let others = of(others);
    of(list).into_iter().filter(|one| others.iter().any(|other| other[field] == one[field])).collect()
}

fn or_empty(list: &Value) -> Value {
    if list.is_null() { json!([]) } else { list.clone() }
}

/// The resources without their subresources.
fn without_parts(resources: &Value) -> Value {
    let mut resources = resources.clone();
    for resource in resources.as_array_mut().into_iter().flatten() {
        resource.as_object_mut().unwrap().remove("subresources");
    }
    resources
}
