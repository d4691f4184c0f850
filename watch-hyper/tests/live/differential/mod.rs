//! The same requests to kube-apiserver and to the API server of watch-test: the same answers.

mod requests;
mod script;
mod transcript;
mod words;

use watch_test::TestServer;
use watch_test::live::{Access, Admin};

use self::script::follow;
use crate::server::own;

#[tokio::test]
async fn the_model_answers_as_the_real_server_does() {
    let Some(cluster) = own(&[]).await else { return };
    let test_server = TestServer::start().await.unwrap();
    let real = follow(&Admin::new(&cluster.access()).unwrap()).await;
    let model = follow(&Admin::new(&Access::new(test_server.url())).unwrap()).await;
    let differences: Vec<_> = real
        .iter()
        .zip(&model)
        .filter(|(real, model)| real != model)
        .map(|((request, real), (_, model))| format!("{request}\n   real: {real}\n  model: {model}"))
        .collect();
    assert_eq!(real.len(), model.len());
    assert!(differences.is_empty(), "{} of {} differ:\n{}", differences.len(), real.len(), differences.join("\n"));
    test_server.shutdown().await;
}
