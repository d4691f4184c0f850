//! Who may watch: granted, revoked, granted again.

use core::time::Duration;

use serde_json::json;
use watch_hyper::watch_core::Timing;

use crate::mirror::Mirror;
use crate::namespace::{Namespace, text};
use crate::server::{BOTH, client, shared, skip};

#[tokio::test]
async fn a_forbidden_watch_recovers_when_access_is_granted() {
    let Some(server) = shared().await else { return };
    let Some(cluster) = server.cluster else {
        return skip("this cluster has no user to whom nothing is granted").unwrap_or_default();
    };
    let (restricted, user) = (cluster.restricted_access(), cluster.restricted_user());
    let namespace = Namespace::create(&server.access, "rbac").await;
    namespace.fill("a", 0..10).await;
    // The server checks the permissions when a request begins.
    let mut timing = Timing::default();
    timing.watch = Duration::from_secs(3);
    let config = namespace.watch("configmaps").timing(timing).build().unwrap();
    let mut mirrors = BOTH.map(|http| Mirror::new(client(&restricted, http), config.clone()));

    for (round, name) in ["first", "second"].into_iter().enumerate() {
        for mirror in &mut mirrors {
            until_blocked(mirror, round + 1).await;
            assert!(mirror.ear.count(403) > 0);
        }
        namespace.put(name, "text").await;
        namespace.change("a-00001", &text(name)).await;
        namespace.remove(&format!("a-0000{}", round + 2)).await;
        grant(&namespace, user).await;
        for mirror in &mut mirrors {
            mirror.agrees(&namespace.admin, &namespace.path("configmaps")).await;
            assert!(mirror.has(name));
        }
        revoke(&namespace).await;
    }
    namespace.give_back().await;
}

/// Follows it until this many `NeedsAttention` notices were reported.
async fn until_blocked(mirror: &mut Mirror, times: usize) {
    let ear = mirror.ear.clone();
    let blocked = async {
        while ear.needs_attention() < times {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(60), mirror.during(blocked)).await;
    waited.expect("it is never refused");
}

fn paths(namespace: &Namespace) -> [String; 2] {
    ["roles", "rolebindings"]
        .map(|plural| format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{}/{plural}", namespace.name))
}

async fn grant(namespace: &Namespace, user: &str) {
    let [roles, bindings] = paths(namespace);
    let role = json!({
        "metadata": { "name": "watcher" },
        "rules": [{ "apiGroups": [""], "resources": ["configmaps"], "verbs": ["list", "watch"] }],
    });
    let binding = json!({
        "metadata": { "name": "watcher" },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "watcher" },
        "subjects": [{ "apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user }],
    });
    namespace.admin.post(&roles, &role).await.unwrap().success().unwrap();
    namespace.admin.post(&bindings, &binding).await.unwrap().success().unwrap();
}

async fn revoke(namespace: &Namespace) {
    for path in paths(namespace) {
        namespace.admin.delete(&format!("{path}/watcher")).await.unwrap().success().unwrap();
    }
}
