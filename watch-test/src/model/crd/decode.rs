//! Whether the fields of a definition are of their types, in the words of Go's `encoding/json`.

use serde_json::{Map, Value};

use crate::model::encode::go_errors::found;

/// What a field is in Go.
enum Type {
    Text(&'static str),
    Flag,
    Texts,
    Struct(&'static Struct),
    Structs(&'static Struct),
}

/// A struct of `k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1`, as far as it is looked at here.
struct Struct {
    name: &'static str,
    fields: &'static [(&'static str, Type)],
}

static DEFINITION: Struct = Struct {
    name: "CustomResourceDefinition",
    fields: &[("spec", Type::Struct(&SPEC)), ("status", Type::Struct(&STATUS))],
};
static SPEC: Struct = Struct {
    name: "CustomResourceDefinitionSpec",
    fields: &[
        ("group", Type::Text("string")),
        ("names", Type::Struct(&NAMES)),
        ("scope", Type::Text("v1.ResourceScope")),
        ("versions", Type::Structs(&VERSION)),
        ("preserveUnknownFields", Type::Flag),
    ],
};
static STATUS: Struct = Struct {
    name: "CustomResourceDefinitionStatus",
    fields: &[
        ("conditions", Type::Structs(&CONDITION)),
        ("acceptedNames", Type::Struct(&NAMES)),
        ("storedVersions", Type::Texts),
    ],
};
static CONDITION: Struct =
    Struct { name: "CustomResourceDefinitionCondition", fields: &[("type", Type::Text("string"))] };
static NAMES: Struct = Struct {
    name: "CustomResourceDefinitionNames",
    fields: &[
        ("plural", Type::Text("string")),
        ("singular", Type::Text("string")),
        ("shortNames", Type::Texts),
        ("kind", Type::Text("string")),
        ("listKind", Type::Text("string")),
        ("categories", Type::Texts),
    ],
};
static VERSION: Struct = Struct {
    name: "CustomResourceDefinitionVersion",
    fields: &[
        ("name", Type::Text("string")),
        ("served", Type::Flag),
        ("storage", Type::Flag),
        ("schema", Type::Struct(&VALIDATION)),
    ],
};
static VALIDATION: Struct =
    Struct { name: "CustomResourceValidation", fields: &[("openAPIV3Schema", Type::Struct(&SCHEMA))] };
static SCHEMA: Struct = Struct { name: "JSONSchemaProps", fields: &[("type", Type::Text("string"))] };

/// What can't be read of a definition, if something can't.
pub(super) fn unreadable(definition: &Value) -> Option<String> {
    DEFINITION.refuses(definition.as_object()?, "")
}

impl Struct {
    fn refuses(&self, value: &Map<String, Value>, path: &str) -> Option<String> {
        self.fields.iter().find_map(|(field, kind)| {
            // What is null is as if left out.
            let value = value.get(*field).filter(|value| !value.is_null())?;
            kind.refuses(value, self.name, &format!("{path}{field}"))
        })
    }
}

impl Type {
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
