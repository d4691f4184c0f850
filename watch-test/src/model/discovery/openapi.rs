//! OpenAPI without schemas, but with what kubectl needs to skip its own validation, and to apply.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::model::encode::json::{KeyOrder, to_vec};
use crate::model::storage::resource::Resource;
use crate::model::storage::resources::Resources;

/// `GET /openapi/v3`: the paths of the groups' documents.
pub(crate) fn openapi_index(resources: &Resources) -> Vec<u8> {
    let path = |resource: &Resource| match resource.group.as_str() {
        "" => format!("api/{}", resource.version),
        group => format!("apis/{group}/{}", resource.version),
    };
    let entry = |resource: &Arc<Resource>| {
        let path = path(resource);
        let url = format!("/openapi/v3/{path}");
        (path, json!({ "serverRelativeURL": url }))
    };
    let paths: serde_json::Map<String, Value> = resources.iter().map(entry).collect();
    to_vec(&json!({ "paths": paths }), KeyOrder::Sorted)
}

/// `GET /openapi/v3/…`: no schemas, only that every resource can be patched and that the server itself finds unknown
/// fields. kubectl requests it before it applies an object.
pub(crate) fn openapi(resources: &Resources, group: &str, version: &str) -> Vec<u8> {
    let listed = resources.iter().filter(|resource| resource.group == group && resource.version == version);
    let entry = |resource: &Arc<Resource>| {
        let patch = json!({
            "parameters": [{"name": "fieldValidation", "in": "query", "schema": {"type": "string"}}],
            "responses": {"200": {"description": "OK"}},
            "x-kubernetes-action": "patch",
            "x-kubernetes-group-version-kind": {"group": group, "version": version, "kind": resource.kind},
        });
        (format!("/{}/{{name}}", resource.plural), json!({ "patch": patch }))
    };
    let paths: serde_json::Map<String, Value> = listed.map(entry).collect();
    let info = json!({"title": "watch-test", "version": version});
    to_vec(&json!({"openapi": "3.0.0", "info": info, "paths": paths}), KeyOrder::Sorted)
}

/// `GET /openapi/v2`: an empty document.
pub(crate) fn v2() -> Vec<u8> {
    let info = json!({"title": "watch-test", "version": "v1"});
    to_vec(&json!({"swagger": "2.0", "info": info, "paths": {}}), KeyOrder::Sorted)
}

/// The same in the format that client-go requests: a `Document` of gnostic's `openapi.v2`, in protobuf.
pub(crate) const fn v2_protobuf() -> Bytes {
    Bytes::from_static(b"\x0a\x032.0\x12\x10\x0a\x0awatch-test\x12\x02v1\x42\x00")
}
