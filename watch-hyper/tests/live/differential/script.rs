//! The requests to both servers, in this order.

use futures_util::future::join_all;
use serde_json::{Value, json};
use watch_test::live::{Admin, Answer};

use super::requests::{FORGOTTEN, LISTS, WATCHES};
use super::transcript::Transcript;

const MAPS: &str = "/api/v1/namespaces/compared/configmaps";

/// Writes, then all requests about them.
pub(super) async fn follow(admin: &Admin, transcript: &mut Transcript) {
    let namespace = json!({ "metadata": { "name": "compared" } });
    admin.post("/api/v1/namespaces", &namespace).await.unwrap().success().unwrap();
    writes(admin, transcript).await;
    ask(admin, transcript, LISTS).await;
    ask(admin, transcript, WATCHES).await;
    pages(admin, transcript).await;
}

/// Begins a list in pages, and writes more. Returns the continue token.
pub(super) async fn page_and_more(admin: &Admin, transcript: &mut Transcript) -> String {
    let page = admin.get(&format!("{MAPS}?limit=1")).await.unwrap();
    transcript.answer("begin a list", &page);
    for name in ["d", "e"] {
        transcript.answer("create more", &admin.post(MAPS, &map(name, "web")).await.unwrap());
    }
    page.json()["metadata"]["continue"].as_str().unwrap().to_owned()
}

/// The requests about compacted versions.
pub(super) async fn after_forgetting(admin: &Admin, transcript: &mut Transcript, token: &str) {
    ask(admin, transcript, FORGOTTEN).await;
    let gone = admin.get(&format!("{MAPS}?limit=1&continue={token}")).await.unwrap();
    transcript.answer("go on with a list that is forgotten", &gone);
    let token = gone.json()["metadata"]["continue"].as_str().unwrap_or_default().to_owned();
    let rest = admin.get(&format!("{MAPS}?limit=2&continue={token}")).await.unwrap();
    transcript.answer("go on with it in spite of that", &rest);
}

/// All at once: some take seconds.
async fn ask(admin: &Admin, transcript: &mut Transcript, requests: &[&'static str]) {
    let requests = requests.iter().map(|request| {
        let path = transcript.with_versions(request);
        async move { (*request, admin.get(&path).await.unwrap()) }
    });
    for (request, answer) in join_all(requests).await {
        transcript.answer(request, &answer);
    }
}

async fn writes(admin: &Admin, transcript: &mut Transcript) {
    let item = |name: &str| format!("{MAPS}/{name}");
    let relabel = |app: &str| json!({ "metadata": { "labels": { "app": app } } });
    let text = |text: &str| json!({ "data": { "text": text } });
    let mut say = |request: &str, answer: std::io::Result<Answer>| transcript.answer(request, &answer.unwrap());

    say("create a", admin.post(MAPS, &map("a", "web")).await);
    say("create b", admin.post(MAPS, &map("b", "db")).await);
    say("create c", admin.post(MAPS, &map("c", "web")).await);
    say("create a again", admin.post(MAPS, &map("a", "web")).await);
    say("change a", admin.patch(&item("a"), &text("two")).await);
    say("change a to what it is", admin.patch(&item("a"), &text("two")).await);
    say("relabel a out", admin.patch(&item("a"), &relabel("db")).await);
    say("relabel a in", admin.patch(&item("a"), &relabel("web")).await);
    say("replace b", admin.put(&item("b"), &map("b", "web")).await);
    let mut old = map("b", "web");
    old["metadata"]["resourceVersion"] = "1".into();
    say("replace an old b", admin.put(&item("b"), &old).await);
    say("replace b under another name", admin.put(&item("b"), &map("other", "web")).await);
    say("delete c", admin.delete(&item("c")).await);
    say("delete c again", admin.delete(&item("c")).await);
    say("change c", admin.patch(&item("c"), &text("late")).await);
    say("recreate c", admin.post(MAPS, &map("c", "cache")).await);
    say("create without a name", admin.post(MAPS, &json!({ "data": {} })).await);
    say("create by another namespace", admin.post(MAPS, &elsewhere()).await);
    say("create no object", admin.post(MAPS, &json!("text")).await);
    say("get a", admin.get(&item("a")).await);
    say("get what isn't there", admin.get(&item("missing")).await);
    say("watch=1 on one object", admin.get(&format!("{}?watch=1", item("a"))).await);
    say("delete with a body of nothing", admin.delete(&format!("{MAPS}/begin")).await);
}

/// Page after page, and invalid requests for pages.
async fn pages(admin: &Admin, transcript: &mut Transcript) {
    let mut token = String::new();
    for page in 1..=2 {
        let answer = admin.get(&format!("{MAPS}?limit=2&continue={token}")).await.unwrap();
        transcript.answer(&format!("page {page}"), &answer);
        answer.json()["metadata"]["continue"].as_str().unwrap_or_default().clone_into(&mut token);
        if page == 1 {
            let exact = admin.get(&format!("{MAPS}?limit=2&resourceVersion=5&continue={token}")).await.unwrap();
            transcript.answer("continue with a version", &exact);
            let zero = admin.get(&format!("{MAPS}?limit=2&resourceVersion=0&continue={token}")).await.unwrap();
            transcript.answer("continue with version 0", &zero);
            let created = admin.post(MAPS, &map("bb", "late")).await.unwrap();
            transcript.answer("create between the pages", &created);
        }
    }
}

fn map(name: &str, app: &str) -> Value {
    json!({ "metadata": { "name": name, "labels": { "app": app } }, "data": { "text": "one" } })
}

fn elsewhere() -> Value {
    json!({ "metadata": { "name": "elsewhere", "namespace": "default" } })
}
