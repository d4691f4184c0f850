//! `/scale`: the number of replicas of any type with replicas (pkg/registry/apps/deployment/storage/storage.go).

use std::sync::{Arc, LazyLock};

use http::StatusCode;
use serde_json::{Map, Value, json};
use watch_core::wire::Status;

use super::objects::ObjectRequest;
use crate::model::admission::admit::complete;
use crate::model::admission::checks::check_name;
use crate::model::endpoints::body::read_object;
use crate::model::endpoints::reply::{ErrorReply, Reply};
use crate::model::patch;
use crate::model::selector::label;
use crate::model::storage::object::Version;
use crate::model::storage::resource::Resource;
use crate::model::validation::errors::invalid;
use crate::model::validation::field_errors::cause;

/// The object of requests and replies.
static SCALE: LazyLock<Arc<Resource>> =
    LazyLock::new(|| Arc::new(Resource::built_in("autoscaling", "v1", "scales", "Scale")));

impl ObjectRequest<'_> {
    pub(super) fn get_scale(&self, name: &str) -> Result<Reply, ErrorReply> {
        let object = self.existing(name)?;
        self.reply(StatusCode::OK, &scale_of(&object))
    }

    pub(super) fn put_scale(&mut self, name: &str) -> Result<Reply, ErrorReply> {
        let scale = read_object(&SCALE, self.request)?;
        let scale = complete(&SCALE, self.target.namespace.as_deref(), scale)?;
        check_name(name, &scale)?;
        self.scale(name, |_| Ok(scale))
    }

    pub(super) fn patch_scale(&mut self, name: &str) -> Result<Reply, ErrorReply> {
        let patch = self.sent_patch()?;
        self.scale(name, |present| patch::apply(&SCALE, name, present, patch))
    }

    fn scale(&mut self, name: &str, change: impl FnOnce(&Value) -> Result<Value, Status>) -> Result<Reply, ErrorReply> {
        let scaled = |present: &Value| {
            let scale = change(&scale(present))?;
            let replicas = scale.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(0);
            if replicas < 0 {
                let message = format!("Invalid value: {replicas}: must be greater than or equal to 0");
                return Err(invalid(&SCALE, name, vec![cause("FieldValueInvalid", message, "spec.replicas")]));
            }
            let mut updated = present.clone();
            updated["spec"]["replicas"] = replicas.into();
            for field in ["resourceVersion", "uid"] {
                if let Some(given) = scale["metadata"].get(field) {
                    updated["metadata"][field] = given.clone();
                }
            }
            if scale["metadata"].get("resourceVersion").is_none() {
                updated["metadata"]["resourceVersion"] = "".into();
            }
            Ok(updated)
        };
        let object = self.replace(name, None, scaled)?;
        self.reply(StatusCode::OK, &scale_of(&object))
    }
}

fn scale_of(object: &Version) -> Version {
    Version::unstored(SCALE.clone(), scale(&object.value), object.revision)
}

/// `scaleFromDeployment`
fn scale(object: &Value) -> Value {
    let mut metadata = Map::new();
    for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        if let Some(value) = object["metadata"].get(field) {
            metadata.insert(field.into(), value.clone());
        }
    }
    let number = |pointer| object.pointer(pointer).and_then(Value::as_i64);
    // A Deployment without a number has one replica, which a real server writes into it.
    let replicas = number("/spec/replicas").unwrap_or(1);
    let mut status = json!({"replicas": number("/status/replicas").unwrap_or(0)});
    let selector = label::text_of(&object["spec"]["selector"]);
    if !selector.is_empty() {
        status["selector"] = selector.into();
    }
    json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": metadata,
        // `omitempty`
        "spec": if replicas == 0 { json!({}) } else { json!({ "replicas": replicas }) },
        "status": status,
    })
}
