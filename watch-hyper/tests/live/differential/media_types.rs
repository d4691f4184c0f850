//! How media types are written, asked of both servers.

use http::Method;
use serde_json::json;
use watch_test::live::Admin;

use super::answers::Answers;
use super::types::NAMESPACE;

/// How the media type of a body is written.
const CREATIONS: &[&str] = &[
    "APPLICATION/JSON",
    "Application/Json; charset=UTF-8",
    "application/json;",
    "application/json;x",
    "application/json; charset=\"",
    "application/json, text/plain",
    "Text/Plain",
    "*/*",
    "application/x-www-form-urlencoded",
];
const PATCHES: &[&str] = &[
    "application/merge-patch+json; charset=utf-8",
    "application/merge-patch+json;",
    "APPLICATION/MERGE-PATCH+JSON",
    "application/Merge-Patch+json",
    "APPLICATION/JSON-PATCH+JSON",
    "application/json",
];
const ACCEPTED: &[&str] = &["APPLICATION/JSON", "Application/*", "application/json;Q=0.1", "Application/Json;as=Table"];

pub(super) async fn ask(admin: &Admin, answers: &mut Answers) {
    for (plural, api_version, kind) in
        [("configmaps", "v1", "ConfigMap"), ("singles", "typed.example.com/v1", "Single")]
    {
        let base = if kind == "ConfigMap" { "/api" } else { "/apis" };
        let path = format!("{base}/{api_version}/namespaces/{NAMESPACE}/{plural}");
        for (index, media_type) in CREATIONS.iter().enumerate() {
            let body = json!({ "apiVersion": api_version, "kind": kind, "metadata": { "name": format!("m{index}") } });
            let headers = [("content-type", *media_type)];
            let answer = admin.request(Method::POST, &path, &headers, body.to_string()).await.unwrap();
            answers.answer(&format!("{plural}: POST {media_type}"), &answer);
            let options = r#"{"kind":"DeleteOptions","apiVersion":"v1"}"#;
            let answer = admin.request(Method::DELETE, &format!("{path}/missing"), &headers, options).await.unwrap();
            answers.answer(&format!("{plural}: DELETE {media_type}"), &answer);
        }
        for media_type in PATCHES {
            let headers = [("content-type", *media_type)];
            let answer = admin.request(Method::PATCH, &format!("{path}/m0"), &headers, "{}").await.unwrap();
            answers.answer(&format!("{plural}: PATCH {media_type}"), &answer);
        }
        for media_type in ACCEPTED {
            let headers = [("accept", *media_type)];
            let answer = admin.request(Method::GET, &format!("{path}/m0"), &headers, "").await.unwrap();
            answers.answer(&format!("{plural}: GET {media_type}"), &answer);
        }
    }
}
