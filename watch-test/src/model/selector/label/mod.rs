//! Label selectors, as `labels.Selector` of apimachinery.

mod of_object;
mod parse;

use std::collections::BTreeSet;

use serde_json::Value;

pub(crate) use self::of_object::text_of;
use self::parse::Parser;
use crate::model::validation::names::label_value;

/// All of its requirements must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LabelSelector {
    requirements: Vec<Requirement>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    operator: Operator,
    values: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
    GreaterThan,
    LessThan,
}

impl LabelSelector {
    /// Parses a selector; the error is kube-apiserver's.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        Parser::new(text).selector()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    /// Returns whether the selector matches an object with these `metadata.labels`.
    pub(crate) fn matches(&self, labels: &Value) -> bool {
        self.requirements.iter().all(|requirement| requirement.matches(labels))
    }
}

impl Requirement {
    /// Checks that the values are valid values of a label, and numbers where they must be (`labels.NewRequirement`).
    fn check(&self) -> Result<(), String> {
        let invalid = |field: String, value: &str, why: &str| format!("{field}: Invalid value: {value:?}: {why}");
        let mut errors = Vec::new();
        if matches!(self.operator, Operator::GreaterThan | Operator::LessThan) {
            let other = self.values.iter().filter(|value| value.parse::<i64>().is_err());
            let why = "for 'Gt', 'Lt' operators, the value must be an integer";
            errors.extend(other.map(|value| invalid("values[0]".into(), value, why)));
        }
        for (index, value) in self.values.iter().enumerate() {
            let wrong = label_value(value);
            if !wrong.is_empty() {
                errors.push(invalid(format!("values[{index}][{}]", self.key), value, &wrong.join("; ")));
            }
        }
        match errors.as_slice() {
            [] => Ok(()),
            [one] => Err(one.clone()),
            several => Err(format!("[{}]", several.join(", "))),
        }
    }

    fn matches(&self, labels: &Value) -> bool {
        let value = labels.get(&self.key).and_then(Value::as_str);
        let number = |text: &str| text.parse::<i64>().ok();
        let compare = || Some((number(value?)?, number(self.values.first()?)?));
        match self.operator {
            Operator::In => value.is_some_and(|value| self.values.contains(value)),
            Operator::NotIn => value.is_none_or(|value| !self.values.contains(value)),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::GreaterThan => compare().is_some_and(|(value, limit)| value > limit),
            Operator::LessThan => compare().is_some_and(|(value, limit)| value < limit),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn matches(selector: &str, labels: Value) -> bool {
        LabelSelector::parse(selector).unwrap_or_else(|error| panic!("{selector}: {error}")).matches(&labels)
    }

    #[test]
    fn requirements_of_every_kind() {
        let web = || json!({"app": "web", "n": "7"});
        let expected = [
            ("", true),
            ("app=web", true),
            ("app==web,n=7", true),
            ("app=web,n=8", false),
            ("app!=web", false),
            ("tier!=front", true),
            ("app in (db, web)", true),
            ("app notin (db,web)", false),
            ("tier notin (db)", true),
            ("app", true),
            ("!app", false),
            ("!tier", true),
            ("n>6,n<8", true),
            ("n>7", false),
            ("tier=", false),
            ("in in (in)", false),
        ];
        for (selector, is_selected) in expected {
            assert_eq!(matches(selector, web()), is_selected, "{selector}");
        }
        assert!(matches("tier in ()", json!({"tier": ""})));
        assert!(!matches("app", Value::Null));
    }

    #[test]
    fn an_invalid_label_is_refused() {
        let value = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and \
                     must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', \
                     regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
        let number = "for 'Gt', 'Lt' operators, the value must be an integer";
        let name = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
                    alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
                    '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
        let expected = [
            ("a=-b", format!("values[0][a]: Invalid value: \"-b\": {value}")),
            ("a in (-b,ok)", format!("values[0][a]: Invalid value: \"-b\": {value}")),
            ("n>x", format!("values[0]: Invalid value: \"x\": {number}")),
            ("n>", format!("values[0]: Invalid value: \"\": {number}")),
            ("n>1.5", format!("values[0]: Invalid value: \"1.5\": {number}")),
            ("n>-1", format!("values[0][n]: Invalid value: \"-1\": {value}")),
            ("-x=-y", format!("<nil>: Invalid value: \"-x\": {name}")),
            ("!-x", format!("<nil>: Invalid value: \"-x\": {name}")),
        ];
        for (selector, message) in expected {
            let message = format!("unable to parse requirement: {message}");
            assert_eq!(LabelSelector::parse(selector), Err(message), "{selector}");
        }
    }

    #[test]
    fn errors_are_those_of_apimachinery() {
        let expected = [
            ("===", "found '==', expected: !, identifier, or 'end of string'"),
            ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
            ("a in b", "unable to parse requirement: found 'b' expected: '('"),
            ("a,", "found '', expected: identifier after ','"),
            ("a=b c", "found 'c', expected: ',' or 'end of string'"),
            ("a in (b c)", "unable to parse requirement: found 'c', expected: ',' or ')'"),
            ("a==(", "unable to parse requirement: found '(', expected: identifier"),
        ];
        for (selector, message) in expected {
            assert_eq!(LabelSelector::parse(selector), Err(message.to_owned()), "{selector}");
        }
    }
}
