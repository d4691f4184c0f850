//! What a store of typed objects holds, beside kube-rs' reflector. In its own process, since allocations are counted.

use std::alloc::System;
use std::convert::Infallible;

use bytes::Bytes;
use cap::Cap;
use futures_util::StreamExt;
use http_body_util::Full;
use k8s_openapi::api::core::v1::Pod;
use kube_runtime::{reflector, watcher};
use serde_json::Value;
use watch_hyper::watch_core::{Config, Event, InitialList, Resource, Start};
use watch_hyper::{StoreBuilder, Transport, Watch};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

const PODS: usize = 500;

/// Returns recorded pods of 7.5 KB, with names of their own.
fn pods() -> Vec<String> {
    let recorded = concat!(env!("CARGO_MANIFEST_DIR"), "/../watch-test/captures/pods-churn.body");
    let recorded = std::fs::read_to_string(recorded).unwrap();
    let pod = |(index, line): (usize, &str)| {
        let Value::Object(mut event) = serde_json::from_str(line).unwrap() else { panic!("{line}") };
        let mut pod = event.remove("object").unwrap();
        pod["metadata"]["name"] = format!("web-7d4f8c9b6d-{index:05}").into();
        pod["metadata"]["uid"] = format!("c3df342e-8207-4bc7-8b2e-{index:012x}").into();
        pod["metadata"]["resourceVersion"] = (1 + index).to_string().into();
        pod.to_string()
    };
    recorded.lines().cycle().take(PODS).enumerate().map(pod).collect()
}

/// Returns the bytes in blocks that the result holds, for each pod.
async fn held<T>(make: impl AsyncFnOnce() -> T) -> usize {
    let before = ALLOCATOR.allocated();
    let made = make().await;
    let held = (ALLOCATOR.allocated() - before) / PODS;
    drop(made);
    held
}

fn watch(pods: &[String]) -> Watch<Pod> {
    let list = format!(
        r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{"resourceVersion":"{}"}},"items":[{}]}}"#,
        pods.len(),
        pods.join(",")
    );
    let mut list = Some(Bytes::from(list));
    let transport = Transport::from_fn(move |_: http::Request<Full<Bytes>>| {
        let list = list.take().expect("one request");
        async { Ok::<_, Infallible>(http::Response::new(Full::new(list))) }
    });
    let start = Start::InitialList(InitialList::List);
    let config = Config::builder(Resource::core("v1", "pods")).page_size(None).start(start).seed(0).build().unwrap();
    Watch::new(transport, config)
}

/// One test, because several would count each other's memory.
#[tokio::test(start_paused = true)]
async fn a_compact_store_of_pods_holds_no_more_than_kubes_reflector() {
    let pods = pods();
    let ours = async |builder: StoreBuilder<Pod>| {
        let (mut reflector, store) = builder.build();
        while !matches!(reflector.next().await.unwrap().unwrap(), Event::InitialEnd { .. }) {}
        assert_eq!(store.list().len(), PODS);
        (reflector, store)
    };
    let default = held(async || ours(StoreBuilder::new(watch(&pods))).await).await;
    let compact = held(async || ours(StoreBuilder::compact(watch(&pods))).await).await;
    let kube = held(async || {
        let mut writer = reflector::store::Writer::<Pod>::default();
        writer.apply_watcher_event(&watcher::Event::Init);
        for pod in &pods {
            writer.apply_watcher_event(&watcher::Event::InitApply(serde_json::from_str(pod).unwrap()));
        }
        writer.apply_watcher_event(&watcher::Event::InitDone);
        assert_eq!(writer.as_reader().len(), PODS);
        writer
    })
    .await;
    println!("a stored pod: {default} bytes, {compact} if compact, {kube} in kube's reflector");
    assert!(compact <= kube, "{compact}, {kube}");
    assert!(compact < default, "{compact}, {default}");
}
