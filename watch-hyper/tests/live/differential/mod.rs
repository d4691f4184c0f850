//! The same requests to kube-apiserver and to the API server of watch-test: the same answers.

mod answers;
mod bodies;
mod controllers;
mod kinds;
mod media_types;
mod pages;
mod parts;
mod requests;
mod script;
mod transcript;
mod typed;
mod types;
mod words;

use std::sync::Arc;

use watch_test::TestServer;
use watch_test::live::{Access, Admin, Cluster};
use watch_test::model::{Config, Controllers, Release};

use self::answers::Answers;
use self::script::{after_forgetting, follow, page_and_more};
use self::transcript::Transcript;
use crate::server::{own, own_with_controllers};

#[tokio::test]
async fn the_model_answers_as_the_real_server_does() {
    let Some(mut cluster) = own(&[]).await else { return };
    let cluster_revision = cluster.revision().await.unwrap();
    // Both have their complete history, and versions of the same length.
    let model = model_of(&cluster, |config| config.first_revision = 1).await;
    model.with(|server, _| server.skip_revisions(cluster_revision));

    let admin = Admin::new(&cluster.access()).unwrap();
    let mut real = Transcript::default();
    follow(&admin, &mut real).await;
    let token = page_and_more(&admin, &mut real).await;
    cluster.kill().unwrap();
    cluster.resume().await.unwrap();
    cluster.compact().await.unwrap();
    after_forgetting(&Admin::new(&cluster.access()).unwrap(), &mut real, &token).await;

    let admin = Admin::new(&Access::new(model.url())).unwrap();
    let mut modelled = Transcript::default();
    follow(&admin, &mut modelled).await;
    let token = page_and_more(&admin, &mut modelled).await;
    model.restart(10);
    model.expire();
    after_forgetting(&admin, &mut modelled, &token).await;

    compare(&real.finish(), &modelled.finish());
    model.shutdown().await;
}

/// What each type does with writes.
#[tokio::test]
async fn the_model_writes_each_type_as_the_real_server_does() {
    // The real server adds a finalizer to claims, and a taint to nodes. Storage doesn't.
    let flags = ["--disable-admission-plugins=StorageObjectInUseProtection,TaintNodesByCondition"];
    let Some(cluster) = own(&flags).await else { return };
    // There are no controllers, so objects without an existing owner stay.
    let model = manual(&cluster).await;
    let (mut real, mut modelled) = (Answers::default(), Answers::default());
    typed::ask(&Admin::new(&cluster.access()).unwrap(), &mut real).await;
    typed::ask(&Admin::new(&Access::new(model.url())).unwrap(), &mut modelled).await;
    compare(&real.finish(), &modelled.finish());
    model.shutdown().await;
}

/// Requests that no controller affects: neither server has controllers.
#[tokio::test]
async fn the_model_changes_parts_of_objects_as_the_real_server_does() {
    let Some(cluster) = own(&[]).await else { return };
    let model = manual(&cluster).await;
    let real = parts::follow(&Admin::new(&cluster.access()).unwrap()).await;
    let modelled = parts::follow(&Admin::new(&Access::new(model.url())).unwrap()).await;
    compare(&real, &modelled);
    model.shutdown().await;
}

/// What follows from deletions: the events of each object, in their order.
#[tokio::test]
async fn the_controllers_do_what_the_real_ones_do() {
    let names = ["namespace-controller", "garbage-collector-controller"];
    let Some(cluster) = own_with_controllers(&names).await else { return };
    let model = model_of(&cluster, |config| config.controllers.collect_unknown = true).await;
    let real = Arc::new(Admin::new(&cluster.access()).unwrap());
    controllers::wait_for_both(&real).await;
    let modelled = Arc::new(Admin::new(&Access::new(model.url())).unwrap());
    compare(&controllers::follow(&real).await, &controllers::follow(&modelled).await);
    model.shutdown().await;
}

/// A model whose controllers are stopped.
async fn manual(cluster: &Cluster) -> TestServer {
    model_of(cluster, |config| config.controllers = Controllers::manual()).await
}

/// A model of the release of a real server.
async fn model_of(cluster: &Cluster, change: impl FnOnce(&mut Config)) -> TestServer {
    let version = Admin::new(&cluster.access()).unwrap().get("/version").await.unwrap().json();
    let release: Release = version["gitVersion"].as_str().unwrap().parse().unwrap();
    let builder = TestServer::builder().config(change).config(|config| config.release = release);
    builder.start().await.unwrap()
}

fn compare(real: &[(String, String)], modelled: &[(String, String)]) {
    assert_eq!(real.len(), modelled.len());
    let differences: Vec<_> = real
        .iter()
        .zip(modelled)
        .filter(|(real, modelled)| real != modelled)
        .map(|((request, real), (_, modelled))| format!("{request}\n   real: {real}\n  model: {modelled}"))
        .collect();
    assert!(differences.is_empty(), "{} of {} differ:\n{}", differences.len(), real.len(), differences.join("\n"));
}
