//! Through a `kube::Client` that the user already has.

use watch_hyper::Transport;
use watch_test::TestServer;

use crate::end_to_end::nothing_is_lost;

fn config(server: &TestServer) -> kube_client::Config {
    kube_client::Config::new(server.url().parse().unwrap())
}

#[tokio::test]
async fn through_a_kube_client_nothing_is_lost_when_connections_break_and_versions_expire() {
    let server = TestServer::start().await.unwrap();
    let client = kube_client::Client::try_from(config(&server)).unwrap();
    nothing_is_lost(server, client).await;
}

#[tokio::test]
async fn a_kube_config_is_enough() {
    let server = TestServer::start().await.unwrap();
    let transport = Transport::try_from(config(&server)).unwrap();
    nothing_is_lost(server, transport).await;
}
