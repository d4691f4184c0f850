//! Checks the types of a definition's fields, with the errors of Go's `encoding/json`.

use serde_json::{Map, Value};

use crate::model::encode::go_errors::found;

/// The type of a field in Go.
enum GoType {
    Text(&'static str),
    Flag,
    Texts,
    Struct(&'static GoStruct),
    Structs(&'static GoStruct),
}

/// A struct of `k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1`, as far as it is looked at here.
struct GoStruct {
    name: &'static str,
    fields: &'static [(&'static str, GoType)],
}

static DEFINITION: GoStruct = GoStruct {
    name: "CustomResourceDefinition",
    fields: &[("spec", GoType::Struct(&SPEC)), ("status", GoType::Struct(&STATUS))],
};
static SPEC: GoStruct = GoStruct {
    name: "CustomResourceDefinitionSpec",
    fields: &[
        ("group", GoType::Text("string")),
        ("names", GoType::Struct(&NAMES)),
        ("scope", GoType::Text("v1.ResourceScope")),
        ("versions", GoType::Structs(&VERSION)),
        ("preserveUnknownFields", GoType::Flag),
    ],
};
static STATUS: GoStruct = GoStruct {
    name: "CustomResourceDefinitionStatus",
    fields: &[
        ("conditions", GoType::Structs(&CONDITION)),
        ("acceptedNames", GoType::Struct(&NAMES)),
        ("storedVersions", GoType::Texts),
    ],
};
static CONDITION: GoStruct =
    GoStruct { name: "CustomResourceDefinitionCondition", fields: &[("type", GoType::Text("string"))] };
static NAMES: GoStruct = GoStruct {
    name: "CustomResourceDefinitionNames",
    fields: &[
        ("plural", GoType::Text("string")),
        ("singular", GoType::Text("string")),
        ("shortNames", GoType::Texts),
        ("kind", GoType::Text("string")),
        ("listKind", GoType::Text("string")),
        ("categories", GoType::Texts),
    ],
};
static VERSION: GoStruct = GoStruct {
    name: "CustomResourceDefinitionVersion",
    fields: &[
        ("name", GoType::Text("string")),
        ("served", GoType::Flag),
        ("storage", GoType::Flag),
        ("schema", GoType::Struct(&VALIDATION)),
    ],
};
static VALIDATION: GoStruct =
    GoStruct { name: "CustomResourceValidation", fields: &[("openAPIV3Schema", GoType::Struct(&SCHEMA))] };
static SCHEMA: GoStruct = GoStruct { name: "JSONSchemaProps", fields: &[("type", GoType::Text("string"))] };

/// Returns the first field that can't be read, if there is one.
pub(super) fn unreadable(definition: &Value) -> Option<String> {
    DEFINITION.refuses(definition.as_object()?, "")
}

impl GoStruct {
    fn refuses(&self, value: &Map<String, Value>, path: &str) -> Option<String> {
        self.fields.iter().find_map(|(field, kind)| {
            // A null is the same as a missing field.
            let value = value.get(*field).filter(|value| !value.is_null())?;
            kind.refuses(value, self.name, &format!("{path}{field}"))
        })
    }
}

impl GoType {
    fn refuses(&self, value: &Value, within: &str, path: &str) -> Option<String> {
        let refusal = |value: &Value, wanted: &str| {
            let found = found(value);
            Some(format!("json: cannot unmarshal {found} into Go struct field {within}.{path} of type {wanted}"))
        };
        match (self, value) {
            (Self::Text(_), Value::String(_)) | (Self::Flag, Value::Bool(_)) => None,
            (Self::Text(wanted), _) => refusal(value, wanted),
            (Self::Flag, _) => refusal(value, "bool"),
            (Self::Texts, Value::Array(values)) => {
                let other = values.iter().find(|value| !value.is_string() && !value.is_null())?;
                refusal(other, "string")
            }
            (Self::Texts, _) => refusal(value, "[]string"),
            (Self::Struct(of), Value::Object(map)) => of.refuses(map, &format!("{path}.")),
            (Self::Struct(of), _) => refusal(value, &format!("v1.{}", of.name)),
            (Self::Structs(of), Value::Array(values)) => {
                values.iter().find_map(|value| Self::Struct(of).refuses(value, within, path))
            }
            (Self::Structs(of), _) => refusal(value, &format!("[]v1.{}", of.name)),
        }
    }
}
