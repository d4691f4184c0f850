// The lines of watch-hyper in from-kube-rs.md. They are compiled here, and the test `from_kube_rs` compares them with the
// page.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::hash::RandomState;
use std::time::Duration;

use futures_util::StreamExt;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::api::networking::v1::Ingress;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube_client::core::PartialObjectMeta;
use kube_client::{Api, ResourceExt};
use kube_derive::CustomResource;
use kube_runtime::watcher;
use serde::{Deserialize, Serialize};
use watch_hyper::watch_core::{
    Change, Condition, Config, DecodeError, Event, FromObject, InitialList, LabelSelector, ListSemantics, Object,
    ObjectMetadata, Outcome, PartialObjectMetadata, Predicate, PredicateFilter, Resource, ResourceVersion, Start,
    Timing, Touched, conditions, predicates,
};
use watch_hyper::{
    AppliedObjects, Ended, Reflector, Set, Store, StoreBuilder, TouchedObjects, Transport, WaitError, Watch,
    config_for, wait_for, wait_for_all, watch_for,
};

type Anything = Result<(), Box<dyn StdError>>;

#[derive(Clone, CustomResource, Debug, Deserialize, Serialize)]
#[kube(group = "example.com", version = "v1", kind = "Widget", namespaced, schema = "disabled")]
#[kube(crates(kube_core = "::kube_client::core"))]
struct WidgetSpec {
    size: u32,
}

async fn a_stream() -> Anything {
    let transport = Transport::try_from(kube_client::Config::infer().await?)?;
    let config = Config::for_type::<Pod>().namespace("default").labels("app=web").build()?;
    let mut changes = Watch::<Pod>::new(transport, config).changes();
    while let Some(change) = changes.next().await {
        match change {
            Ok(Change::Added(pod) | Change::Modified(pod) | Change::Deleted(pod)) => println!("{}", pod.name_any()),
            Ok(Change::Vanished(gone)) => println!("{} was deleted during a gap", gone.name()),
            Ok(Change::Synced { .. }) => println!("all pods that existed at the start were reported"),
            Err(error) => println!("an object doesn't fit the type: {error}"),
        }
    }
    Ok(())
}

fn kubes_events(pods: Api<Pod>) -> Anything {
    let stream = watch_hyper::kube_runtime::watcher(pods, watcher::Config::default())?;
    drop(stream);
    Ok(())
}

fn watches(transport: Transport) -> Anything {
    drop(Watch::<Pod>::new(transport.clone(), Config::for_type::<Pod>().build()?));
    drop(Watch::<Widget>::new(transport.clone(), config_for::<Widget>().build()?));
    drop(watch_for::<Widget>(transport.clone(), config_for::<Widget>().build()?)?);
    drop(Watch::<Object>::new(transport.clone(), Config::builder("widgets.v1.example.com".parse()?).build()?));
    drop(Watch::<PartialObjectMeta<Pod>>::new(transport.clone(), config_for::<PartialObjectMeta<Pod>>().build()?));
    drop(Watch::<PartialObjectMetadata>::new(transport.clone(), config_for::<PartialObjectMeta<Pod>>().build()?));
    Ok(())
}

fn settings() -> Anything {
    let mut timing = Timing::default();
    timing.watch = Duration::from_secs(240);
    timing.shortest_backoff = Duration::from_secs(1);
    timing.longest_backoff = Duration::from_secs(60);
    let config = Config::for_type::<Pod>()
        .namespace("default")
        .name("web-0")
        .labels("app=web")
        .labels(LabelSelector::new().equal("app", "web"))
        .fields("spec.nodeName=node-1")
        .timing(timing)
        .list_semantics(ListSemantics::Any)
        .start(Start::InitialList(InitialList::List))
        .page_size(Some(100))
        .bookmarks(false)
        .strip_managed_fields(true)
        .give_up_after(Duration::ZERO)
        .deadline(Duration::from_secs(60))
        .build()?;
    drop((config, Resource::new("apps", "v1", "deployments")));
    Ok(())
}

fn events(item: Result<Event<Pod>, DecodeError>) {
    match item {
        Ok(Event::Added(pod) | Event::Modified(pod)) => drop(pod),
        Ok(Event::Deleted(pod)) => drop(pod),
        Ok(Event::Initial(pod)) => drop(pod),
        Ok(Event::InitialBegin { cause }) => println!("{cause:?}"),
        Ok(Event::InitialEnd { resource_version }) => drop(resource_version),
        Ok(Event::Bookmark { resource_version }) => drop(resource_version),
        Err(error) => println!("{error}"),
    }
}

fn without_managed_fields(mut pod: Pod) -> Pod {
    pod.metadata.managed_fields = None;
    pod
}

fn a_change_of_an_event(event: Event<Pod>) -> Event<Pod> {
    event.map(without_managed_fields)
}

fn notices(watch: &mut Watch<Pod>) {
    watch.handle_mut().observe(|notice| eprintln!("{notice}"));
}

fn applied(watch: Watch<Pod>) -> AppliedObjects<Pod> {
    watch.changes().applied_objects()
}

async fn touched(mut touched: TouchedObjects<Pod>) {
    match touched.next().await {
        Some(Ok(Touched::Object(pod))) => drop(pod),
        Some(Ok(Touched::Vanished(gone))) => println!("{} {:?}", gone.name(), gone.uid()),
        Some(Err(_)) | None => {}
    }
}

fn filters(watch: Watch<Pod>, change: Change) {
    drop(watch.changes().predicate_filter(predicates::generation));
    let mut filter = PredicateFilter::new(predicates::labels.or(predicates::annotations), RandomState::new());
    println!("{}", filter.passes(&change));
    let either = predicates::generation.fallback(predicates::resource_version);
    let own = |object: &Object| object.namespace().map(str::len);
    drop((PredicateFilter::new(either, RandomState::new()), PredicateFilter::new(own, RandomState::new())));
    drop(PredicateFilter::new(predicates::finalizers, RandomState::new()));
}

struct Mine;

impl FromObject for Mine {
    type Error = Infallible;

    fn from_object(_: Object) -> Result<Self, Infallible> {
        Ok(Self)
    }
}

fn transformed(watch: Watch<Pod>) -> (Reflector<Pod>, Store<Pod>) {
    StoreBuilder::transformed(watch, without_managed_fields).build()
}

fn is_ready(pod: &Pod) -> bool {
    conditions::is_pod_ready(Some(pod))
}

async fn a_store(watch: Watch<Pod>, other: Watch<Pod>) -> Anything {
    let (reflector, store): (Reflector<Pod>, Store<Pod>) = watch.store();
    tokio::spawn(reflector.drive());
    store.ready().await?;
    drop(store.subscribe().predicate_filter(|pod: &Pod| pod.metadata.generation));
    let mut changes = store.subscribe();
    changes.next().await;
    drop(store.get(Some("default"), "web-0"));
    drop(store.list());
    drop(store.read(|set| set.iter().filter(|pod| is_ready(pod)).cloned().collect::<Vec<_>>()));
    drop(store.select(&"app=web".parse()?));
    println!("{} {}", store.read(Set::len), store.read(Set::is_empty));
    if let Err(Ended { .. }) = store.ready().await {
        println!("the watch has ended");
    }
    let mut builder = StoreBuilder::new(other);
    let by_owner = builder.index_by_owner();
    drop((builder, by_owner));
    Ok(())
}

fn a_key(key: (Option<&str>, &str)) {
    println!("{key:?}");
}

fn labels_of(object: &impl ObjectMetadata) -> usize {
    let mut labels = 0;
    object.for_each_label(&mut |_, _| labels += 1);
    labels
}

fn identity_of(object: &Object) -> (Option<&str>, &str, Option<&str>, &ResourceVersion) {
    (object.namespace(), object.name(), object.uid(), object.resource_version())
}

async fn waits(transport: Transport, config: Config, uid: &str) -> Anything {
    wait_for::<Pod>(transport.clone(), config.clone(), conditions::is_created).await?;
    wait_for::<Pod>(transport.clone(), config.clone(), conditions::is_deleted(uid)).await?;
    wait_for::<Widget>(transport.clone(), config.clone(), watch_hyper::is_deleted::<Widget>(uid)).await?;
    wait_for::<Pod>(transport.clone(), config.clone(), conditions::is_pod_ready.or(conditions::is_pod_done).not())
        .await?;
    wait_for::<Job>(transport.clone(), config.clone(), conditions::is_job_completed.or(conditions::is_job_failed))
        .await?;
    let rolled_out = conditions::is_deployment_rolled_out.or(conditions::has_exceeded_progress_deadline);
    wait_for::<Deployment>(transport.clone(), config.clone(), rolled_out).await?;
    let established = conditions::is_crd_established;
    wait_for::<CustomResourceDefinition>(transport.clone(), config.clone(), established).await?;
    let provisioned = conditions::is_service_loadbalancer_provisioned;
    wait_for::<Service>(transport.clone(), config.clone(), provisioned).await?;
    wait_for::<Ingress>(transport.clone(), config.clone(), conditions::is_ingress_provisioned).await?;
    {
        let config = config.clone();
        wait_for_all::<Pod>(transport.clone(), config, conditions::is_pod_ready).await?;
    }
    wait_for::<Pod>(transport.clone(), config, conditions::is_pod_running).await?;
    Ok(())
}

async fn outcomes(transport: Transport, config: Config, condition: fn(Option<&Pod>) -> bool, pod: Pod) {
    println!("{}", condition(Some(&pod)));
    match wait_for::<Pod>(transport, config, condition).await {
        Ok(Outcome::DeadlineReached(last)) => println!("{:?}", last.trouble),
        Ok(_) => {}
        Err(WaitError::Object(error)) => println!("{error}"),
        Err(error) => println!("{error}"),
    }
}
