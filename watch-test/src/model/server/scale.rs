//! `/scale`: how many replicas there are to be, of whatever has replicas (pkg/registry/apps/deployment/storage/storage.go).

use core::time::Duration;
use std::sync::{Arc, LazyLock};

use http::StatusCode;
use serde_json::{Map, Value, json};
use watch_core::wire::Status;

use super::serve::Asked;
use super::verbs::{Refusal, object_reply};
use crate::model::ApiServer;
use crate::model::admission::adopt::check_name;
use crate::model::admission::meta::invalid;
use crate::model::encode::go_errors::found;
use crate::model::endpoints::body::{read_object, refuse_too_long};
use crate::model::endpoints::list_options::cause;
use crate::model::endpoints::reply::{Reply, bad_request, not_found};
use crate::model::endpoints::route::Target;
use crate::model::patch::{self, unfit};
use crate::model::selector::label;
use crate::model::storage::object::{Key, Version};
use crate::model::storage::resource::Resource;

/// What is sent and received.
static SCALE: LazyLock<Arc<Resource>> =
    LazyLock::new(|| Arc::new(Resource::built_in("autoscaling", "v1", "scales", "Scale")));

impl ApiServer {
    pub(crate) fn get_scale(
        &self,
        now: Duration,
        target: &Target,
        name: &str,
        asked: &Asked<'_>,
    ) -> Result<Reply, Refusal> {
        let object = self.stored(&target.resource, &Key::new(target.namespace.as_deref(), name));
        let object = object.ok_or_else(|| not_found(&target.resource, name))?;
        object_reply(self.clock(now), StatusCode::OK, &scale_of(&object), asked)
    }

    pub(crate) fn put_scale(
        &mut self,
        now: Duration,
        target: &Target,
        name: &str,
        asked: &Asked<'_>,
    ) -> Result<Reply, Refusal> {
        let scale = read_object(&SCALE, asked)?;
        let scale = self.adopt(&SCALE, target.namespace.as_deref(), scale)?;
        check_name(name, &scale)?;
        let replicas = replicas(&scale)
            .map_err(|why| bad_request(format!("Scale in version \"v1\" cannot be handled as a Scale: {why}")))?;
        self.scale(now, target, name, asked, |_| Ok((scale, replicas)))
    }

    pub(crate) fn patch_scale(
        &mut self,
        now: Duration,
        target: &Target,
        name: &str,
        asked: &Asked<'_>,
    ) -> Result<Reply, Refusal> {
        refuse_too_long(asked.body)?;
        self.scale(now, target, name, asked, |present| {
            let scale = patch::apply(&SCALE, name, present, asked)?;
            let replicas = replicas(&scale).map_err(|why| unfit(&scale, &why))?;
            Ok((scale, replicas))
        })
    }

    fn scale(
        &mut self,
        now: Duration,
        target: &Target,
        name: &str,
        asked: &Asked<'_>,
        change: impl FnOnce(&Value) -> Result<(Value, i64), Status>,
    ) -> Result<Reply, Refusal> {
        let resource = &target.resource;
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
        let object = self.replace(now, resource, target.namespace.as_deref(), name, None, scaled)?.object;
        object_reply(self.clock(now), StatusCode::OK, &scale_of(&object), asked)
    }
}

/// How many replicas a scale asks for: none, if it doesn't say. The error is that of Go's `encoding/json`.
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
    // A Deployment that doesn't say has one replica, which a real server writes into it.
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
