//! CustomResourceDefinitions as values: their validation, their defaults, and the resources that they define.

mod causes;
pub(crate) mod conditions;
mod decode;
mod defaults;
mod schema;
mod spec;
mod validate;

use serde_json::Value;
use watch_core::wire::StatusCause;

pub(crate) use self::spec::resources_of;
use self::spec::text;

/// The resource of the definitions themselves.
pub(crate) const RESOURCE: &str = "customresourcedefinitions.apiextensions.k8s.io";

/// Returns the error of `encoding/json` for a definition, if there is one; otherwise fills in its defaults.
pub(crate) fn read(definition: &mut Value) -> Result<(), String> {
    match decode::unreadable(definition) {
        Some(why) => Err(why),
        None => {
            defaults::fill(definition);
            Ok(())
        }
    }
}

/// Restores the status, which only the server writes. `present`: the definition before.
pub(crate) fn prepare(definition: &mut Value, present: Option<&Value>) {
    match present {
        Some(present) => defaults::keep_status(present, definition),
        None => defaults::reset_status(definition),
    }
}

/// Returns the errors of a definition, without its metadata. `present`: the definition before.
pub(crate) fn causes(definition: &Value, present: Option<&Value>) -> Vec<StatusCause> {
    validate::causes(definition, present)
}

/// Returns the name that a definition must have: [`Resource::name`] of the resource that it defines.
pub(crate) fn defined(definition: &Value) -> String {
    format!("{}.{}", text(definition, "/spec/names/plural"), text(definition, "/spec/group"))
}
