//! The answer to each write, in a form that is the same for both servers.

use serde_json::{Value, json};
use watch_test::live::Answer;

use super::words::{without_numbers, without_objects, without_uids};

/// Requests and answers.
#[derive(Default)]
pub(super) struct Answers(Vec<(String, String)>);

/// The compared fields of the metadata: without names and fields that differ each time.
const METADATA: [&str; 6] =
    ["labels", "annotations", "ownerReferences", "finalizers", "generation", "deletionGracePeriodSeconds"];

/// Defaults and generated selectors that the real server adds and watch-test doesn't.
const ADDED: [&str; 6] = [
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-name",
    "controller-uid",
    "deprecated.daemonset.template.generation",
    "job-name",
    "of-the-template",
];

impl Answers {
    /// A refusal word for word; of an object, the comparable metadata and its status.
    pub(super) fn answer(&mut self, request: &str, answer: &Answer) {
        let body = answer.json();
        let mut shown = body["status"].clone();
        if let Some(time) = shown.get_mut("lastPhaseTransitionTime").filter(|time| time.is_string()) {
            *time = "some time".into();
        }
        let what = match body["kind"].as_str() {
            Some("Status") => status(&body),
            Some(_) if body.get("items").is_some() => list(&body),
            Some(kind) => format!("{kind} {} {}", metadata(&body["metadata"]), shown),
            None => String::from_utf8_lossy(&answer.body).trim_end().to_owned(),
        };
        self.add(request, answer, &what);
    }

    /// A refusal without the generated name; of an object, only that it is one.
    pub(super) fn refusal(&mut self, request: &str, answer: &Answer) {
        let body = answer.json();
        let causes: Vec<(&Value, &Value)> = body["details"]["causes"]
            .as_array()
            .into_iter()
            .flatten()
            // It ends in what is different each time.
            .filter(|cause| cause["field"] != "metadata.name")
            .map(|cause| (&cause["field"], &cause["message"]))
            .collect();
        let what = format!("{} {} {causes:?}", body["kind"], body["reason"]);
        self.add(request, answer, &what);
    }

    /// Of a list, the names and the continue token.
    pub(super) fn names(&mut self, request: &str, answer: &Answer) {
        let body = answer.json();
        let what = if body["kind"] == "Status" { status(&body) } else { list(&body) };
        self.add(request, answer, &what);
    }

    fn add(&mut self, request: &str, answer: &Answer, what: &str) {
        self.0.push((request.to_owned(), format!("{} {} {what}", answer.status, answer.content_type)));
    }

    pub(super) fn finish(self) -> Vec<(String, String)> {
        self.0
    }
}

fn status(body: &Value) -> String {
    let mut details = body["details"].clone();
    if let Some(details) = details.as_object_mut() {
        details.remove("uid");
    }
    let text = format!("{} {} {} {} {details}", body["status"], body["code"], body["reason"], body["message"]);
    without_numbers(&without_uids(&without_objects(&text)))
}

fn list(body: &Value) -> String {
    let items: Vec<&Value> =
        body["items"].as_array().into_iter().flatten().map(|item| &item["metadata"]["name"]).collect();
    let metadata = &body["metadata"];
    let (more, left) = (metadata.get("continue").is_some(), &metadata["remainingItemCount"]);
    format!("{} {} more: {more}, {left}", body["kind"], json!(items))
}

fn metadata(metadata: &Value) -> Value {
    let mut compared = json!({ "goes": metadata.get("deletionTimestamp").is_some() });
    for field in METADATA {
        let mut value = metadata[field].clone();
        if let Some(members) = value.as_object_mut() {
            members.retain(|name, _| !ADDED.contains(&name.as_str()));
        }
        // Go leaves out what is empty.
        if !value.is_null() && value != json!({}) {
            compared[field] = value;
        }
    }
    // The annotation that may be as long as it can be would bury everything.
    if let Some(text) = compared.pointer("/annotations/a").and_then(Value::as_str)
        && text.len() > 100
    {
        compared["annotations"]["a"] = text.len().into();
    }
    compared
}
