//! Many watches of one client.

use futures_util::future::join_all;

use crate::mirror::Mirror;
use crate::namespace::{Namespace, text};
use crate::server::{Http, shared};

/// kube-apiserver allows 100 streams on an HTTP/2 connection.
const MORE_THAN_FIT: u32 = 250;

#[tokio::test]
async fn more_watches_than_a_connection_has_streams_all_work() {
    let Some(server) = shared().await else { return };
    let namespace = Namespace::create(&server.access, "many").await;
    namespace.fill("a", 0..5).await;
    let client = server.client(Http::Two);
    let configs = (0..MORE_THAN_FIT).map(|seed| namespace.watch("configmaps").seed(seed.into()).build().unwrap());
    let mut mirrors = join_all(configs.map(|config| Mirror::started(client.clone(), config))).await;
    namespace.change("a-00001", &text("changed")).await;
    namespace.remove("a-00002").await;
    let list = namespace.path("configmaps");
    join_all(mirrors.iter_mut().map(|mirror| mirror.agrees(&namespace.admin, &list))).await;
    namespace.give_back().await;
}
