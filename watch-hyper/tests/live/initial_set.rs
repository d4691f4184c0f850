//! The initial set, over thousands of objects.

use watch_hyper::watch_core::{InitialList, ListSemantics, Representation, Start};

use crate::mirror::Mirror;
use crate::namespace::Namespace;
use crate::server::{BOTH, Http, shared};

#[tokio::test]
async fn a_list_of_thousands_is_complete_however_it_is_requested() {
    let Some(server) = shared().await else { return };
    let namespace = Namespace::create(&server.access, "initial").await;
    namespace.fill("many", 0..2500).await;
    let list = namespace.path("configmaps");
    let by_list = || namespace.watch("configmaps").start(Start::InitialList(InitialList::List));
    for http in BOTH {
        for config in [
            namespace.watch("configmaps"),
            by_list(),
            by_list().page_size(Some(7 * 37)),
            by_list().page_size(None),
            by_list().list_semantics(ListSemantics::Any),
        ] {
            let mut mirror = Mirror::started(server.client(http), config.build().unwrap()).await;
            mirror.agrees(&namespace.admin, &list).await;
            assert!(mirror.len() >= 2500);
            assert!(mirror.ear.notices().is_empty(), "{:?}", mirror.ear.notices());
        }
    }
    namespace.give_back().await;
}

#[tokio::test]
async fn a_list_of_metadata_is_complete_too() {
    let Some(server) = shared().await else { return };
    let namespace = Namespace::create(&server.access, "metadata").await;
    namespace.fill("a", 0..10).await;
    for start in [InitialList::Auto, InitialList::List] {
        let config = namespace.watch("configmaps").representation(Representation::Metadata);
        let config = config.start(Start::InitialList(start)).page_size(Some(3)).build().unwrap();
        let mut mirror = Mirror::started(server.client(Http::Two), config).await;
        assert!(mirror.has("a-00009"));
        assert!(mirror.field("a-00009", "/metadata/uid").is_some());
        assert!(mirror.field("a-00009", "/data").is_none());
        let name = format!("new-{start:?}").to_lowercase();
        namespace.put(&name, "text").await;
        mirror.until("what is new is seen", |mirror| mirror.has(&name)).await;
        assert!(mirror.ear.notices().is_empty(), "{:?}", mirror.ear.notices());
    }
    namespace.give_back().await;
}
