//! Checks the types of a definition's fields, with the errors of Go's `encoding/json`.

use serde_json::Value;

use crate::model::encode::go_types::{GoStruct, GoType, misfit_in};

static DEFINITION: GoStruct =
    GoStruct::new("CustomResourceDefinition", &[("spec", GoType::Struct(&SPEC)), ("status", GoType::Struct(&STATUS))]);
static SPEC: GoStruct = GoStruct::new(
    "CustomResourceDefinitionSpec",
    &[
        ("group", GoType::Text("string")),
        ("names", GoType::Struct(&NAMES)),
        ("scope", GoType::Text("v1.ResourceScope")),
        ("versions", GoType::Structs(&VERSION)),
        ("preserveUnknownFields", GoType::Flag),
    ],
);
static STATUS: GoStruct = GoStruct::new(
    "CustomResourceDefinitionStatus",
    &[
        ("conditions", GoType::Structs(&CONDITION)),
        ("acceptedNames", GoType::Struct(&NAMES)),
        ("storedVersions", GoType::Texts),
    ],
);
static CONDITION: GoStruct = GoStruct::new("CustomResourceDefinitionCondition", &[("type", GoType::Text("string"))]);
static NAMES: GoStruct = GoStruct::new(
    "CustomResourceDefinitionNames",
    &[
        ("plural", GoType::Text("string")),
        ("singular", GoType::Text("string")),
        ("shortNames", GoType::Texts),
        ("kind", GoType::Text("string")),
        ("listKind", GoType::Text("string")),
        ("categories", GoType::Texts),
    ],
);
static VERSION: GoStruct = GoStruct::new(
    "CustomResourceDefinitionVersion",
    &[
        ("name", GoType::Text("string")),
        ("served", GoType::Flag),
        ("storage", GoType::Flag),
        ("schema", GoType::Struct(&VALIDATION)),
    ],
);
static VALIDATION: GoStruct =
    GoStruct::new("CustomResourceValidation", &[("openAPIV3Schema", GoType::Struct(&SCHEMA))]);
static SCHEMA: GoStruct = GoStruct::new("JSONSchemaProps", &[("type", GoType::Text("string"))]);

/// Returns the first field that can't be read, if there is one.
pub(super) fn unreadable(definition: &Value) -> Option<String> {
    misfit_in(&DEFINITION, definition.as_object()?, "")
}
