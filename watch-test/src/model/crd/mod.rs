//! CustomResourceDefinitions as values: which can be, what is filled in, and what they define.

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

/// What `encoding/json` has against a definition, if something; otherwise its defaults are filled in.
pub(crate) fn read(definition: &mut Value) -> Result<(), String> {
    match decode::unreadable(definition) {
        Some(why) => Err(why),
        None => {
            defaults::fill(definition);
            Ok(())
        }
    }
}

/// Of the status, nobody writes anything but the server. `present`: what the definition was before.
pub(crate) fn prepare(definition: &mut Value, present: Option<&Value>) {
    match present {
        Some(present) => defaults::keep_status(present, definition),
        None => defaults::reset_status(definition),
    }
}

/// Why a definition can't be, metadata aside. `present`: what it was before.
pub(crate) fn causes(definition: &Value, present: Option<&Value>) -> Vec<StatusCause> {
    validate::causes(definition, present)
}

/// What a definition must be called: [`Resource::name`] of what it defines.
pub(crate) fn defined(definition: &Value) -> String {
    format!("{}.{}", text(definition, "/spec/names/plural"), text(definition, "/spec/group"))
}
