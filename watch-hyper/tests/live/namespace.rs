//! A namespace for one test, and what is in it.

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use watch_hyper::watch_core::{Config, ConfigBuilder, Resource};
use watch_test::live::{Access, Admin};

/// A namespace of this test, with the rights of an administrator.
pub(crate) struct Namespace {
    pub(crate) admin: Admin,
    pub(crate) name: String,
}

impl Namespace {
    pub(crate) async fn create(access: &Access, name: &str) -> Self {
        let name = format!("{name}-{}", std::process::id());
        let admin = Admin::new(access).unwrap();
        let body = json!({ "metadata": { "name": name } });
        admin.post("/api/v1/namespaces", &body).await.unwrap().success().unwrap();
        Self { admin, name }
    }

    /// The path of a collection of the core group.
    pub(crate) fn path(&self, plural: &str) -> String {
        format!("/api/v1/namespaces/{}/{plural}", self.name)
    }

    /// A watch of one of the core group's resources in it.
    pub(crate) fn watch(&self, plural: &str) -> ConfigBuilder {
        Config::builder(Resource::core("v1", plural)).namespace(&self.name)
    }

    pub(crate) async fn add(&self, plural: &str, body: &Value) -> Value {
        self.admin.post(&self.path(plural), body).await.unwrap().success().unwrap()
    }

    /// A config map with this text in it.
    pub(crate) async fn put(&self, name: &str, text: &str) -> Value {
        self.add("configmaps", &config_map(name, text)).await
    }

    /// Config maps `NAME-FROM` up to before `NAME-TO`.
    pub(crate) async fn fill(&self, name: &str, numbers: std::ops::Range<u32>) {
        let names = numbers.map(|number| format!("{name}-{number:05}"));
        let put = |name: String| async move { self.put(&name, "text").await };
        stream::iter(names).map(put).buffer_unordered(32).for_each(async |_| {}).await;
    }

    /// Applies a merge patch to a config map.
    pub(crate) async fn change(&self, name: &str, patch: &Value) {
        self.change_any("configmaps", name, patch).await;
    }

    pub(crate) async fn change_any(&self, plural: &str, name: &str, patch: &Value) {
        let path = format!("{}/{name}", self.path(plural));
        self.admin.patch(&path, patch).await.unwrap().success().unwrap();
    }

    /// Deletes a config map.
    pub(crate) async fn remove(&self, name: &str) {
        self.remove_any("configmaps", name).await;
    }

    pub(crate) async fn remove_any(&self, plural: &str, name: &str) {
        self.admin.delete(&format!("{}/{name}", self.path(plural))).await.unwrap().success().unwrap();
    }

    /// Deletes it. A test cluster without controllers doesn't finish the deletion, which does no harm.
    pub(crate) async fn give_back(self) {
        drop(self.admin.delete(&format!("/api/v1/namespaces/{}", self.name)).await);
    }
}

pub(crate) fn config_map(name: &str, text: &str) -> Value {
    json!({ "metadata": { "name": name }, "data": { "text": text } })
}

/// A merge patch that changes a config map's text.
pub(crate) fn text(text: &str) -> Value {
    json!({ "data": { "text": text } })
}

/// A merge patch that sets or, with null, removes a label.
pub(crate) fn label(key: &str, value: impl Into<Value>) -> Value {
    json!({ "metadata": { "labels": { key: value.into() } } })
}
