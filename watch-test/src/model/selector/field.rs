//! Field selectors: the grammar of `fields.ParseSelector` of apimachinery, and which fields each resource has.

use std::borrow::Cow;

use serde_json::Value;

use crate::model::storage::resource::Resource;

/// All of its terms must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FieldSelector {
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    field: String,
    value: String,
    negated: bool,
}

impl FieldSelector {
    /// Parses a selector for a resource; the error is kube-apiserver's.
    pub(crate) fn parse(text: &str, resource: &Resource) -> Result<Self, String> {
        let mut terms = Vec::new();
        for term in split(text).into_iter().filter(|term| !term.is_empty()) {
            let Some((field, operator, value)) = operator(term) else {
                return Err(format!("invalid selector: '{text}'; can't understand '{term}'"));
            };
            let value = unescape(value)?;
            // A term without a field and a value selects everything (`hasTerm.Transform`).
            if field.is_empty() && value.is_empty() {
                continue;
            }
            known_field(resource, field)?;
            terms.push(Term { field: field.to_owned(), value, negated: operator == "!=" });
        }
        Ok(Self { terms })
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Returns the only name that can match, if there is just one.
    pub(crate) fn name(&self) -> Option<&str> {
        let term = self.terms.iter().find(|term| term.field == "metadata.name" && !term.negated)?;
        Some(&term.value)
    }

    /// Returns whether the selector matches an object.
    pub(crate) fn matches(&self, object: &Value) -> bool {
        self.terms.iter().all(|term| (field_of(object, &term.field) == term.value) != term.negated)
    }
}

/// The fields that can be selected by (`AddFieldLabelConversionFunc` of pkg/apis/*/v1/conversion.go).
fn known_field(resource: &Resource, field: &str) -> Result<(), String> {
    if field == "metadata.name" || (field == "metadata.namespace" && resource.namespaced) {
        return Ok(());
    }
    let known: &[&str] = match resource.name().as_str() {
        _ if resource.custom => &[],
        "pods" => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ],
        "events" => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        "events.events.k8s.io" => &[
            "regarding.kind",
            "regarding.namespace",
            "regarding.name",
            "regarding.uid",
            "regarding.apiVersion",
            "regarding.resourceVersion",
            "regarding.fieldPath",
            "reason",
            "reportingController",
            "type",
        ],
        "secrets" => &["type"],
        "namespaces" => &["status.phase"],
        "nodes" => &["spec.unschedulable"],
        "services" => &["spec.clusterIP", "spec.type"],
        "replicasets.apps" | "replicationcontrollers" => &["status.replicas"],
        "jobs.batch" => &["status.successful"],
        // `runtime.DefaultMetaV1FieldSelectorConversion`
        _ => {
            return Err(format!(
                "\"{field}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
            ));
        }
    };
    if known.contains(&field) { Ok(()) } else { Err(format!("field label not supported: {field}")) }
}

/// Returns the value of a field as text; a missing one is empty.
fn field_of<'a>(object: &'a Value, field: &str) -> Cow<'a, str> {
    let pointer = match field {
        // The source of an event is a struct; the selector matches its component.
        "source" => "/source/component".to_owned(),
        "status.successful" => "/status/succeeded".to_owned(),
        // Objects are matched as they are stored: as events of the core group.
        "reportingController" => "/reportingComponent".to_owned(),
        _ if field.starts_with("regarding.") => format!("/involvedObject/{}", &field["regarding.".len()..]),
        _ => format!("/{}", field.replace('.', "/")),
    };
    match object.pointer(&pointer) {
        Some(Value::String(text)) => Cow::Borrowed(text),
        Some(value @ (Value::Bool(_) | Value::Number(_))) => Cow::Owned(value.to_string()),
        _ if matches!(field, "spec.unschedulable" | "spec.hostNetwork") => Cow::Borrowed("false"),
        _ if matches!(field, "status.replicas" | "status.successful") => Cow::Borrowed("0"),
        _ => Cow::Borrowed(""),
    }
}

/// Splits a text at the commas that aren't escaped.
fn split(text: &str) -> Vec<&str> {
    let mut terms = Vec::new();
    let (mut start, mut escaped) = (0, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b',' => {
                terms.push(text.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    terms.push(text.get(start..).unwrap_or_default());
    terms
}

/// Splits a term at its first operator: `!=`, `==`, `=`.
fn operator(term: &str) -> Option<(&str, &str, &str)> {
    let (field, value) = term.split_once('=')?;
    match (field.strip_suffix('!'), value.strip_prefix('=')) {
        (Some(field), _) => Some((field, "!=", value)),
        (None, Some(value)) => Some((field, "==", value)),
        (None, None) => Some((field, "=", value)),
    }
}

/// `fields.UnescapeValue`: a backslash stands before `\`, `,` and `=` only.
fn unescape(value: &str) -> Result<String, String> {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(next @ ('\\' | ',' | '=')) => out.push(next),
                Some(next) => return Err(format!("invalid field selector: invalid escape sequence: \\{next}")),
                None => return Err("invalid field selector: invalid escape sequence: \\".to_owned()),
            },
            // Go writes the number of the character.
            ',' | '=' => return Err(format!("invalid field selector: unescaped character in value: {}", u32::from(c))),
            _ => out.push(c),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::storage::release::Release;
    use crate::model::storage::resources::Resources;

    fn parse(selector: &str, resource: &str) -> Result<FieldSelector, String> {
        FieldSelector::parse(selector, Resources::built_in(Release::default()).find(resource).expect("known"))
    }

    #[test]
    fn terms_are_joined_by_and() {
        let pod = json!({"metadata": {"name": "p", "namespace": "default"}, "spec": {"nodeName": "n"}, "status": {}});
        let expected = [
            ("", true),
            ("metadata.name=p", true),
            ("metadata.name==p,metadata.namespace=default", true),
            ("metadata.name!=p", false),
            ("spec.nodeName!=m", true),
            ("status.phase=", true),
            ("status.phase=Running", false),
            (r"metadata.name=p\,q", false),
        ];
        for (selector, is_selected) in expected {
            assert_eq!(parse(selector, "pods").expect(selector).matches(&pod), is_selected, "{selector}");
        }
    }

    #[test]
    fn events_are_selected_by_what_they_are_about() {
        let event = json!({"involvedObject": {"kind": "Pod", "name": "p"}, "source": {"component": "kubelet"}});
        assert!(parse("involvedObject.name=p,source=kubelet", "events").expect("known").matches(&event));
    }

    #[test]
    fn unknown_fields_get_the_message_of_their_resource() {
        assert_eq!(parse("spec.banana=x", "pods"), Err("field label not supported: spec.banana".into()));
        assert_eq!(
            parse("spec.banana=x", "configmaps"),
            Err("\"spec.banana\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"".into())
        );
        assert_eq!(parse("banana", "pods"), Err("invalid selector: 'banana'; can't understand 'banana'".into()));
    }
}
