//! The five waits that the Python `KubernetesWatcher` was written for. Each is one function.
//!
//! ```sh
//! cargo run --example waits --features k8s-openapi -- http://127.0.0.1:8080 pod-done default web-0
//! ```
//!
//! Exit codes: 0 if it happened within a minute; 1 if it didn't happen, or if that is unknown; 2 for a usage error.

use std::process::ExitCode;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Namespace, Pod};
use k8s_openapi::api::networking::v1::Ingress;
use watch_hyper::watch_core::conditions::{is_deleted, is_ingress_provisioned, is_pod_done, is_pod_running};
use watch_hyper::watch_core::{Condition, Config, DecodeError, Object, Outcome, Resource};
use watch_hyper::{Client, WaitError, wait_for};

const MINUTE: Duration = Duration::from_secs(60);

type Waited<T> = Result<Outcome<T>, WaitError<DecodeError>>;

fn is_gone<T>(object: Option<&T>) -> bool {
    object.is_none()
}

/// Waits until a pod has started, or is gone.
pub(crate) async fn pod_started(client: Client, namespace: &str, name: &str) -> Waited<Pod> {
    let config = Config::for_type::<Pod>().namespace(namespace).name(name).deadline(MINUTE).build()?;
    wait_for(client, config, is_pod_running.or(is_pod_done).or(is_gone)).await
}

/// Waits until a pod has ended, or is gone.
pub(crate) async fn pod_done(client: Client, namespace: &str, name: &str) -> Waited<Pod> {
    let config = Config::for_type::<Pod>().namespace(namespace).name(name).deadline(MINUTE).build()?;
    wait_for(client, config, is_pod_done.or(is_gone)).await
}

/// Waits until an ingress, which may not exist yet, has an address.
pub(crate) async fn ingress_address(client: Client, namespace: &str, name: &str) -> Waited<Ingress> {
    let config = Config::for_type::<Ingress>().namespace(namespace).name(name).deadline(MINUTE).build()?;
    wait_for(client, config, is_ingress_provisioned).await
}

/// Waits until an object of any resource is deleted. Another object of the same name, with another uid, counts too.
pub(crate) async fn deleted(
    client: Client,
    resource: Resource,
    (namespace, name, uid): (&str, &str, &str),
) -> Result<Outcome<Object>, WaitError> {
    let config = Config::builder(resource).namespace(namespace).name(name).deadline(MINUTE).build()?;
    wait_for::<Object>(client, config, is_deleted(uid)).await
}

/// Waits until a namespace is deleted, with everything in it.
pub(crate) async fn namespace_deleted(client: Client, name: &str) -> Waited<Namespace> {
    let config = Config::for_type::<Namespace>().name(name).deadline(MINUTE).build()?;
    wait_for(client, config, is_gone).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let client = |url: &str| Client::builder(url).build();
    Ok(match args[..] {
        [url, "pod-started", namespace, name] => report(pod_started(client(url)?, namespace, name).await?),
        [url, "pod-done", namespace, name] => report(pod_done(client(url)?, namespace, name).await?),
        [url, "ingress-address", namespace, name] => report(ingress_address(client(url)?, namespace, name).await?),
        [url, "deleted", resource, namespace, name, uid] => {
            report(deleted(client(url)?, resource.parse()?, (namespace, name, uid)).await?)
        }
        [url, "namespace-deleted", name] => report(namespace_deleted(client(url)?, name).await?),
        _ => {
            eprintln!(
                "usage: waits URL pod-started|pod-done|ingress-address NAMESPACE NAME\n       \
                 waits URL deleted RESOURCE NAMESPACE NAME UID\n       \
                 waits URL namespace-deleted NAME"
            );
            ExitCode::from(2)
        }
    })
}

/// Prints how the wait ended.
fn report<T>(outcome: Outcome<T>) -> ExitCode {
    let (code, message) = match outcome {
        Outcome::Met(_) => (0, "it happened".to_owned()),
        Outcome::DeadlineReached(last) => match last.trouble {
            Some(trouble) => (1, format!("unknown after a minute: {trouble}")),
            None => (1, "it didn't happen within a minute".to_owned()),
        },
        Outcome::Ended { done, .. } => (1, done.to_string()),
        _ => (1, "it ended".to_owned()),
    };
    eprintln!("{message}");
    ExitCode::from(code)
}
