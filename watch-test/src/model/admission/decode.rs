//! Decodes the objects that clients send: their kind, their version, and the types of their fields
//! (runtime/serializer/json and runtime/serializer/versioning of apimachinery).

use serde_json::Value;
use watch_core::wire::Status;

use super::meta::{self, OBJECT_META};
use super::options::DELETE_OPTIONS;
use crate::model::crd;
use crate::model::encode::go_errors::{found, summary};
use crate::model::encode::go_types::{GoStruct, GoType, misfit, unrestorable};
use crate::model::encode::kinds::{GroupVersion, INTERNAL, Kind, Scheme};
use crate::model::storage::resource::Resource;
use crate::model::validation::errors::bad_request;

/// Where an object comes from. It decides what a missing kind or version means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A method for tests: the resource's own kind and version.
    Method,
    /// The body of a POST or a PUT: for built-in types the same, for custom ones an error.
    Body,
    /// The result of a patch: for built-in types the internal type, for custom ones an error.
    Patch,
}

/// The version of a decoded object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decoded {
    Own,
    /// Another version, which was converted to the resource's own.
    Other(String),
    /// The internal type. Its fields have no names in JSON, so the object is empty.
    Internal(String),
}

impl Decoded {
    /// Checks that a POST or a PUT may have this version (`AcceptsGroupVersion` of endpoints/handlers).
    pub(crate) fn check(&self, resource: &Resource) -> Result<(), Status> {
        let version = match self {
            Self::Own => return Ok(()),
            // `EvictionREST.AcceptsGroupVersion`
            Self::Other(version) if resource.kind == EVICTION && version == "policy/v1beta1" => return Ok(()),
            Self::Other(version) | Self::Internal(version) => version,
        };
        let expected = resource.api_version();
        Err(bad_request(format!(
            "the API version in the data ({version}) does not match the expected API version ({expected})"
        )))
    }
}

/// The reason why an object can't be decoded.
#[derive(Debug)]
pub(crate) struct Undecodable {
    /// The kind and the version, if they are known.
    of: Option<(String, String)>,
    why: Why,
}

#[derive(Debug)]
enum Why {
    Text(String),
    NoKind,
    NoVersion,
}

impl Undecodable {
    const fn unrecognized(why: Why) -> Self {
        Self { of: None, why }
    }

    fn new(kind: &str, version: &str, why: Why) -> Self {
        Self { of: Some((kind.to_owned(), version.to_owned())), why }
    }

    /// Returns the text of the error. `data`: the object as it was sent.
    pub(crate) fn text(&self, data: &[u8]) -> String {
        let missing = |what: &str| format!("Object '{what}' is missing in '{}'", String::from_utf8_lossy(data));
        match &self.why {
            Why::Text(text) => text.clone(),
            Why::NoKind => missing("Kind"),
            Why::NoVersion => missing("apiVersion"),
        }
    }

    /// Returns the refusal of a body (`transformDecodeError` of endpoints/handlers/rest.go).
    pub(crate) fn refuse(&self, resource: &Resource, body: &[u8]) -> Status {
        let (own, why) = (&resource.kind, self.text(body));
        bad_request(match &self.of {
            Some((kind, version)) => format!("{kind} in version {version:?} cannot be handled as a {own}: {why}"),
            None => unrecognized(resource, &why, body),
        })
    }
}

/// Returns the text of a refusal of something that has no kind.
pub(crate) fn unrecognized(resource: &Resource, why: &str, body: &[u8]) -> String {
    format!("the object provided is unrecognized (must be of type {}): {why} ({})", resource.kind, summary(body))
}

/// Returns the error of a value whose kind or version can't be read, if there is one
/// (runtime/serializer/json/meta.go).
pub(crate) fn unreadable_kind(value: &Value) -> Option<String> {
    if !value.is_object() && !value.is_null() {
        let found = found(value);
        return Some(format!(
            "json: cannot unmarshal {found} into Go value of type struct {{ APIVersion string \
             \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }}"
        ));
    }
    ["apiVersion", "kind"].into_iter().find_map(|field| {
        let given = value.get(field).filter(|given| !given.is_string() && !given.is_null())?;
        Some(format!("json: cannot unmarshal {} into Go struct field .{field} of type string", found(given)))
    })
}

/// The kinds of the bodies that aren't resources themselves.
const EVICTION: &str = "Eviction";
const SCALE: &str = "Scale";

type Fields = &'static [(&'static str, GoType)];

const REPLICAS: (&str, GoType) = ("replicas", GoType::Integer("int32"));
const METADATA: (&str, GoType) = ("metadata", GoType::Struct(&OBJECT_META));
static OF_STATUS: [(&str, GoType); 1] = [("status", GoType::Text("string"))];
static OF_ALL: [(&str, GoType); 1] = [METADATA];
static OF_EVICTION: [(&str, GoType); 2] = [METADATA, ("deleteOptions", GoType::Struct(&DELETE_OPTIONS))];
static SCALE_SPEC: GoStruct = GoStruct::new("ScaleSpec", &[REPLICAS]);
static SCALE_STATUS: GoStruct = GoStruct::new("ScaleStatus", &[REPLICAS, ("selector", GoType::Text("string"))]);
static OF_SCALE: [(&str, GoType); 3] =
    [METADATA, ("spec", GoType::Struct(&SCALE_SPEC)), ("status", GoType::Struct(&SCALE_STATUS))];
/// The scale of `extensions/v1beta1`, `apps/v1beta1` and `apps/v1beta2`.
static OLD_SCALE_STATUS: GoStruct = GoStruct::new("ScaleStatus", &[REPLICAS, ("selector", GoType::Map)]);
static OF_OLD_SCALE: [(&str, GoType); 3] =
    [METADATA, ("spec", GoType::Struct(&SCALE_SPEC)), ("status", GoType::Struct(&OLD_SCALE_STATUS))];

/// Returns the fields whose types are checked. `package`: that of the Go type.
fn fields_of(kind: &str, package: &str) -> Fields {
    match kind {
        SCALE if package == "v1" => &OF_SCALE,
        SCALE => &OF_OLD_SCALE,
        EVICTION => &OF_EVICTION,
        "Status" => &OF_STATUS,
        _ => &OF_ALL,
    }
}

/// Decodes an object, which gets the kind and the version of the resource. A custom resource keeps others, which
/// validation refuses.
pub(crate) fn decode(resource: &Resource, value: &mut Value, origin: Origin) -> Result<Decoded, Undecodable> {
    if resource.custom { decode_custom(resource, value, origin) } else { decode_built_in(resource, value, origin) }
}

fn decode_built_in(resource: &Resource, value: &mut Value, origin: Origin) -> Result<Decoded, Undecodable> {
    let (own_version, own_kind) = (resource.api_version(), resource.kind.as_str());
    let given = text(value, "apiVersion").to_owned();
    let kind = Some(text(value, "kind")).filter(|kind| !kind.is_empty()).unwrap_or(own_kind).to_owned();
    let is_default = given.is_empty() && origin != Origin::Patch;
    let mut decoded = Decoded::Own;
    if kind == own_kind && (is_default || given == own_version) {
        check_types(own_kind, "v1", value).map_err(|why| Undecodable::new(&kind, &resource.version, why))?;
    } else {
        let version = GroupVersion::parse(&given).map_err(|why| Undecodable::unrecognized(Why::Text(why)))?;
        let own = GroupVersion { group: &resource.group, version: &resource.version };
        let default = match origin {
            Origin::Patch => GroupVersion { group: resource.group_of_kind(), version: INTERNAL },
            Origin::Method | Origin::Body => own,
        };
        let version = version.or(default);
        let failed = |why| Undecodable::new(&kind, version.version, why);
        if version.version.is_empty() {
            return Err(failed(Why::NoVersion));
        }
        let scheme = scheme_of(resource);
        let found = scheme.find(version, &kind).map_err(|why| failed(Why::Text(why)))?;
        if found.name == "Status" || (found.internal.is_some() && version.version != INTERNAL) {
            check_types(found.name, found.package, value).map_err(failed)?;
        }
        let wanted = scheme.find(own, own_kind).unwrap_or(Kind { package: "", name: "", internal: None });
        found.check_conversion(&wanted).map_err(|why| failed(Why::Text(why)))?;
        if version.version == INTERNAL {
            return Ok(Decoded::Internal(version.to_string()));
        }
        if version != own {
            decoded = Decoded::Other(version.to_string());
        }
    }
    if resource.name() == crd::RESOURCE {
        crd::read(value).map_err(|why| Undecodable::new(&kind, &resource.version, Why::Text(why)))?;
    }
    value["kind"] = own_kind.into();
    value["apiVersion"] = own_version.into();
    meta::tidy(value);
    Ok(decoded)
}

fn decode_custom(resource: &Resource, value: &mut Value, origin: Origin) -> Result<Decoded, Undecodable> {
    let own = resource.api_version();
    let given = text(value, "apiVersion").to_owned();
    let version = GroupVersion::parse(&given).map_err(|why| Undecodable::unrecognized(Why::Text(why)))?;
    if text(value, "kind").is_empty() {
        if origin != Origin::Method {
            return Err(Undecodable::unrecognized(Why::NoKind));
        }
        value["kind"] = resource.kind.as_str().into();
    }
    if let Some(why) = misfit(GoType::Struct(&OBJECT_META), value.get("metadata").unwrap_or(&Value::Null), "", "") {
        return Err(Undecodable::new(text(value, "kind"), version.version, Why::Text(why)));
    }
    let version = version.to_string();
    let decoded = match origin {
        Origin::Patch => Decoded::Own,
        Origin::Method if version.is_empty() => {
            value["apiVersion"] = own.into();
            Decoded::Own
        }
        Origin::Method | Origin::Body if version == own => Decoded::Own,
        Origin::Method | Origin::Body => Decoded::Other(version),
    };
    meta::tidy(value);
    Ok(decoded)
}

/// Checks the result of a strategic merge patch. It is written into the type of the object before the patch, so its kind
/// and version don't matter.
pub(crate) fn restore(resource: &Resource, value: &mut Value) -> Result<(), String> {
    let names = [("kind", GoType::Text("string")), ("apiVersion", GoType::Text("string"))];
    let fields = names.iter().chain(fields_of(&resource.kind, "v1"));
    for (field, of) in fields {
        if let Some(why) = value.get(*field).and_then(|value| unrestorable(*of, value)) {
            return Err(why);
        }
    }
    if resource.name() == crd::RESOURCE {
        crd::read(value)?;
    }
    value["kind"] = resource.kind.as_str().into();
    value["apiVersion"] = resource.api_version().into();
    meta::tidy(value);
    Ok(())
}

fn check_types(kind: &str, package: &str, value: &Value) -> Result<(), Why> {
    let fields = fields_of(kind, package);
    let why = fields.iter().find_map(|(field, of)| misfit(*of, value.get(*field)?, kind, field));
    why.map_or(Ok(()), |why| Err(Why::Text(why)))
}

fn scheme_of(resource: &Resource) -> Scheme {
    if resource.group == "apiextensions.k8s.io" { Scheme::Definitions } else { Scheme::Api }
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}
