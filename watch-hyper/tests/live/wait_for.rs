//! Waiting for one object.

use core::time::Duration;

use futures_util::future::join;
use watch_hyper::wait_for;
use watch_hyper::watch_core::{Object, Outcome};

use crate::namespace::{Namespace, text};
use crate::server::{BOTH, shared};

#[tokio::test]
async fn a_wait_sees_an_object_appear_change_and_disappear() {
    let Some(server) = shared().await else { return };
    let namespace = Namespace::create(&server.access, "wait").await;
    for http in BOTH {
        let client = server.client(http);
        let config =
            |seconds| namespace.watch("configmaps").name("it").deadline(Duration::from_secs(seconds)).build().unwrap();
        let is_there = |object: Option<&Object>| object.is_some();
        let (come, _) = join(wait_for(client.clone(), config(60), is_there), namespace.put("it", "one")).await;
        assert!(matches!(come, Ok(Outcome::Met(Some(_)))), "{come:?}");

        let has = |object: Option<&Object>, wanted: &str| {
            let value = object.and_then(|object| object.decode::<serde_json::Value>().ok());
            value.is_some_and(|value| value["data"]["text"] == wanted)
        };
        let waiting = wait_for(client.clone(), config(60), |object| has(object, "two"));
        let (changed, ()) = join(waiting, namespace.change("it", &text("two"))).await;
        assert!(matches!(changed, Ok(Outcome::Met(Some(_)))), "{changed:?}");

        let late = wait_for(client.clone(), config(2), |object| has(object, "never")).await;
        let Ok(Outcome::DeadlineReached(last)) = late else { panic!("{late:?}") };
        assert!(last.is_known() && last.state.object().is_some(), "{last:?}");

        let is_gone = |object: Option<&Object>| object.is_none();
        let (gone, ()) = join(wait_for(client, config(60), is_gone), namespace.remove("it")).await;
        assert_eq!(gone, Ok(Outcome::Met(None)));
    }
    namespace.give_back().await;
}
