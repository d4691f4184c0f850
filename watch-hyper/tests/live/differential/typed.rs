//! How each type handles writes, on both servers.

use core::time::Duration;

use http::Method;
use serde_json::{Value, json};
use watch_test::live::{Admin, Answer};

use super::answers::Answers;
use super::types::{NAMESPACE, Type, all, definition};
use super::{kinds, media_types, pages};

/// Sends all requests for each type.
pub(super) async fn ask(admin: &Admin, answers: &mut Answers) {
    let namespace = json!({ "metadata": { "name": NAMESPACE } });
    admin.post("/api/v1/namespaces", &namespace).await.unwrap().success().unwrap();
    define(admin).await;
    for of in &all() {
        let mut asking = Asking { admin, answers: &mut *answers, of };
        asking.created().await;
        asking.status().await;
        asking.generation().await;
        asking.refused().await;
        asking.replaced().await;
        asking.versions().await;
        kinds::ask(admin, asking.answers, of).await;
        asking.parts().await;
        asking.collection().await;
        pages::ask_type(admin, asking.answers, of).await;
    }
    pages::ask(admin, answers).await;
    media_types::ask(admin, answers).await;
    kinds::ask_rare(admin, answers).await;
    for namespace in ["default", "kube-node-lease", "kube-public", "kube-system"] {
        let answer = admin.get(&format!("/api/v1/namespaces/{namespace}")).await.unwrap();
        answers.answer(&format!("get {namespace}"), &answer);
        let answer = admin.delete(&format!("/api/v1/namespaces/{namespace}")).await.unwrap();
        answers.answer(&format!("delete {namespace}"), &answer);
    }
}

/// Defines the custom resources, and returns when they can be listed.
async fn define(admin: &Admin) {
    for (plural, kind, has_status) in [("singles", "Single", false), ("parted", "Parted", true)] {
        let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        admin.post(definitions, &definition(plural, kind, has_status)).await.unwrap().success().unwrap();
        let path = format!("/apis/typed.example.com/v1/namespaces/{NAMESPACE}/{plural}");
        for _ in 0..300 {
            if admin.get(&path).await.unwrap().status == 200 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// The requests for one type.
struct Asking<'a> {
    admin: &'a Admin,
    answers: &'a mut Answers,
    of: &'a Type,
}

/// Metadata that can be written.
fn metadata() -> Value {
    json!({
        "labels": { "l": "1" },
        "annotations": { "a": "1" },
        "finalizers": ["example.com/f"],
        "ownerReferences": [owner("n")],
    })
}

fn owner(name: &str) -> Value {
    json!({ "apiVersion": "v1", "kind": "Node", "name": name, "uid": "u" })
}

/// Invalid metadata, each with its name.
fn wrong() -> Vec<(&'static str, Value)> {
    let controller = |name: &str| {
        let mut owner = owner(name);
        owner["controller"] = true.into();
        owner
    };
    let event = json!({ "apiVersion": "v1", "kind": "Event", "name": "e", "uid": "u", "blockOwnerDeletion": false });
    vec![
        ("annotations of 262144 bytes", json!({ "annotations": { "a": "x".repeat(262_143) } })),
        ("annotations of 262145 bytes", json!({ "annotations": { "a": "x".repeat(262_144) } })),
        ("an empty owner", json!({ "ownerReferences": [{}] })),
        ("an owner that is null", json!({ "ownerReferences": [null] })),
        ("an owner without a uid", json!({ "ownerReferences": [{ "apiVersion": "v1", "kind": "K", "name": "n" }] })),
        (
            "an owner of no version",
            json!({ "ownerReferences": [{ "apiVersion": "a/b/c", "kind": "K", "name": "n", "uid": "u" }] }),
        ),
        ("an event as the owner", json!({ "ownerReferences": [event] })),
        ("two controllers", json!({ "ownerReferences": [controller("n"), owner("o"), controller("m")] })),
        ("an owner twice", json!({ "ownerReferences": [owner("n"), owner("n")] })),
        ("a generation below zero", json!({ "generation": -1 })),
        ("a generation", json!({ "generation": 7 })),
        ("a label", json!({ "labels": { "a b": "c" } })),
        ("the value of a label", json!({ "labels": { "a": "!" } })),
        ("a finalizer without a domain", json!({ "finalizers": ["plain"] })),
        ("a finalizer that is no name", json!({ "finalizers": ["!"] })),
        ("both finalizers of the garbage collection", json!({ "finalizers": ["orphan", "foregroundDeletion"] })),
        (
            "everything",
            json!({
                "labels": { "a b": "c" },
                "annotations": { "a b": "c" },
                "ownerReferences": [{ "apiVersion": "v1", "kind": "K", "name": "n" }],
                "finalizers": ["orphan", "foregroundDeletion", "plain", "!"],
            }),
        ),
    ]
}

/// Metadata of wrong types. They are created, since the answer to a patch shows the complete object.
fn unreadable() -> Vec<(&'static str, Value)> {
    vec![
        ("a controller that is text", json!({ "ownerReferences": [{ "controller": "yes" }] })),
        ("an owner whose uid is a number", json!({ "ownerReferences": [{ "uid": 7 }] })),
        ("an owner that is text", json!({ "ownerReferences": ["n"] })),
        ("owners that are no list", json!({ "ownerReferences": {} })),
    ]
}

impl Asking<'_> {
    fn say(&mut self, request: &str, answer: std::io::Result<Answer>) {
        self.answers.answer(&format!("{}: {request}", self.of.name), &answer.unwrap());
    }

    async fn create(&mut self, request: &str, name: &str, metadata: Value) {
        let answer = self.admin.post(&self.of.path, &self.of.object(name, metadata)).await;
        self.say(request, answer);
    }

    async fn patch(&mut self, request: &str, path: &str, patch: &Value) {
        let answer = self.admin.patch(path, patch).await;
        self.say(request, answer);
    }

    /// An object as it is, to be changed and sent back.
    async fn present(&self, name: &str) -> Value {
        self.admin.get(&self.of.at(name)).await.unwrap().json()
    }

    /// Removes all that `metadata` set, and the object.
    async fn remove(&self, name: &str) {
        let path = self.of.at(name);
        self.admin.patch(&path, &json!({ "metadata": { "finalizers": null } })).await.unwrap();
        self.admin.delete(&format!("{path}?gracePeriodSeconds=0")).await.unwrap();
    }

    async fn created(&mut self) {
        let mut object = self.of.object("s", json!({ "labels": { "l": "0" } }));
        if let Some(status) = &self.of.status {
            object["status"] = status.clone();
        }
        let answer = self.admin.post(&self.of.path, &object).await;
        self.say("create with a status", answer);
        self.create("create", "a", json!({})).await;
    }

    async fn status(&mut self) {
        let (path, status) = (self.of.at("s"), format!("{}/status", self.of.at("s")));
        let answer = self.admin.get(&status).await;
        self.say("get the status", answer);
        self.patch("patch metadata by the status", &status, &json!({ "metadata": metadata() })).await;
        self.patch("take the finalizer away", &path, &json!({ "metadata": { "finalizers": null } })).await;
        let Some(value) = self.of.status.clone() else { return };
        self.patch("patch the status", &status, &json!({ "status": value })).await;
        self.patch("patch the status with null", &path, &json!({ "status": null })).await;
        self.patch("patch the status by the object", &path, &json!({ "status": { "replicas": 9 } })).await;
        let mut object = self.present("s").await;
        object["metadata"]["labels"] = json!({ "l": "2" });
        object["metadata"]["annotations"] = json!({ "a": "2" });
        object["spec"] = json!({});
        let answer = self.admin.put(&status, &object).await;
        self.say("replace the status", answer);
        let mut object = self.present("s").await;
        object["status"] = json!({});
        let answer = self.admin.put(&path, &object).await;
        self.say("replace the object with an empty status", answer);
        let mut object = self.present("s").await;
        object.as_object_mut().unwrap().remove("status");
        let answer = self.admin.put(&status, &object).await;
        self.say("replace the status with none", answer);
        let version = self.present("s").await["metadata"]["resourceVersion"].clone();
        for (what, metadata) in wrong() {
            let mut metadata = metadata;
            metadata["resourceVersion"] = version.clone();
            self.patch(&format!("status with {what}"), &status, &json!({ "metadata": metadata })).await;
            self.admin.patch(&path, &json!({ "metadata": undo(&metadata) })).await.unwrap();
        }
    }

    async fn generation(&mut self) {
        self.create("create, to count", "g", json!({ "labels": { "l": "1" } })).await;
        let (path, status) = (self.of.at("g"), format!("{}/status", self.of.at("g")));
        let of_metadata = |metadata: Value| json!({ "metadata": metadata });
        for (what, patch) in [
            ("annotations", of_metadata(json!({ "annotations": { "a": "b" } }))),
            ("labels", of_metadata(json!({ "labels": { "l": "2" } }))),
            ("owners", of_metadata(json!({ "ownerReferences": [owner("n")] }))),
            ("its content", self.of.change.clone().unwrap_or_default()),
            ("its content as it is", self.of.change.clone().unwrap_or_default()),
            ("a status", json!({ "status": { "unknown": 5 } })),
            ("what isn't known", json!({ "unknown": 5 })),
        ] {
            // What a Go type doesn't know it loses, which watch-test doesn't.
            if patch.is_object() && (what != "what isn't known" || self.of.is_custom()) {
                self.patch(&format!("count {what}"), &path, &patch).await;
            }
        }
        if self.of.status.is_some() {
            self.patch(
                "count annotations by the status",
                &status,
                &of_metadata(json!({ "annotations": { "a": "c" } })),
            )
            .await;
        }
        // How definitions, and namespaces, go is asked elsewhere.
        if self.of.name == "namespaces" {
            return;
        }
        self.patch("count finalizers", &path, &of_metadata(json!({ "finalizers": ["example.com/f"] }))).await;
        // Jobs have another default.
        let background = format!("{path}?propagationPolicy=Background");
        let answer = self.admin.delete(&background).await;
        self.say("count the deletion", answer);
        self.patch("count annotations of what goes", &path, &of_metadata(json!({ "annotations": { "a": "d" } }))).await;
        self.patch("add a finalizer to what goes", &path, &of_metadata(json!({ "finalizers": ["b/c", "a/b"] }))).await;
        let answer = self.admin.delete(&background).await;
        self.say("delete again", answer);
        self.patch("take the last finalizer away", &path, &of_metadata(json!({ "finalizers": null }))).await;
    }

    async fn refused(&mut self) {
        let path = self.of.at("a");
        for (what, metadata) in wrong() {
            let name = format!("w-{}", what.replace(' ', "-"));
            self.create(&format!("create with {what}"), &name, metadata.clone()).await;
            // A namespace would be on its way for ever, on a server without controllers.
            if self.of.name != "namespaces" {
                self.remove(&name).await;
            }
            self.patch(&format!("patch with {what}"), &path, &json!({ "metadata": metadata })).await;
            self.admin.patch(&path, &json!({ "metadata": undo(&metadata) })).await.unwrap();
        }
        // By addresses that it allocates and labels that it adds, the real server asks more of these names.
        if !matches!(self.of.name, "services" | "jobs") {
            self.named().await;
        }
        for (what, metadata) in unreadable() {
            self.create(&format!("create with {what}"), "unreadable", metadata).await;
        }
        for (field, value) in [
            ("deletionTimestamp", json!("2026-01-01T00:00:00Z")),
            ("deletionGracePeriodSeconds", json!(5)),
            ("creationTimestamp", json!("2026-01-01T00:00:00Z")),
            ("uid", json!("other")),
            ("name", json!("other")),
            ("namespace", json!("other")),
        ] {
            // The real server generates selectors by it.
            if (self.of.name, field) != ("jobs", "uid") {
                self.patch(&format!("patch {field}"), &path, &json!({ "metadata": { field: value } })).await;
            }
        }
    }

    /// Names of objects.
    async fn named(&mut self) {
        for name in ["A_b", "a..b", ".", "a%b", "010.1.2.3", "::ffff:10.1.2.3", "2001:DB8::1", &"x".repeat(64)] {
            let mut object = self.of.object("a", json!({}));
            object["metadata"]["name"] = name.into();
            let answer = self.admin.post(&self.of.path, &object).await;
            self.say(&format!("create as {name}"), answer);
        }
        for prefix in ["A_b-", "a%b-", ""] {
            let mut object = self.of.object("a", json!({ "generateName": prefix }));
            object["metadata"].as_object_mut().unwrap().remove("name");
            let answer = self.admin.post(&self.of.path, &object).await.unwrap();
            self.answers.refusal(&format!("{}: create with prefix {prefix:?}", self.of.name), &answer);
        }
    }

    /// PUT, of an absent and of an existing object.
    async fn replaced(&mut self) {
        for (what, name, metadata) in [
            ("new", "put", json!({})),
            ("new with a version", "put-version", json!({ "resourceVersion": "5" })),
            ("new with a uid", "put-uid", json!({ "uid": "5" })),
            ("new with what can't be", "put-wrong", json!({ "labels": { "a b": "c" } })),
            ("new under another name", "put-named", json!({ "labels": {} })),
        ] {
            let path = if what.contains("name") { self.of.at("put-other") } else { self.of.at(name) };
            let answer = self.admin.put(&path, &self.of.object(name, metadata)).await;
            self.say(&format!("put {what}"), answer);
        }
        let answer = self.admin.put(&format!("{}/status", self.of.at("new")), &self.of.object("new", json!({}))).await;
        self.say("put a new status", answer);
        self.patch("patch what isn't there", &self.of.at("missing"), &json!({})).await;
        if self.of.is_namespaced() {
            let elsewhere = self.of.at("put").replace(NAMESPACE, "nowhere");
            let answer = self.admin.put(&elsewhere, &self.of.object("put", json!({}))).await;
            self.say("put into no namespace", answer);
        }
        let mut object = self.present("a").await;
        object["metadata"]["uid"] = "other".into();
        for (what, version) in [("its", None), ("no", Some("")), ("an unreadable", Some("x"))] {
            if let Some(version) = version {
                object["metadata"]["resourceVersion"] = version.into();
            }
            let answer = self.admin.put(&self.of.at("a"), &object).await;
            self.say(&format!("put another uid with {what} version"), answer);
        }
    }

    /// Versions that a writer sends.
    async fn versions(&mut self) {
        let mut versions = vec![json!("0"), json!("00"), json!(""), json!("1"), json!("x"), json!("-1"), json!("+1")];
        versions.push(json!("18446744073709551616"));
        for (index, version) in versions.iter().enumerate() {
            let mut object = self.present("a").await;
            object["metadata"]["resourceVersion"] = version.clone();
            let answer = self.admin.put(&self.of.at("a"), &object).await;
            self.say(&format!("put with version {version}"), answer);
            let patch =
                json!({ "metadata": { "resourceVersion": version, "annotations": { "v": index.to_string() } } });
            self.patch(&format!("patch with version {version}"), &self.of.at("a"), &patch).await;
            let name = format!("v{index}");
            self.create(&format!("create with version {version}"), &name, json!({ "resourceVersion": version })).await;
        }
        let patch = json!({ "metadata": { "resourceVersion": null, "annotations": { "v": "null" } } });
        self.patch("patch with version null", &self.of.at("a"), &patch).await;
    }

    /// The subresources of an object, and their methods.
    async fn parts(&mut self) {
        for part in ["/status", "/bogus"] {
            let path = format!("{}{part}", self.of.at("a"));
            for method in [Method::DELETE, Method::POST] {
                let request = format!("{method} {part}");
                let answer = self.admin.request(method, &path, &[], "{}").await;
                self.say(&request, answer);
            }
        }
        let answer = self.admin.get(&format!("{}/bogus", self.of.at("a"))).await;
        self.say("GET /bogus", answer);
        let json = [("content-type", "application/json")];
        let answer = self.admin.request(Method::PUT, &format!("{}/bogus", self.of.at("a")), &json, "{}").await;
        self.say("PUT /bogus", answer);
        for query in ["uid=other", "resourceVersion=1", "resourceVersion=0"] {
            let answer = self.admin.delete(&format!("{}?{query}", self.of.at("a"))).await;
            self.say(&format!("delete with {query}"), answer);
        }
    }

    async fn collection(&mut self) {
        let answer = self.admin.delete(&format!("{}?labelSelector=none%3Dsuch", self.of.path)).await;
        self.say("delete none of them", answer);
        let (json, patch) =
            ([("content-type", "application/json")], [("content-type", "application/merge-patch+json")]);
        let answer = self.admin.request(Method::PUT, &self.of.path, &json, "{}").await;
        self.say("PUT the collection", answer);
        let answer = self.admin.request(Method::PATCH, &self.of.path, &patch, "{}").await;
        self.say("PATCH the collection", answer);
        if self.of.is_namespaced() {
            let everywhere = self.of.path.replace(&format!("/namespaces/{NAMESPACE}"), "");
            let answer = self.admin.delete(&everywhere).await;
            self.say("delete in all namespaces", answer);
            let answer = self.admin.post(&everywhere, &self.of.object("a", json!({}))).await;
            self.say("create in all namespaces", answer);
        }
    }
}

/// A merge patch that removes metadata.
fn undo(metadata: &Value) -> Value {
    let fields = metadata.as_object().unwrap().keys().filter(|field| *field != "resourceVersion");
    Value::Object(fields.map(|field| (field.clone(), Value::Null)).collect())
}
