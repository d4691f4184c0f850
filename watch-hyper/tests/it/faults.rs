//! Faults on real sockets: at the end the mirror equals the server, and the trouble was reported.

use core::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use watch_hyper::watch_core::{Config, Object, Resource, Timing};
use watch_hyper::{Client, ClientBuilder, Watch};
use watch_test::TestServer;
use watch_test::fault::{Fault, Requests, Rule, Shape};
use watch_test::model::End;

use crate::end_to_end::{truth, versions};
use crate::fake::Notices;

/// The timeout of a test: some backoffs, and a silence of two or three seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// A fault of the first watch, and the reported trouble.
struct Scene {
    fault: Rule,
    said: &'static str,
}

fn scenes() -> Vec<Scene> {
    let watch = || Requests::watch("pods");
    let list = || Requests::list("pods");
    let cut = |after_bytes, end| Fault::Cut { after_bytes, end };
    let html = |status| Fault::refuse(status).shape(Shape::Html);
    vec![
        Scene { fault: cut(300, End::Reset).once().on(watch()), said: "connection reset" },
        Scene { fault: cut(300, End::Cut).once().on(watch()), said: "" },
        Scene { fault: cut(300, End::Complete).once().on(watch()), said: "bytes into a document" },
        Scene { fault: cut(300, End::Reset).once().on(list()), said: "connection reset" },
        // The peer vanishes without a FIN, as after a firewall dropped the connection.
        Scene { fault: Fault::stall(0).once().on(watch()), said: "timeout: no event or bookmark" },
        Scene { fault: Fault::stall(150).once().on(watch()), said: "timeout: no end of the object" },
        Scene { fault: Fault::stall(150).once().on(list()), said: "timeout: no end of the object" },
        Scene { fault: Fault::DelayHead { by: Duration::from_secs(30) }.once().on(watch()), said: "no response" },
        Scene { fault: Fault::Drip { bytes: 20, every: Duration::from_millis(5) }.always().on(watch()), said: "" },
        Scene { fault: Fault::Split { bytes: 7 }.always(), said: "" },
        Scene { fault: html(200).once().on(watch()), said: "HTTP 200 with text/html" },
        Scene { fault: html(502).times(2).on(list()), said: "HTTP 502 with text/html" },
        Scene { fault: Fault::error(410, "Expired", "too old", 1).once().on(watch()), said: "410 Expired" },
    ]
}

async fn over(http: fn(ClientBuilder) -> ClientBuilder) {
    let ended = scenes().into_iter().map(|scene| async move {
        let server = TestServer::start().await.unwrap();
        for name in ["a", "b", "c"] {
            server.create("pods", None, json!({ "metadata": { "name": name, "namespace": "default" } })).unwrap();
        }
        let name = scene.fault.to_string();
        server.inject(scene.fault);
        let mut timing = Timing::default();
        timing.watch = Duration::from_secs(2);
        (timing.grace, timing.response_timeout, timing.object_timeout) =
            (Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(2));
        let config = Config::builder(Resource::core("v1", "pods"))
            .start(watch_hyper::watch_core::Start::InitialList(watch_hyper::watch_core::InitialList::List))
            .timing(timing)
            .build()
            .unwrap();
        let ear = Notices::default();
        let client = http(Client::builder(&server.url())).build().unwrap();
        let (watch, store) = ear.listen(Watch::<Object>::new(client, config)).store();
        let driving = tokio::spawn(watch.drive());
        store.ready().await.unwrap();
        for name in ["a", "d"] {
            let pod = json!({ "metadata": { "name": name, "namespace": "default", "labels": { "new": "yes" } } });
            drop(server.create("pods", None, pod));
        }
        server.delete("pods", Some("default"), "b").unwrap();
        let agrees = store.wait_for(|set| versions(set) == truth(&server));
        tokio::time::timeout(PATIENCE, agrees).await.unwrap_or_else(|_| panic!("{name}: it never agrees")).unwrap();
        let said: Vec<_> = ear.notices().iter().map(ToString::to_string).collect();
        assert!(said.iter().any(|line| line.contains(scene.said)) || scene.said.is_empty(), "{name}: {said:#?}");
        driving.abort();
    });
    join_all(ended).await;
}

#[tokio::test]
async fn over_http_1_each_fault_is_recovered_from() {
    over(|client| client).await;
}

#[tokio::test]
async fn over_http_2_each_fault_is_recovered_from() {
    over(ClientBuilder::http2_prior_knowledge).await;
}
