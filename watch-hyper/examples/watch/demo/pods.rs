//! The pods of the demonstration.

use serde_json::json;
use watch_test::TestServer;

/// Writes pods, with errors as text.
pub(super) struct Pods {
    pub(super) server: TestServer,
}

impl Pods {
    /// Creates the pods that exist before the watch.
    pub(super) fn populate(&self) -> Result<(), String> {
        self.create("default", "web-1")?;
        self.create("default", "web-2")?;
        self.create("default", "db-1")?;
        self.create("jobs", "report-1")?;
        self.create("jobs", "report-2")
    }

    pub(super) fn create(&self, namespace: &str, name: &str) -> Result<(), String> {
        let pod = json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": { "namespace": namespace, "name": name },
            "spec": { "containers": [{ "name": "main", "image": "example.com/app:1" }] },
        });
        self.server.create("pods", None, pod).map(drop).map_err(|status| status.to_string())
    }

    pub(super) fn patch(&self, namespace: &str, name: &str, phase: &str) -> Result<(), String> {
        let patch = json!({ "status": { "phase": phase } });
        self.server.patch_status("pods", Some(namespace), name, patch).map(drop).map_err(|status| status.to_string())
    }

    pub(super) fn delete(&self, namespace: &str, name: &str) -> Result<(), String> {
        self.server.delete("pods", Some(namespace), name).map(drop).map_err(|status| status.to_string())
    }
}
