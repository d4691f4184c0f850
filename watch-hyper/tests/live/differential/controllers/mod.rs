//! Deletions that controllers complete, on both servers.

mod scenarios;
mod world;

use std::sync::Arc;

use futures_util::future::join_all;
use watch_test::live::Admin;

use self::scenarios::scenarios;
use self::world::{NAMESPACES, World, missing};

/// Returns when both controllers work.
pub(super) async fn wait_for_both(admin: &Arc<Admin>) {
    let world = World { admin: admin.clone(), namespace: "first".to_owned() };
    world.create_namespace().await;
    world.map("lost", &[missing()]).await;
    world.gone("lost").await;
    world.end().await;
    world.ended().await;
}

/// Runs all scenarios, at once. Returns the events of each object in them.
pub(super) async fn follow(admin: &Arc<Admin>) -> Vec<(String, String)> {
    let version = admin.get(NAMESPACES).await.unwrap().json()["metadata"]["resourceVersion"].clone();
    let version = version.as_str().unwrap();
    let scenarios = scenarios().into_iter().enumerate().map(|(index, (name, scenario))| async move {
        let world = World { admin: admin.clone(), namespace: format!("scenario-{index}") };
        world.create_namespace().await;
        scenario(world.clone()).await;
        let mut seen = Vec::new();
        let own = format!("{NAMESPACES}?fieldSelector=metadata.name%3D{}&", world.namespace);
        for path in [own, format!("{}?", world.maps()), format!("{}?", world.path("pods"))] {
            for (object, events) in world.events(&path, version).await {
                seen.push((format!("{name}: {object}"), events.join("\n         ")));
            }
        }
        seen
    });
    join_all(scenarios).await.into_iter().flatten().collect()
}
