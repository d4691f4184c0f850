//! The requirements of a label selector: as they are drawn, and as a server reads them.

use watch_core::{ConfigError, LabelSelector};
use watch_test::check::Rng;

use crate::probe::text;
use crate::violation::{Oracle, Violation, broken};

/// A requirement of a label selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Requirement {
    pub(super) key: String,
    pub(super) operator: Operator,
    pub(super) values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    In,
    NotIn,
    Exists,
    Absent,
}

pub(super) fn requirement(rng: &mut Rng) -> Requirement {
    use Operator::{Absent, Equal, Exists, In, NotEqual, NotIn};
    let operator = rng.pick(&[Equal, NotEqual, In, NotIn, Exists, Absent]);
    let count = match operator {
        Equal | NotEqual => 1,
        In | NotIn => rng.below(4),
        Exists | Absent => 0,
    };
    Requirement { key: key(rng), operator, values: (0..count).map(|_| value(rng)).collect() }
}

fn key(rng: &mut Rng) -> String {
    match rng.below(12) {
        0 => text::any(rng, 10),
        1 => "k".repeat(rng.between(62, 65) as usize),
        2 => format!("example.com/{}", text::plain(rng, 10)),
        3 => format!("app{}x", text::of(rng, text::PUNCTUATION)),
        4 => String::new(),
        _ => rng.pick(&["app", "app.kubernetes.io/name", "Tier_1", "0"]).into(),
    }
}

fn value(rng: &mut Rng) -> String {
    match rng.below(12) {
        0 => text::any(rng, 10),
        1 => "v".repeat(rng.between(62, 65) as usize),
        2 => format!("a{}b", text::of(rng, text::PUNCTUATION)),
        3 => String::new(),
        _ => rng.pick(&["web", "A_b.c-1", "9"]).into(),
    }
}

impl Requirement {
    pub(super) fn add(selector: LabelSelector, requirement: &Self) -> LabelSelector {
        let Self { key, operator, values } = requirement;
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        match (operator, &values[..]) {
            (Operator::Equal, [value]) => selector.equal(key, value),
            (Operator::NotEqual, [value]) => selector.not_equal(key, value),
            (Operator::In, []) => selector.is_in(key, []),
            (Operator::In, [a]) => selector.is_in(key, [a]),
            (Operator::In, [a, b]) => selector.is_in(key, [a, b]),
            (Operator::In, [a, b, c]) => selector.is_in(key, [a, b, c]),
            (Operator::NotIn, []) => selector.not_in(key, []),
            (Operator::NotIn, [a]) => selector.not_in(key, [a]),
            (Operator::NotIn, [a, b]) => selector.not_in(key, [a, b]),
            (Operator::NotIn, [a, b, c]) => selector.not_in(key, [a, b, c]),
            (Operator::Absent, _) => selector.absent(key),
            _ => selector.exists(key),
        }
    }

    /// Returns the error of a requirement. Labels have letters, digits, `-`, `_` and `.`. Keys may also have one `/`.
    pub(super) fn errors(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        if self.key.is_empty() {
            errors.push(ConfigError::Empty { field: "label key" });
        }
        if matches!(self.operator, Operator::In | Operator::NotIn) && self.values.is_empty() {
            errors.push(ConfigError::Empty { field: "set of label values" });
        }
        let mut check = |field, text: &str, allowed: &str| {
            let wrong = text.char_indices().find(|(_, c)| !c.is_ascii_alphanumeric() && !allowed.contains(*c));
            errors.extend(wrong.map(|(offset, found)| ConfigError::InvalidCharacter { field, found, offset }));
        };
        check("label key", &self.key, "-_./");
        self.values.iter().for_each(|value| check("label value", value, "-_."));
        errors
    }

    /// Returns whether the key and the values have the form that Kubernetes requires.
    fn is_valid(&self) -> bool {
        let is_key = match self.key.split_once('/') {
            Some((prefix, name)) => {
                let is_part = |part: &str| {
                    !part.is_empty()
                        && !part.starts_with('-')
                        && !part.ends_with('-')
                        && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                };
                prefix.split('.').all(is_part) && prefix.len() <= 253 && is_name(name)
            }
            None => is_name(&self.key),
        };
        is_key && self.values.iter().all(|value| value.is_empty() || is_name(value))
    }

    /// Returns the requirement as it is written.
    fn text(&self) -> String {
        let Self { key, operator, values } = self;
        let values = values.join(",");
        match operator {
            Operator::Equal => format!("{key}={values}"),
            Operator::NotEqual => format!("{key}!={values}"),
            Operator::In => format!("{key} in ({values})"),
            Operator::NotIn => format!("{key} notin ({values})"),
            Operator::Exists => key.clone(),
            Operator::Absent => format!("!{key}"),
        }
    }
}

/// Returns whether the text is the name of a label: at most 63 letters, digits, `-`, `_` and `.`, with a letter or a
/// digit at both ends.
fn is_name(text: &str) -> bool {
    let is_outer = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    text.len() <= 63
        && is_outer(text.chars().next())
        && is_outer(text.chars().next_back())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

/// Returns the first and the last position of each invalid requirement in the text of the selector.
pub(super) fn invalid_spans(verbatim: &str, requirements: &[Requirement]) -> Vec<(usize, usize)> {
    let mut at = verbatim.len();
    let mut invalid = Vec::new();
    for requirement in requirements {
        at += usize::from(at > 0);
        let end = at + requirement.text().len();
        if !requirement.is_valid() {
            invalid.push((at, end));
        }
        at = end;
    }
    invalid
}

/// Splits a label selector as a server does: requirements are separated by commas outside of parentheses.
pub(super) fn split_labels(text: &str) -> Option<Vec<Requirement>> {
    let (mut requirements, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let mut depth = 0;
        let end = rest.find(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            c == ',' && depth == 0
        });
        let (one, others) = end.map_or((rest, ""), |end| (&rest[..end], &rest[end + 1..]));
        requirements.push(split_label(one)?);
        rest = others;
    }
    Some(requirements)
}

fn split_label(text: &str) -> Option<Requirement> {
    let new = |key: &str, operator, values: Vec<&str>| {
        Some(Requirement { key: key.into(), operator, values: values.into_iter().map(Into::into).collect() })
    };
    let set = |values: &'_ str| values.strip_prefix('(')?.strip_suffix(')').map(str::to_owned);
    if let Some((key, values)) = text.split_once(" notin ") {
        return new(key, Operator::NotIn, set(values)?.split(',').collect());
    }
    if let Some((key, values)) = text.split_once(" in ") {
        return new(key, Operator::In, set(values)?.split(',').collect());
    }
    if let Some((key, value)) = text.split_once("!=") {
        return new(key, Operator::NotEqual, vec![value]);
    }
    if let Some((key, value)) = text.split_once('=') {
        return new(key, Operator::Equal, vec![value]);
    }
    match text.strip_prefix('!') {
        Some(key) => new(key, Operator::Absent, Vec::new()),
        None => new(text, Operator::Exists, Vec::new()),
    }
}

pub(super) fn same_labels(required: &[Requirement], sent: Option<&str>) -> Result<(), Violation> {
    let found = split_labels(sent.unwrap_or_default());
    if found.as_deref() == Some(required) && sent != Some("") {
        return Ok(());
    }
    broken(
        Oracle::Reference,
        format!("the labels {required:?} are sent as {sent:?}, which a server reads as {found:?}"),
    )
}
