//! Namespaces that end, deletions, dry runs, strategic merge patches, subresources, versions of resources, discovery.

mod deletions;
mod discovery;
mod patches;
mod resources;
mod subresources;

use bytes::Bytes;
use http::Method;
use serde_json::Value;
use watch_test::live::Admin;

use super::bodies::comparable;

const JSON: &str = "application/json";

const MERGE: &str = "application/merge-patch+json";

const STRATEGIC: &str = "application/strategic-merge-patch+json";

const OPERATIONS: &str = "application/json-patch+json";

/// Requests and their answers.
struct Script<'a> {
    admin: &'a Admin,
    answers: Vec<(String, String)>,
}

impl Script<'_> {
    async fn send(&mut self, method: Method, path: &str, media_type: &str, body: &Value, shown: &[&str]) {
        let answer = if body.is_null() {
            self.admin.request(method.clone(), path, &[], Bytes::new()).await.unwrap()
        } else {
            let headers = [("content-type", media_type)];
            self.admin.request(method.clone(), path, &headers, body.to_string()).await.unwrap()
        };
        let media_type = if body.is_null() { "" } else { media_type };
        self.answers.push((format!("{method} {path} {media_type} {body}"), comparable(&answer, shown)));
    }

    async fn post(&mut self, path: &str, body: Value) {
        self.send(Method::POST, path, JSON, &body, &[]).await;
    }

    async fn put(&mut self, path: &str, body: Value) {
        self.send(Method::PUT, path, JSON, &body, &[]).await;
    }

    async fn patch(&mut self, path: &str, media_type: &str, body: Value) {
        self.send(Method::PATCH, path, media_type, &body, &[]).await;
    }

    async fn delete(&mut self, path: &str, options: Value) {
        self.send(Method::DELETE, path, JSON, &options, &[]).await;
    }

    async fn get(&mut self, path: &str) {
        self.send(Method::GET, path, "", &Value::Null, &[]).await;
    }
}

pub(super) async fn follow(admin: &Admin) -> Vec<(String, String)> {
    let mut script = Script { admin, answers: Vec::new() };
    deletions::namespaces(&mut script).await;
    deletions::dry_runs(&mut script).await;
    deletions::deletions(&mut script).await;
    patches::patches(&mut script).await;
    patches::patches_of_deployments(&mut script).await;
    subresources::scales(&mut script).await;
    subresources::evictions(&mut script).await;
    resources::versions(&mut script).await;
    resources::events(&mut script).await;
    resources::more_resources(&mut script).await;
    resources::names(&mut script).await;
    discovery::discovery(&mut script).await;
    script.answers
}
