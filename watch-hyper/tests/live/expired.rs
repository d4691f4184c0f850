//! Versions that the server no longer has.

use serde_json::json;
use watch_test::live::Admin;

use crate::mirror::Mirror;
use crate::namespace::{Namespace, text};
use crate::server::{BOTH, client, own};

#[tokio::test]
async fn changes_before_a_forgetful_restart_are_reported() {
    let Some(mut cluster) = own(&[]).await else { return };
    let namespace = Namespace::create(&cluster.access(), "restarted").await;
    namespace.fill("a", 0..100).await;
    let mut mirrors = Vec::new();
    for http in BOTH {
        let config = namespace.watch("configmaps").build().unwrap();
        mirrors.push(Mirror::started(client(&cluster.access(), http), config).await);
    }

    // Versions advance, but not those of the watched objects. kube-apiserver keeps no history across a restart.
    for number in 0..3 {
        namespace.add("secrets", &json!({ "metadata": { "name": format!("elsewhere-{number}") } })).await;
    }
    // The watches aren't polled, so they see nothing before the end.
    cluster.kill().unwrap();
    cluster.resume().await.unwrap();
    let again = Namespace { admin: Admin::new(&cluster.access()).unwrap(), name: namespace.name };
    for number in 0..10 {
        again.remove(&format!("a-{number:05}")).await;
    }
    again.put("a-00003", "another of that name").await;
    again.change("a-00050", &text("changed")).await;
    again.fill("b", 0..10).await;

    for mirror in &mut mirrors {
        is_reported_as_changes(mirror, &again, "configmaps", "a-00007").await;
    }
}

#[tokio::test]
async fn changes_before_a_compaction_are_reported() {
    let Some(cluster) = own(&[]).await else { return };
    let namespace = Namespace::create(&cluster.access(), "compacted").await;
    // kube-apiserver remembers changes of other kinds itself; for those of Events it asks etcd each time.
    for name in ["kept", "lost", "changed"] {
        namespace.add("events", &event(name, &namespace.name)).await;
    }
    let config = || namespace.watch("events").build().unwrap();
    for (number, http) in BOTH.into_iter().enumerate() {
        let lost = if number == 0 { "lost" } else { "new-0" };
        // Between two processes there is no watch.
        let before = Mirror::started(client(&cluster.access(), http), config()).await.end();
        namespace.remove_any("events", lost).await;
        namespace.change_any("events", "changed", &json!({ "reason": format!("Changed{number}") })).await;
        namespace.add("events", &event(&format!("new-{number}"), &namespace.name)).await;
        cluster.compact().await.unwrap();
        let mut mirror = Mirror::resume(client(&cluster.access(), http), config(), before);
        is_reported_as_changes(&mut mirror, &namespace, "events", lost).await;
    }
}

/// The version expired, and the missed changes are reported, among them that this object is gone.
async fn is_reported_as_changes(mirror: &mut Mirror, namespace: &Namespace, plural: &str, gone: &str) {
    let synced = mirror.synced;
    mirror.until("it is synced again", |mirror| mirror.synced > synced).await;
    mirror.agrees(&namespace.admin, &namespace.path(plural)).await;
    assert!(mirror.ear.has_expired(), "{:?}", mirror.ear.notices());
    assert!(mirror.log.contains(&format!("VANISHED {gone}")), "{:?}", mirror.log);
}

fn event(name: &str, namespace: &str) -> serde_json::Value {
    json!({
        "metadata": { "name": name },
        "involvedObject": { "kind": "Pod", "name": "web", "namespace": namespace },
        "reason": "Testing",
        "type": "Normal",
    })
}
