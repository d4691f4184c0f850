//! Bookmarks: versions that advance without events.

use core::time::Duration;

use futures_util::StreamExt;
use tokio::time::timeout;
use watch_hyper::Watch;
use watch_hyper::watch_core::{Event, Object, ResourceVersion, Timing};

use crate::mirror::{Ended, Mirror};
use crate::namespace::{Namespace, label};
use crate::server::{BOTH, shared};

#[tokio::test]
async fn a_bookmark_moves_the_checkpoint_on_where_nothing_happens() {
    let Some(server) = shared().await else { return };
    let namespace = Namespace::create(&server.access, "bookmarks").await;
    // The server sends the last one two seconds before it ends a watch.
    let mut timing = Timing::default();
    timing.watch = Duration::from_secs(6);
    let config = || namespace.watch("configmaps").labels("app=nothing").timing(timing.clone()).build().unwrap();
    for http in BOTH {
        let mut watch = Watch::<Object>::new(server.client(http), config());
        until(&mut watch, |event| matches!(event, Event::InitialEnd { .. })).await;
        let start = watch.handle().checkpoint().unwrap();
        let name = format!("{http:?}").to_lowercase();
        let elsewhere = namespace.put(&name, "text").await;
        let version: ResourceVersion = elsewhere["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap();
        assert!(start.resource_version().is_before(&version));
        let is_past = |found: &ResourceVersion| !found.is_before(&version);
        let bookmark = until(
            &mut watch,
            |event| matches!(event, Event::Bookmark { resource_version } if is_past(resource_version)),
        );
        let Event::Bookmark { resource_version } = bookmark.await else { unreachable!() };
        let checkpoint = watch.handle().checkpoint().unwrap();
        assert_eq!(checkpoint.resource_version(), &resource_version);
        drop(watch);

        // Another process continues from there.
        let mut resumed = Mirror::resume(server.client(http), config(), Ended::empty(checkpoint));
        let list = format!("{}?labelSelector=app%3Dnothing", namespace.path("configmaps"));
        resumed.agrees(&namespace.admin, &list).await;
        namespace.change(&name, &label("app", "nothing")).await;
        resumed.agrees(&namespace.admin, &list).await;
        assert_eq!(resumed.log, [format!("ADDED {name}")]);
        namespace.remove(&name).await;
        resumed.agrees(&namespace.admin, &list).await;
        assert_eq!((resumed.len(), resumed.synced), (0, 0), "it went on from there");
    }
    namespace.give_back().await;
}

async fn until(watch: &mut Watch, is_it: impl Fn(&Event) -> bool) -> Event {
    let looking = async {
        loop {
            let Ok(event) = watch.next().await.expect("the watch is over");
            if is_it(&event) {
                break event;
            }
        }
    };
    timeout(Duration::from_secs(60), looking).await.expect("the event doesn't come")
}
