//! PATCH: applies a body to an object.

mod strategic;

use json_patch::{AddOperation, Patch, PatchOperation};
use serde_json::Value;
use watch_core::wire::Status;

use self::strategic::in_go;
use crate::model::admission::checks::check_name;
use crate::model::admission::decode::{Decoded, Origin, decode, restore, unreadable_kind};
use crate::model::admission::strategy::{Pass, Strategy};
use crate::model::admission::type_meta;
use crate::model::encode::go_errors::{found, syntax};
use crate::model::encode::json::to_vec_patched;
use crate::model::storage::resource::Resource;
use crate::model::validation::errors::{UNSUPPORTED, bad_request, invalid, rejected};
use crate::model::validation::field_errors::cause;

/// A patch as it was sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SentPatch<'a> {
    pub(crate) content_type: &'a str,
    pub(crate) body: &'a [u8],
}

/// Returns the patched object. A custom resource keeps another kind or version, which validation refuses.
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
            let shown = in_go(&patch);
            value = strategic::merge(resource.struct_name(), present, patch)?;
            restore(resource, &mut value).map_err(|why| unfit(&shown, &why))?;
            check_uid(resource, name, present, &value)?;
            return Ok(value);
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
    let shown = |value: &Value| to_vec_patched(value, present, resource.key_order());
    let unfit = |value: &Value, why: &str| unfit(&String::from_utf8_lossy(&shown(value)), why);
    if let Some(why) = unreadable_kind(&value) {
        return Err(unfit(&value, &format!("couldn't get version/kind; json parse error: {why}")));
    }
    match decode(resource, &mut value, Origin::Patch) {
        Err(why) => Err(unfit(&value, &why.text(&shown(&value)))),
        Ok(Decoded::Internal(_)) => check_name(name, &Value::Null).map(|()| value),
        Ok(Decoded::Own | Decoded::Other(_)) => {
            check_uid(resource, name, present, &value)?;
            Ok(value)
        }
    }
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

/// Checks that a patch doesn't change the uid.
fn check_uid(resource: &Resource, name: &str, present: &Value, patched: &Value) -> Result<(), Status> {
    let uid = |value: &Value| {
        value.pointer("/metadata/uid").and_then(Value::as_str).filter(|uid| !uid.is_empty()).map(str::to_owned)
    };
    let Some(other) = uid(patched).filter(|other| Some(other) != uid(present).as_ref()) else { return Ok(()) };
    // The common validation of all types reports it, and in most types the type's own validation too, which ends at a
    // wrong kind or version.
    let of_type = type_meta::causes(resource, patched)?;
    let is_update = |pass: &&Pass| of_type.is_empty() && **pass == Pass::Update;
    let passes = Strategy::of(resource).update_passes.iter().filter(is_update).count();
    let message = format!("Invalid value: {other:?}: field is immutable");
    let mut causes = vec![cause("FieldValueInvalid", message, "metadata.uid"); 1 + passes];
    causes.extend(of_type);
    Err(invalid(&type_meta::written(resource, patched), name, causes))
}

/// Returns the error for a result that isn't an object. `patched`: the result, or the patch.
fn unfit(patched: &str, why: &str) -> Status {
    let detail = format!("Invalid value: {patched:?}: {why}");
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
