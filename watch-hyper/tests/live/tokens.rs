//! Tokens of service accounts, which end.

use core::time::Duration;
use std::fs;
use std::path::PathBuf;

use serde_json::json;
use watch_hyper::Client;
use watch_hyper::watch_core::{Notice, Timing};

use crate::mirror::Mirror;
use crate::namespace::Namespace;
use crate::server::{Server, shared};

#[tokio::test]
async fn a_revoked_token_is_replaced_by_the_one_in_the_file() {
    let Some(server) = shared().await else { return };
    let namespace = Namespace::create(&server.access, "tokens").await;
    account(&namespace).await;
    let file = TokenFile::new();
    fs::write(&file.0, issue(&namespace, "one").await).unwrap();
    let mut timing = Timing::default();
    timing.watch = Duration::from_secs(2);
    let config = namespace.watch("configmaps").timing(timing).build().unwrap();
    let mut mirror = Mirror::started(client(&server, &file), config).await;

    // Rotated: the new one is in the file when the old one ends.
    fs::write(&file.0, issue(&namespace, "two").await).unwrap();
    namespace.remove_any("secrets", "one").await;
    hears(&mut mirror, |notice| says(notice, 401)).await;
    namespace.put("rotated", "text").await;
    mirror.agrees(&namespace.admin, &namespace.path("configmaps")).await;
    assert_eq!(mirror.ear.blocked(), 0, "{:?}", mirror.ear.notices());

    // Revoked: there is no other, until somebody brings one.
    namespace.remove_any("secrets", "two").await;
    hears(&mut mirror, |notice| matches!(notice, Notice::Blocked { .. }) && says(notice, 401)).await;
    namespace.put("revoked", "text").await;
    fs::write(&file.0, issue(&namespace, "three").await).unwrap();
    mirror.agrees(&namespace.admin, &namespace.path("configmaps")).await;
    assert!(mirror.has("revoked"));
    namespace.give_back().await;
}

/// An account that may watch config maps.
async fn account(namespace: &Namespace) {
    let rbac = format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{}", namespace.name);
    namespace.add("serviceaccounts", &json!({ "metadata": { "name": "watcher" } })).await;
    let role = json!({
        "metadata": { "name": "watcher" },
        "rules": [{ "apiGroups": [""], "resources": ["configmaps"], "verbs": ["list", "watch"] }],
    });
    let binding = json!({
        "metadata": { "name": "watcher" },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "watcher" },
        "subjects": [{ "kind": "ServiceAccount", "name": "watcher", "namespace": namespace.name }],
    });
    namespace.admin.post(&format!("{rbac}/roles"), &role).await.unwrap().success().unwrap();
    namespace.admin.post(&format!("{rbac}/rolebindings"), &binding).await.unwrap().success().unwrap();
}

/// A token that is good as long as the secret of this name is there. (The server believes in it 10 s longer.)
async fn issue(namespace: &Namespace, secret: &str) -> String {
    let secret = namespace.add("secrets", &json!({ "metadata": { "name": secret } })).await;
    let request = json!({
        "spec": {
            "expirationSeconds": 3600,
            "boundObjectRef": {
                "apiVersion": "v1",
                "kind": "Secret",
                "name": secret["metadata"]["name"],
                "uid": secret["metadata"]["uid"],
            },
        },
    });
    let answer = namespace.add("serviceaccounts/watcher/token", &request).await;
    answer["status"]["token"].as_str().unwrap().to_owned()
}

fn client(server: &Server, file: &TokenFile) -> Client {
    let builder = Client::builder(&server.access.url).token_file(&file.0).no_proxy();
    let builder = match &server.access.certificate_authority {
        Some(pem) => builder.ca_pem(pem.as_str()),
        None => builder,
    };
    builder.build().unwrap()
}

/// Follows it until this was said.
async fn hears(mirror: &mut Mirror, is_it: impl Fn(&Notice) -> bool) {
    let ear = mirror.ear.clone();
    let heard = async {
        while !ear.notices().iter().any(&is_it) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), mirror.during(heard)).await.expect("nothing is said of it");
}

fn says(notice: &Notice, code: u16) -> bool {
    match notice {
        Notice::Retrying { trouble, .. } | Notice::Blocked { trouble, .. } => {
            trouble.cause.status().is_some_and(|status| status.code == code)
        }
        _ => false,
    }
}

/// A file of this test's own, gone with it.
struct TokenFile(PathBuf);

impl TokenFile {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("watch-hyper-live-{}", std::process::id())))
    }
}

impl Drop for TokenFile {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.0));
    }
}
