//! Decodes the options in the body of a DELETE (`DeleteResource` of endpoints/handlers/delete.go).

use serde_json::Value;

use crate::model::encode::go_types::{GoStruct, GoType, misfit_in};
use crate::model::encode::kinds::{GroupVersion, Scheme};

static PRECONDITIONS: GoStruct =
    GoStruct::new("Preconditions", &[("uid", GoType::Text("types.UID")), ("resourceVersion", GoType::Text("string"))]);

/// `DeleteOptions` of apimachinery/pkg/apis/meta/v1.
pub(crate) static DELETE_OPTIONS: GoStruct = GoStruct {
    name: "DeleteOptions",
    is_typed: true,
    fields: &[
        ("gracePeriodSeconds", GoType::Integer("int64")),
        ("preconditions", GoType::Struct(&PRECONDITIONS)),
        ("orphanDependents", GoType::Flag),
        ("propagationPolicy", GoType::Text("v1.DeletionPropagation")),
        ("dryRun", GoType::Texts),
        ("ignoreStoreReadErrorWithClusterBreakingPotential", GoType::Flag),
    ],
};

/// Returns why a body isn't the options of a DELETE. Their version may be any one, so that each group can have its own.
pub(crate) fn undecodable(options: &Value) -> Option<String> {
    decode(options).err()
}

fn decode(options: &Value) -> Result<(), String> {
    let text = |field| options.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
    let default = GroupVersion { group: "meta.k8s.io", version: "v1" };
    let version = GroupVersion::parse(text("apiVersion").unwrap_or_default())?.or(default);
    let wanted = Scheme::Options.find(default, DELETE_OPTIONS.name)?;
    let found = Scheme::Options.find(version, text("kind").unwrap_or(DELETE_OPTIONS.name))?;
    if let (true, Some(fields)) = (found == wanted, options.as_object()) {
        misfit_in(&DELETE_OPTIONS, fields, "").map_or(Ok(()), Err)?;
    }
    found.check_conversion(&wanted)
}
