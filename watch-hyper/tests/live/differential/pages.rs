//! Collections that are deleted in pages, asked of both servers.

use serde_json::json;
use watch_test::live::Admin;

use super::answers::Answers;
use super::types::{NAMESPACE, Type};

/// Collections that are deleted in part. `TOKEN` stands for the continue token of the last answer, `N` for its version,
/// and `GET` means that the list is only read.
const DELETIONS: &[&[&str]] = &[
    &["?limit=2", "?limit=2&continue=TOKEN", "?continue=TOKEN"],
    &["GET ?limit=2", "?continue=TOKEN", "?continue=TOKEN"],
    &["?limit=-1"],
    &["?limit=0"],
    &["?limit=2&resourceVersion=0"],
    &["?resourceVersion=99999999"],
    &["GET ", "?resourceVersion=N"],
    &["GET ", "?resourceVersion=N&limit=2"],
    &["GET ", "?resourceVersion=N&resourceVersionMatch=NotOlderThan"],
    &["GET ", "?resourceVersion=N&resourceVersionMatch=Exact"],
    &["?limit=1&labelSelector=odd%3D0", "?labelSelector=odd%3D0&continue=TOKEN"],
    &["?fieldSelector=metadata.name%3Dc&limit=1"],
    &["?continue=garbage"],
    &["?limit=abc"],
    &["?watch=1"],
    &["?sendInitialEvents=true"],
    &["?uid=other"],
    &["?uid="],
];

pub(super) async fn ask(admin: &Admin, answers: &mut Answers) {
    let path = format!("/api/v1/namespaces/{NAMESPACE}/configmaps");
    for requests in DELETIONS {
        admin.delete(&path).await.unwrap().success().unwrap();
        let mut created = String::new();
        for (index, name) in ["a", "b", "c", "d", "e"].iter().enumerate() {
            let labels = json!({ "odd": (index % 2).to_string() });
            let answer = admin.post(&path, &json!({ "metadata": { "name": name, "labels": labels } })).await.unwrap();
            created = answer.json()["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_owned();
        }
        // Some are read from the cache, which gets them a moment later.
        admin.get(&format!("{path}?resourceVersion={created}")).await.unwrap().success().unwrap();
        let (mut token, mut version) = (String::new(), String::new());
        for request in *requests {
            let (is_read, query) = request.strip_prefix("GET ").map_or((false, *request), |query| (true, query));
            let url = format!("{path}{query}").replace("TOKEN", &token).replace("=N", &format!("={version}"));
            // That parameter begins with an N, too.
            let url = url.replace(&format!("={version}otOlderThan"), "=NotOlderThan");
            let answer = if is_read { admin.get(&url).await } else { admin.delete(&url).await }.unwrap();
            answers.names(&format!("delete {request}"), &answer);
            answers.names("what is left", &admin.get(&path).await.unwrap());
            let metadata = &answer.json()["metadata"];
            metadata["continue"].as_str().unwrap_or_default().clone_into(&mut token);
            metadata["resourceVersion"].as_str().unwrap_or_default().clone_into(&mut version);
        }
    }
}

/// Objects of one type that are deleted in pages, after writes that only pretend.
pub(super) async fn ask_type(admin: &Admin, answers: &mut Answers, of: &Type) {
    let labels = json!({ "labels": { "paged": "yes" } });
    let (paged, dry) = (format!("{}?labelSelector=paged%3Dyes", of.path), "dryRun=All");
    let mut created = String::new();
    for name in ["p", "q", "r"] {
        let object = of.object(name, labels.clone());
        let answer = admin.post(&format!("{}?{dry}", of.path), &object).await.unwrap();
        answers.answer(&format!("{}: create {name}, dry run", of.name), &answer);
        let answer = admin.post(&of.path, &object).await.unwrap();
        answers.answer(&format!("{}: create {name} with a label", of.name), &answer);
        created = answer.json()["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_owned();
    }
    assert!(!created.is_empty(), "{} weren't created", of.name);
    let one = of.at("p");
    let patch = json!({ "metadata": { "annotations": { "dry": "run" } } });
    for path in [format!("{one}?{dry}"), format!("{one}/status?{dry}")] {
        answers.answer(&format!("{}: patch {path}", of.name), &admin.patch(&path, &patch).await.unwrap());
    }
    answers.answer(&format!("{}: delete, dry run", of.name), &admin.delete(&format!("{one}?{dry}")).await.unwrap());
    answers
        .names(&format!("{}: delete all, dry run", of.name), &admin.delete(&format!("{paged}&{dry}")).await.unwrap());
    answers.answer(&format!("{}: the object after them", of.name), &admin.get(&one).await.unwrap());
    // Some lists are read from the cache, which gets the objects a moment later.
    admin.get(&format!("{paged}&resourceVersion={created}")).await.unwrap().success().unwrap();
    let answer = admin.delete(&format!("{paged}&limit=2")).await.unwrap();
    answers.names(&format!("{}: delete two", of.name), &answer);
    answers.names(&format!("{}: what is left", of.name), &admin.get(&paged).await.unwrap());
    let token = answer.json()["metadata"]["continue"].as_str().unwrap_or_default().to_owned();
    let answer = admin.delete(&format!("{paged}&continue={token}")).await.unwrap();
    answers.names(&format!("{}: delete the rest", of.name), &answer);
    answers.names(&format!("{}: none is left", of.name), &admin.get(&paged).await.unwrap());
}
