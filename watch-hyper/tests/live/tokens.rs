//! Tokens of service accounts, which end.

use core::time::Duration;
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use serde_json::{Value, json};
use watch_hyper::Client;
use watch_hyper::watch_core::{Notice, Timing};
use watch_test::live::Admin;

use crate::mirror::Mirror;
use crate::namespace::Namespace;
use crate::server::{Server, shared, skip};

#[tokio::test]
async fn a_revoked_token_is_replaced_by_the_one_in_the_file() {
    let Some(server) = shared().await else { return };
    let namespace = Namespace::create(&server.access, "tokens").await;
    account(&namespace).await;
    let file = TokenFile::new("revoked");
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
    assert_eq!(mirror.ear.needs_attention(), 0, "{:?}", mirror.ear.notices());

    // Revoked: there is no other token until the test issues one.
    namespace.remove_any("secrets", "two").await;
    hears(&mut mirror, |notice| matches!(notice, Notice::NeedsAttention { .. }) && says(notice, 401)).await;
    namespace.put("revoked", "text").await;
    fs::write(&file.0, issue(&namespace, "three").await).unwrap();
    mirror.agrees(&namespace.admin, &namespace.path("configmaps")).await;
    assert!(mirror.has("revoked"));
    namespace.give_back().await;
}

#[tokio::test]
async fn a_token_that_ends_is_replaced_by_the_one_in_the_file() {
    let Some(server) = shared().await else { return };
    let Some(cluster) = server.cluster else {
        return skip("only our own cluster takes tokens that we sign").unwrap_or_default();
    };
    let namespace = Namespace::create(&server.access, "ending").await;
    let account = account(&namespace).await;
    let file = TokenFile::new("ending");
    let ending = cluster.token_until(&account, SystemTime::now() + Duration::from_secs(6)).unwrap();
    fs::write(&file.0, &ending).unwrap();
    let mut timing = Timing::default();
    timing.watch = Duration::from_secs(2);
    let config = namespace.watch("configmaps").timing(timing).build().unwrap();
    let mut mirror = Mirror::started(client(&server, &file), config).await;
    namespace.put("before", "text").await;
    mirror.agrees(&namespace.admin, &namespace.path("configmaps")).await;
    assert_eq!(mirror.ear.count(401), 0, "it was good: {:?}", mirror.ear.notices());

    // Rotated, as a kubelet does: the client notices it only when its token is refused.
    let lasting = cluster.token_until(&account, SystemTime::now() + Duration::from_secs(3600)).unwrap();
    fs::write(&file.0, lasting).unwrap();
    hears(&mut mirror, |notice| says(notice, 401)).await;
    let old = Admin::new(&server.access.clone().token(ending)).unwrap();
    assert_eq!(old.get(&namespace.path("configmaps")).await.unwrap().status, 401);
    namespace.put("after", "text").await;
    namespace.remove("before").await;
    mirror.agrees(&namespace.admin, &namespace.path("configmaps")).await;
    assert!(mirror.has("after") && !mirror.has("before"));
    assert_eq!((mirror.synced, mirror.ear.count(401)), (1, 1), "{:?}", mirror.ear.notices());
    assert_eq!(mirror.ear.needs_attention(), 0, "{:?}", mirror.ear.notices());
    namespace.give_back().await;
}

/// An account that may watch config maps.
async fn account(namespace: &Namespace) -> Value {
    let rbac = format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{}", namespace.name);
    let account = namespace.add("serviceaccounts", &json!({ "metadata": { "name": "watcher" } })).await;
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
    account
}

/// A token that is valid while the secret of this name exists. (The server accepts it for 10 s more.)
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

/// Follows the watch until this notice was reported.
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
        Notice::Retrying { trouble, .. } | Notice::NeedsAttention { trouble, .. } => {
            trouble.cause.status().is_some_and(|status| status.code == code)
        }
        _ => false,
    }
}

/// A file of this test's own, gone with it.
struct TokenFile(PathBuf);

impl TokenFile {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("watch-hyper-live-{}-{name}", std::process::id())))
    }
}

impl Drop for TokenFile {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.0));
    }
}
