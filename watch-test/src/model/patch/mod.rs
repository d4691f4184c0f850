//! PATCH: applies a body to an object.

mod strategic;

use json_patch::{AddOperation, Patch, PatchOperation};
use serde_json::Value;
use watch_core::wire::Status;

use crate::model::admission::meta;
use crate::model::admission::strategy::{Pass, Strategy};
use crate::model::encode::go_errors::{found, syntax};
use crate::model::encode::json::{KeyOrder, to_vec};
use crate::model::storage::resource::Resource;
use crate::model::validation::errors::{UNSUPPORTED, bad_request, invalid, rejected};
use crate::model::validation::field_errors::cause;

/// A patch as it was sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SentPatch<'a> {
    pub(crate) content_type: &'a str,
    pub(crate) body: &'a [u8],
}

/// Returns the patched object.
pub(crate) fn apply(resource: &Resource, name: &str, present: &Value, patch: SentPatch<'_>) -> Result<Value, Status> {
    let SentPatch { content_type, body } = patch;
    let mut value = present.clone();
    match content_type.split(';').next().unwrap_or_default().trim() {
        "application/merge-patch+json" => json_patch::merge(&mut value, &read_patch(body)?),
        "application/json-patch+json" => {
            for operation in read_operations(body)?.0 {
                let operation = as_in_go(operation, &value);
                json_patch::patch(&mut value, &[operation]).map_err(|_| rejected())?;
            }
        }
        "application/strategic-merge-patch+json" if !resource.custom => {
            let patch = read_patch(body).map_err(|mut status| {
                // `strategicPatchObject` reports it without an introduction.
                status.message = status.message.replacen("error decoding patch: ", "", 1);
                status
            })?;
            value = strategic::merge(resource.struct_name(), present, patch)?;
        }
        "application/apply-patch+yaml" => return Err(unsupported("server-side apply isn't served by watch-test")),
        _ if resource.custom => {
            return Err(unsupported(
                "the body of the request was in an unknown format - accepted media types include: \
                 application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
            ));
        }
        _ => return Err(unsupported(UNSUPPORTED)),
    }
    check(resource, name, present, &value)?;
    let patched = value.clone();
    meta::read(resource, &mut value).map_err(|why| unfit(&patched, &why))?;
    Ok(value)
}

fn unsupported(message: &str) -> Status {
    Status::new(415, "UnsupportedMediaType", message)
}

/// Returns the operations of a JSON patch, as far as Go reads them.
fn read_operations(body: &[u8]) -> Result<Patch, Status> {
    let value: Value = serde_json::from_slice(body).map_err(undecodable)?;
    let cannot = |value: &Value, wanted: &str| {
        let found = found(value);
        bad_request(format!("error decoding patch: json: cannot unmarshal {found} into Go value of type {wanted}"))
    };
    let operations = match value {
        Value::Null => Vec::new(),
        Value::Array(operations) => operations,
        other => return Err(cannot(&other, "[]handlers.jsonPatchOp")),
    };
    if let Some(other) = operations.iter().find(|operation| !operation.is_object() && !operation.is_null()) {
        return Err(cannot(other, "handlers.jsonPatchOp"));
    }
    serde_json::from_value(Value::Array(operations)).map_err(|_| rejected())
}

/// Go's library also replaces a member that doesn't exist.
fn as_in_go(operation: PatchOperation, value: &Value) -> PatchOperation {
    match operation {
        PatchOperation::Replace(replace) => {
            let parent = replace.path.parent().and_then(|parent| value.pointer(parent.as_str()));
            if parent.is_some_and(Value::is_object) {
                PatchOperation::Add(AddOperation { path: replace.path, value: replace.value })
            } else {
                PatchOperation::Replace(replace)
            }
        }
        other => other,
    }
}

/// Checks that a patch doesn't change the identity of an object.
fn check(resource: &Resource, name: &str, present: &Value, patched: &Value) -> Result<(), Status> {
    let text = |value: &Value, pointer: &str| {
        value.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let changed = |pointer: &str| text(patched, pointer).filter(|after| Some(after) != text(present, pointer).as_ref());
    let immutable = |of: &Resource, field: &str, value: &str, why: &str, times: usize| {
        let message = format!("Invalid value: {value:?}: {why}");
        Err(invalid(of, name, vec![cause("FieldValueInvalid", message, field); times]))
    };
    if let Some(uid) = changed("/metadata/uid") {
        // The common validation of all types reports it, and in most types the type's own validation too.
        let passes = Strategy::of(resource).update_passes.iter().filter(|pass| **pass == Pass::Update).count();
        return immutable(resource, "metadata.uid", &uid, "field is immutable", 1 + passes);
    }
    let (kind, api_version) = (changed("/kind"), changed("/apiVersion"));
    if !resource.custom && (kind.is_some() || api_version.is_some()) {
        let kind = kind.unwrap_or_else(|| resource.kind.clone());
        let version = api_version.unwrap_or_else(|| resource.api_version());
        let why =
            format!("no kind {kind:?} is registered for version {version:?} in scheme \"pkg/runtime/scheme.go:111\"");
        return Err(unfit(patched, &why));
    }
    // The error names the object after the patch.
    if let Some(version) = api_version {
        let became = Resource { group: String::new(), ..resource.clone() };
        return immutable(&became, "apiVersion", &version, &format!("must be {}", resource.api_version()), 1);
    }
    if let Some(kind) = kind {
        let became = Resource { kind: kind.clone(), ..resource.clone() };
        return immutable(&became, "kind", &kind, &format!("must be {}", resource.kind), 1);
    }
    Ok(())
}

/// Returns the error for a result that isn't an object.
pub(crate) fn unfit(patched: &Value, why: &str) -> Status {
    let json = String::from_utf8_lossy(&to_vec(patched, KeyOrder::Sorted)).into_owned();
    let detail = format!("Invalid value: {json:?}: {why}");
    let mut status = Status::new(422, "Invalid", format!(" \"\" is invalid: patch: {detail}"));
    status.details.causes.push(cause("FieldValueInvalid", detail, "patch"));
    status
}

/// A patch that is merged.
fn read_patch(body: &[u8]) -> Result<Value, Status> {
    match serde_json::from_slice(body).map_err(undecodable)? {
        patch @ Value::Object(_) => Ok(patch),
        Value::Null => Err(bad_request("Invalid JSON Patch")),
        other => Err(bad_request(format!(
            "error decoding patch: json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
            found(&other)
        ))),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` passes")]
fn undecodable(error: serde_json::Error) -> Status {
    bad_request(format!("error decoding patch: {}", syntax(&error)))
}
