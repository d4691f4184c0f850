//! Versions that the server no longer has.

use serde_json::json;

use crate::mirror::Mirror;
use crate::namespace::{Namespace, text};
use crate::server::{BOTH, client, own};

#[tokio::test]
async fn what_happened_before_a_version_expired_comes_out_as_changes() {
    let Some(mut cluster) = own(&[]).await else { return };
    let namespace = Namespace::create(&cluster.access(), "expired").await;
    namespace.fill("a", 0..100).await;
    namespace.add("events", &event("kept", &namespace.name)).await;
    namespace.add("events", &event("lost", &namespace.name)).await;
    // kube-apiserver remembers changes of config maps itself; for those of Events it asks etcd each time.
    let mut mirrors = Vec::new();
    for plural in ["configmaps", "events"] {
        for http in BOTH {
            let config = namespace.watch(plural).build().unwrap();
            mirrors.push((plural, Mirror::started(client(&cluster.access(), http), config).await));
        }
    }

    // Versions go on, but not those of what is watched. kube-apiserver will remember nothing from before it starts.
    for number in 0..3 {
        namespace.add("secrets", &json!({ "metadata": { "name": format!("elsewhere-{number}") } })).await;
    }
    // Nobody polls the watches, so they learn of nothing before all is over.
    cluster.kill().unwrap();
    cluster.resume().await.unwrap();
    let again = Namespace { admin: watch_test::live::Admin::new(&cluster.access()).unwrap(), name: namespace.name };
    for number in 0..10 {
        again.remove(&format!("a-{number:05}")).await;
    }
    again.put("a-00003", "another of that name").await;
    again.change("a-00050", &text("changed")).await;
    again.fill("b", 0..10).await;
    again.remove_any("events", "lost").await;
    again.add("events", &event("new", &again.name)).await;
    cluster.compact().await.unwrap();

    for (plural, mirror) in &mut mirrors {
        mirror.until("the set is whole again", |mirror| mirror.synced > 1).await;
        mirror.agrees(&again.admin, &again.path(plural)).await;
        assert!(mirror.ear.has_expired(), "{plural}: {:?}", mirror.ear.notices());
        let gone = if *plural == "events" { "lost" } else { "a-00007" };
        assert!(mirror.log.contains(&format!("VANISHED {gone}")), "{plural}: {:?}", mirror.log);
    }
}

fn event(name: &str, namespace: &str) -> serde_json::Value {
    json!({
        "metadata": { "name": name },
        "involvedObject": { "kind": "Pod", "name": "web", "namespace": namespace },
        "reason": "Testing",
        "type": "Normal",
    })
}
