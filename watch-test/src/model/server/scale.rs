//! `/scale`: the number of replicas of any type with replicas (pkg/registry/apps/deployment/storage/storage.go).

use std::sync::{Arc, LazyLock};

use http::StatusCode;
use serde_json::{Map, Value, json};
use watch_core::wire::Status;

use super::objects::ObjectRequest;
use crate::model::admission::admit::admit;
use crate::model::admission::checks::check_name;
use crate::model::encode::go_errors::found;
use crate::model::endpoints::body::read_object;
use crate::model::endpoints::reply::{ErrorReply, Reply};
use crate::model::patch::{self, unfit};
use crate::model::selector::label;
use crate::model::storage::object::Version;
use crate::model::storage::resource::Resource;
use crate::model::validation::errors::{bad_request, invalid};
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
        let scale = admit(&self.cluster.resources, &SCALE, self.target.namespace.as_deref(), scale)?;
        check_name(name, &scale)?;
        let replicas = replicas(&scale)
            .map_err(|why| bad_request(format!("Scale in version \"v1\" cannot be handled as a Scale: {why}")))?;
        self.scale(name, |_| Ok((scale, replicas)))
    }

    pub(super) fn patch_scale(&mut self, name: &str) -> Result<Reply, ErrorReply> {
        let patch = self.sent_patch()?;
        self.scale(name, |present| {
            let scale = patch::apply(&SCALE, name, present, patch)?;
            let replicas = replicas(&scale).map_err(|why| unfit(&scale, &why))?;
            Ok((scale, replicas))
        })
    }

    fn scale(
        &mut self,
        name: &str,
        change: impl FnOnce(&Value) -> Result<(Value, i64), Status>,
    ) -> Result<Reply, ErrorReply> {
        let scaled = |present: &Value| {
            let (scale, replicas) = change(&scale(present))?;
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

/// Returns the replicas of a scale: 0, if there is no number. The error is that of Go's `encoding/json`.
fn replicas(scale: &Value) -> Result<i64, String> {
    let value = scale.pointer("/spec/replicas").unwrap_or(&Value::Null);
    let replicas = if value.is_null() { Some(0) } else { value.as_i64() };
    replicas.filter(|replicas| i32::try_from(*replicas).is_ok()).ok_or_else(|| {
        let found = found(value);
        format!("json: cannot unmarshal {found} into Go struct field ScaleSpec.spec.replicas of type int32")
    })
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
