//! Tests of the command line.

use core::time::Duration;

use clap::Parser;
use serde_json::json;
use tokio::time::timeout;
use watch_hyper::Client;
use watch_hyper::watch_core::Resource;
use watch_test::TestServer;

use super::args::Args;
use super::{discovery, real};

fn refused(arguments: &[&str]) -> String {
    Args::try_parse_from(["watch"].iter().chain(arguments)).map(|args| format!("{args:?}")).unwrap_err().to_string()
}

fn args(server: &TestServer, arguments: &[&str]) -> Args {
    Args::try_parse_from(["watch", "--server", &server.url()].iter().chain(arguments)).unwrap()
}

#[test]
fn options_without_effect_on_the_demonstration_are_refused() {
    for arguments in [
        &["-n", "x"][..],
        &["-A"],
        &["-l", "app=web"],
        &["--field-selector", "metadata.name=a"],
        &["--from", "5"],
        &["--for", "5s"],
        &["-o", "json"],
        &["--trace", "file"],
        &["--token", "t"],
        &["--token-file", "file"],
        &["--ca", "file"],
        &["--insecure"],
        &["--client-cert", "file", "--client-key", "file"],
    ] {
        let error = refused(arguments);
        assert!(error.contains("--server <URL>") || error.contains("<RESOURCE"), "{arguments:?}: {error}");
    }
    assert!(Args::try_parse_from(["watch"]).is_ok());
}

#[test]
fn an_invalid_selector_is_refused_with_the_position() {
    let error = refused(&["pods", "-l", "app in web"]);
    assert!(error.contains("the labelSelector is invalid at byte 7: expected `(`, found 'w'"), "{error}");
    let error = refused(&["pods", "--field-selector", "spec.nodeName"]);
    assert!(error.contains("the fieldSelector is invalid at byte 13"), "{error}");
}

#[test]
fn credentials_are_for_a_server_that_is_named() {
    for arguments in [
        &["--token", "t"][..],
        &["--token-file", "file"],
        &["--ca", "file"],
        &["--insecure"],
        &["--client-cert", "file", "--client-key", "file"],
    ] {
        let error = refused(&[arguments, &["pods"]].concat());
        assert!(error.contains("--server <URL>"), "{arguments:?}: {error}");
    }
}

#[cfg(not(feature = "kube"))]
#[tokio::test]
async fn a_resource_without_a_server_needs_the_feature_kube() {
    let args = Args::try_parse_from(["watch", "pods"]).unwrap();
    let error = real::watch(&args).await.unwrap_err().to_string();
    assert_eq!(error, "no API server: give --server URL, or build with `--features kube` to read a kubeconfig");
}

#[cfg(feature = "kube")]
#[tokio::test]
async fn a_kubeconfig_that_can_not_be_read_is_named() {
    let args = Args::try_parse_from(["watch", "--kubeconfig", "missing.yaml", "pods"]).unwrap();
    let error = real::watch(&args).await.unwrap_err().to_string();
    assert!(error.starts_with("can't read the kubeconfig missing.yaml: "), "{error}");
    let error = refused(&["--kubeconfig", "file", "--server", "http://127.0.0.1:1", "pods"]);
    assert!(error.contains("cannot be used with"), "{error}");
}

#[test]
fn an_invalid_resource_is_refused_with_the_grammar() {
    let error = refused(&["--server", "http://127.0.0.1:1", "Pods"]);
    assert!(
        error.contains("RESOURCE") && error.contains("the plural has the invalid character 'P' at byte 0"),
        "{error}"
    );
}

#[tokio::test]
async fn options_without_effect_without_tls_are_refused() {
    let server = TestServer::start().await.unwrap();
    for arguments in [&["--insecure"][..], &["--ca", "file"], &["--client-cert", "a", "--client-key", "b"]] {
        let error = real::watch(&args(&server, &[arguments, &["pods"]].concat())).await.unwrap_err().to_string();
        assert!(error.contains("has no effect on http://"), "{arguments:?}: {error}");
    }
}

/// It doesn't wait for a resource that may never exist.
#[tokio::test]
async fn an_unknown_resource_ends_it() {
    let server = TestServer::start().await.unwrap();
    for resource in ["bananas", "bananas.apps", "deployments.v9.apps", "bananas.v1.example.com", "nodes -n default"] {
        let arguments: Vec<_> = resource.split(' ').collect();
        let args = args(&server, &arguments);
        let ended = timeout(Duration::from_secs(20), real::watch(&args)).await.expect("it ends");
        assert!(matches!(ended, Ok(false)), "{resource}: {ended:?}");
    }
    // The program asks the server for the version of a group, and there is none.
    for resource in ["bananas.example.com", "widgets.example.org"] {
        let args = args(&server, &[resource]);
        let ended = timeout(Duration::from_secs(20), real::watch(&args)).await.expect("it ends");
        let error = ended.unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("can't find out which resource {resource} is: the server doesn't have it")),
            "{error}"
        );
    }
}

#[tokio::test]
async fn the_server_knows_the_version_of_a_custom_resource() {
    let server = TestServer::start().await.unwrap();
    let mut client = Client::builder(&server.url()).build().unwrap();
    let name = "widgets.example.com".parse().unwrap();
    assert_eq!(discovery::find(&name, &mut client).await, Ok(Resource::new("example.com", "v1", "widgets")));
    // An unknown resource is an error that names it, and so is an unreachable server.
    server.shutdown().await;
    let error = discovery::find(&name, &mut client).await.unwrap_err();
    assert!(error.starts_with("can't find out which resource widgets.example.com is: "), "{error}");
}

#[tokio::test]
async fn a_resource_is_watched_by_each_of_its_names() {
    let server = TestServer::start().await.unwrap();
    server.create("widgets.example.com", None, json!({"metadata": {"name": "a", "namespace": "default"}})).unwrap();
    for resource in
        ["widgets.example.com", "widgets.v1.example.com", "example.com/v1/widgets", "deployments.apps", "pods"]
    {
        let args = args(&server, &[resource, "--for", "1s", "-o", "name"]);
        assert!(matches!(real::watch(&args).await, Ok(true)), "{resource}");
    }
}
