//! Validates definitions (`apis/apiextensions/validation/validation.go`), with the texts and in the order of
//! kube-apiserver.

use std::collections::BTreeSet;

use serde_json::Value;
use watch_core::wire::StatusCause;

use super::causes::Causes;
use super::defaults::{is_shared, stored_versions};
use super::schema;
use super::spec::{is, text, texts, versions};
use crate::model::storage::conditions::is_true;
use crate::model::validation::names::{Name, dns_1035};

/// Returns the errors of a definition, without its metadata. `present`: the definition before.
pub(super) fn causes(definition: &Value, present: Option<&Value>) -> Vec<StatusCause> {
    let mut causes = Causes::default();
    spec(definition, &mut causes);
    if let Some(present) = present {
        immutable(definition, present, &mut causes);
    }
    stored(definition, &mut causes);
    approval(definition, &mut causes);
    if definition.pointer("/spec/preserveUnknownFields") == Some(&Value::Bool(true)) {
        let why = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema \
                   instead";
        causes.invalid("spec.preserveUnknownFields", true, why);
    }
    causes.into_vec()
}

fn spec(definition: &Value, causes: &mut Causes) {
    let group = text(definition, "/spec/group");
    let wrong = Name::Subdomain.against(group);
    match group {
        "" => causes.required("spec.group", ""),
        _ if !wrong.is_empty() => causes.text("spec.group", group, &wrong),
        _ if !group.contains('.') => {
            causes.invalid("spec.group", format_args!("{group:?}"), "should be a domain with at least one dot");
        }
        _ => {}
    }
    match text(definition, "/spec/scope") {
        "" => causes.required("spec.scope", ""),
        "Cluster" | "Namespaced" => {}
        other => causes.unsupported("spec.scope", other, &["Cluster", "Namespaced"]),
    }
    for (index, version) in versions(definition).enumerate() {
        if version.pointer("/schema/openAPIV3Schema").is_none_or(Value::is_null) {
            causes.required(&format!("spec.versions[{index}].schema.openAPIV3Schema"), "");
        }
    }
    let has_one_schema = is_shared(definition, "schema");
    let check_schema = |version: &Value, path: &str, causes: &mut Causes| {
        if let Some(schema) = version.pointer("/schema/openAPIV3Schema") {
            schema::check(schema, &format!("{path}.openAPIV3Schema"), causes);
        }
    };
    for (index, version) in versions(definition).enumerate() {
        let name = text(version, "/name");
        causes.text(&format!("spec.versions[{index}].name"), name, &dns_1035(name));
        if !has_one_schema {
            check_schema(version, &format!("spec.versions[{index}].schema"), causes);
        }
    }
    let all: BTreeSet<&str> = versions(definition).map(|version| text(version, "/name")).collect();
    if all.len() < versions(definition).count() {
        causes.invalid("spec.versions", shown(definition), "must contain unique version names");
    }
    if versions(definition).filter(|version| is(version, "storage")).count() != 1 {
        causes.invalid("spec.versions", shown(definition), "must have exactly one version marked as storage version");
    }
    // The internal type has the first version in another place, too.
    let first = versions(definition).next();
    let name = first.map(|version| text(version, "/name")).unwrap_or_default();
    if !name.is_empty() {
        causes.text("spec.version", name, &dns_1035(name));
    }
    names(definition, causes);
    if let Some(first) = first.filter(|_| has_one_schema) {
        check_schema(first, "spec.validation", causes);
    }
}

fn names(definition: &Value, causes: &mut Causes) {
    const NAMES: [&str; 4] = ["plural", "singular", "kind", "listKind"];
    let name = |field: &str| text(definition, &format!("/spec/names/{field}"));
    for field in NAMES.into_iter().filter(|field| name(field).is_empty()) {
        causes.required(&format!("spec.names.{field}"), "");
    }
    for field in NAMES.into_iter().filter(|field| !name(field).is_empty()) {
        let wrong = match field {
            "kind" | "listKind" => {
                let mut wrong = dns_1035(&name(field).to_lowercase());
                if let Some(first) = wrong.first_mut() {
                    first.insert_str(0, "may have mixed case, but should otherwise match: ");
                }
                wrong
            }
            _ => dns_1035(name(field)),
        };
        causes.text(&format!("spec.names.{field}"), name(field), &wrong);
    }
    let each = |field: &str, causes: &mut Causes| {
        for (index, one) in texts(definition, &format!("/spec/names/{field}")).enumerate() {
            causes.text(&format!("spec.names.{field}[{index}]"), one, &dns_1035(one));
        }
    };
    each("shortNames", causes);
    if !name("kind").is_empty() && name("kind") == name("listKind") {
        let kind = name("listKind");
        causes.invalid("spec.names.listKind", format_args!("{kind:?}"), "kind and listKind may not be the same");
    }
    each("categories", causes);
}

/// Adds the errors of changes to immutable fields; some are immutable once the resource is served.
fn immutable(definition: &Value, present: &Value, causes: &mut Causes) {
    let is_established = is_true(present, "Established");
    for (field, pointer, always) in [
        ("spec.scope", "/spec/scope", false),
        ("spec.names.kind", "/spec/names/kind", false),
        ("spec.group", "/spec/group", true),
        ("spec.names.plural", "/spec/names/plural", true),
    ] {
        let (before, after) = (text(present, pointer), text(definition, pointer));
        if before != after && (always || is_established) {
            causes.invalid(field, format_args!("{after:?}"), "field is immutable");
        }
    }
}

/// `ValidateCustomResourceDefinitionStoredVersions`
fn stored(definition: &Value, causes: &mut Causes) {
    let stored = stored_versions(definition);
    if stored.is_empty() {
        causes.invalid("status.storedVersions", "null", "must have at least one stored version");
        return;
    }
    let names: Vec<&str> = versions(definition).map(|version| text(version, "/name")).collect();
    for version in versions(definition).filter(|version| is(version, "storage")) {
        let name = text(version, "/name");
        if !stored.contains(&name) {
            let shown = Value::from(stored.clone());
            causes.invalid("status.storedVersions", shown, &format!("must have the storage version {name}"));
        }
    }
    for (index, name) in stored.iter().enumerate().filter(|(_, name)| !names.contains(name)) {
        let why = format!(
            "missing from spec.versions; {name} was previously a storage version, and must remain in spec.versions \
             until a storage migration ensures no data remains persisted in {name} and removes {name} from \
             status.storedVersions"
        );
        causes.invalid(&format!("status.storedVersions[{index}]"), format_args!("{name:?}"), &why);
    }
}

/// Kubernetes' own groups are protected.
fn approval(definition: &Value, causes: &mut Causes) {
    let group = text(definition, "/spec/group");
    let is_protected = ["k8s.io", "kubernetes.io"]
        .iter()
        .any(|domain| group.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')));
    if is_protected && text(definition, "/metadata/annotations/api-approved.kubernetes.io").is_empty() {
        let why = "protected groups must have approval annotation \"api-approved.kubernetes.io\", see \
                   https://github.com/kubernetes/enhancements/pull/1111";
        causes.required("metadata.annotations[api-approved.kubernetes.io]", why);
    }
}

/// Returns the versions as the internal type shows them: without what all of them have in common.
fn shown(definition: &Value) -> String {
    let of = |version: &Value, field: &str| version.get(field).cloned().unwrap_or(Value::Null);
    let version = |version: &Value| {
        format!(
            "{{\"Name\":{},\"Served\":{},\"Storage\":{},\"Deprecated\":{},\"DeprecationWarning\":{},\"Schema\":null,\
             \"Subresources\":null,\"AdditionalPrinterColumns\":null,\"SelectableFields\":null}}",
            Value::from(text(version, "/name")),
            is(version, "served"),
            is(version, "storage"),
            is(version, "deprecated"),
            of(version, "deprecationWarning"),
        )
    };
    if definition.pointer("/spec/versions").is_none_or(Value::is_null) {
        return "null".into();
    }
    let versions: Vec<String> = versions(definition).map(version).collect();
    format!("[{}]", versions.join(","))
}
