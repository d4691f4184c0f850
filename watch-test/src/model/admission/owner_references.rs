//! Validates the owners of an object.

use serde_json::Value;
use watch_core::wire::StatusCause;

use super::meta::OWNER;
use super::owners::{owner_references, text};
use crate::model::encode::go_types::GoType;
use crate::model::storage::release::Release;
use crate::model::validation::field_errors::cause;

/// Returns the errors of the owners (`ValidateOwnerReferences`).
pub(super) fn causes(release: Release, value: &Value) -> Vec<StatusCause> {
    let owners = owner_references(value);
    let mut causes = Vec::new();
    let mut controller: Option<String> = None;
    for (index, owner) in owners.iter().enumerate() {
        let path = match release {
            Release::V1_36 => "metadata.ownerReferences".to_owned(),
            Release::V1_37 => format!("metadata.ownerReferences[{index}]"),
        };
        causes.extend(causes_of_one(release, &path, owner));
        if owner.get("controller") != Some(&Value::Bool(true)) {
            continue;
        }
        let own = format!("{}/{}", text(owner, "kind"), text(owner, "name"));
        let Some(first) = &controller else {
            controller = Some(own);
            continue;
        };
        let all: Vec<String> = owners.iter().map(as_in_go).collect();
        let message = format!(
            "Invalid value: [{}]: Only one reference can have Controller set to true. Found \"true\" in references for \
             {first} and {own}",
            all.join(",")
        );
        causes.push(cause("FieldValueInvalid", message, "metadata.ownerReferences"));
    }
    causes
}

/// `validateOwnerReference`
fn causes_of_one(release: Release, path: &str, owner: &Value) -> Vec<StatusCause> {
    let mut causes = Vec::new();
    let (api_version, kind) = (text(owner, "apiVersion"), text(owner, "kind"));
    let is_new = release >= Release::V1_37;
    for field in ["apiVersion", "kind", "name", "uid"] {
        let value = text(owner, field);
        let path = format!("{path}.{field}");
        if field == "apiVersion" && version_of(value).is_empty() && !(is_new && value.is_empty()) {
            let why = if is_new { "must be <group>/<version> or <version>" } else { "version must not be empty" };
            causes.push(cause("FieldValueInvalid", format!("Invalid value: {value:?}: {why}"), &path));
        } else if value.is_empty() {
            causes.push(match release {
                Release::V1_36 => cause("FieldValueInvalid", "Invalid value: \"\": must not be empty".into(), &path),
                Release::V1_37 => cause("FieldValueRequired", "Required value: must not be empty".into(), &path),
            });
        }
    }
    // `BannedOwners`
    if (api_version, kind) == ("v1", "Event") {
        let message = format!("Invalid value: {}: /v1, Kind=Event is disallowed from being an owner", as_in_go(owner));
        causes.push(cause("FieldValueInvalid", message, path));
    }
    causes
}

/// `v1` of `v1` and `apps/v1` (`ParseGroupVersion`); empty if there is none.
fn version_of(api_version: &str) -> &str {
    match api_version.split('/').collect::<Vec<_>>().as_slice() {
        [version] | [_, version] => version,
        _ => "",
    }
}

/// An owner as Go writes it.
fn as_in_go(owner: &Value) -> String {
    let field = |(name, of): &(&str, GoType)| {
        let value = owner.get(name).cloned().or_else(|| (!matches!(of, GoType::Flag)).then(|| "".into()))?;
        Some(format!("{}:{value}", Value::from(*name)))
    };
    let fields: Vec<String> = OWNER.fields.iter().filter_map(field).collect();
    format!("{{{}}}", fields.join(","))
}
