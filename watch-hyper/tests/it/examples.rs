//! The examples do what they say.

use core::time::Duration;
use std::fs;
use std::path::Path;

use serde_json::json;
use watch_hyper::Client;
use watch_hyper::watch_core::{Config, Resource};
use watch_test::TestServer;

#[expect(dead_code, reason = "its `main` is not called")]
#[path = "../../examples/controller.rs"]
mod controller;
#[expect(dead_code, reason = "its `main` is not called")]
#[path = "../../examples/mirror.rs"]
mod mirror;

/// Ends by itself, so that what it did by then can be looked at.
fn config() -> Config {
    Config::builder(Resource::core("v1", "configmaps")).deadline(Duration::from_secs(1)).build().unwrap()
}

fn create(server: &TestServer, name: &str) {
    server.create("configmaps", None, json!({ "metadata": { "name": name, "namespace": "default" } })).unwrap();
}

fn files(directory: &Path) -> Vec<String> {
    let names = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name != ".state").collect();
    names.sort();
    names
}

#[tokio::test]
async fn the_mirror_is_right_also_when_its_version_expired_between_two_processes() {
    let server = TestServer::start().await.unwrap();
    let client = Client::builder(&server.url()).build().unwrap();
    let directory = std::env::temp_dir().join(format!("mirror-{}", std::process::id()));
    for name in ["a", "b"] {
        create(&server, name);
    }
    mirror::mirror(client.clone(), config(), &directory).await.unwrap();
    assert_eq!(files(&directory), ["default_a.json", "default_b.json"]);

    server.delete("configmaps", Some("default"), "a").unwrap();
    create(&server, "c");
    server.expire();
    mirror::mirror(client, config(), &directory).await.unwrap();
    assert_eq!(files(&directory), ["default_b.json", "default_c.json"]);
    let b: serde_json::Value = serde_json::from_slice(&fs::read(directory.join("default_b.json")).unwrap()).unwrap();
    assert_eq!(b["metadata"]["name"], "b");
    fs::remove_dir_all(directory).unwrap();
}

#[tokio::test]
async fn the_controller_looks_at_each_object_once_when_the_set_is_known() {
    let server = TestServer::start().await.unwrap();
    for name in ["a", "b"] {
        create(&server, name);
    }
    let mut seen = Vec::new();
    let client = Client::builder(&server.url()).build().unwrap();
    controller::control(client, config(), |(_, name), object| {
        seen.push((name.clone(), object.is_some()));
        if name == "a" {
            // Its own change comes back to it.
            drop(server.delete("configmaps", Some("default"), "b"));
        }
        Ok(())
    })
    .await;
    let expected = [("a", true), ("b", true), ("b", false)];
    assert_eq!(seen, expected.map(|(name, is_there)| (name.to_owned(), is_there)));
}
