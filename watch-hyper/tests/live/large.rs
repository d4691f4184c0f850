//! Objects as large as they can be.

use watch_hyper::watch_core::{InitialList, Start};

use crate::mirror::Mirror;
use crate::namespace::{Namespace, text};
use crate::server::{BOTH, shared};

/// A config map can't hold more.
const MOST: usize = 1 << 20;

#[tokio::test]
async fn an_object_of_a_mebibyte_is_complete() {
    let Some(server) = shared().await else { return };
    let namespace = Namespace::create(&server.access, "large").await;
    // The server writes `<` as `\u003c`: six mebibytes on the wire.
    namespace.put("brackets", &"<".repeat(MOST)).await;
    for http in BOTH {
        for start in [InitialList::Auto, InitialList::List] {
            let config = namespace.watch("configmaps").start(Start::InitialList(start)).build().unwrap();
            let mut mirror = Mirror::started(server.client(http), config).await;
            assert!(mirror.has("brackets"));
            namespace.put("live", &"é".repeat(MOST / 2)).await;
            namespace.change("live", &text(&">".repeat(MOST))).await;
            mirror.agrees(&namespace.admin, &namespace.path("configmaps")).await;
            namespace.remove("live").await;
            mirror.until("it is gone", |mirror| !mirror.has("live")).await;
            assert!(mirror.ear.notices().is_empty(), "{:?}", mirror.ear.notices());
        }
    }
    namespace.give_back().await;
}
