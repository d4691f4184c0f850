//! Checks that a server reads label and field selectors as they were configured.

use watch_core::{Config, ConfigError, FieldSelector, LabelSelector, Resource, Watcher};
use watch_test::check::Rng;

use super::rig::{Rig, parameters, request};
use super::{hashed, text};
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};

pub(super) fn probe(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let labels: Vec<Requirement> = (0..rng.below(4)).map(|_| requirement(rng)).collect();
    let fields: Vec<Field> = (0..rng.below(4)).map(|_| field(rng)).collect();
    let verbatim = rng.pick(&["", "", "app=web", "a in (b,c),!d"]);
    let name = rng.one_in(3).then(|| text::any(rng, 80));
    let involved = (name.is_none() && rng.one_in(3)).then(|| text::any(rng, 80));
    transcript.note(|| format!("{labels:?} {fields:?} {verbatim:?} {name:?} {involved:?}"));
    let selector = labels.iter().fold(LabelSelector::from(verbatim), Requirement::add);
    let field_selector = fields.iter().fold(FieldSelector::new(), Field::add);
    let mut builder = Config::builder(Resource::core("v1", "events")).labels(selector).fields(field_selector);
    if let Some(name) = &name {
        builder = builder.name(name);
    }
    if let Some(name) = &involved {
        builder = builder.involved_object(name);
    }
    let mut errors: Vec<ConfigError> = labels.iter().flat_map(Requirement::errors).collect();
    errors.extend(fields.iter().filter_map(Field::error));
    let invalid = invalid_spans(verbatim, &labels);
    let has_empty_name = name.as_deref() == Some("") || involved.as_deref() == Some("");
    let config = match builder.build() {
        Ok(config) => config,
        Err(error) => {
            hashed::config_error(transcript, &error);
            return refused(&error, &errors, &invalid, has_empty_name);
        }
    };
    if !errors.is_empty() || !invalid.is_empty() {
        return broken(
            Oracle::Reference,
            format!("a selector with an invalid requirement was accepted: {errors:?}, {invalid:?}"),
        );
    }
    let outputs = Rig::new(Watcher::new(config.clone())).poll(transcript)?;
    let sent = request(&outputs).map(parameters).unwrap_or_default();
    let parameter = |name: &str| sent.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
    hashed::optional(transcript, parameter("labelSelector"), hashed::text);
    hashed::optional(transcript, parameter("fieldSelector"), hashed::text);
    if parameter("labelSelector") != config.label_selector() || parameter("fieldSelector") != config.field_selector() {
        return broken(
            Oracle::Reference,
            format!("the selectors in the query aren't those of the configuration: {sent:?}"),
        );
    }
    let mut required: Vec<Requirement> = split_labels(verbatim).unwrap_or_default();
    required.extend(labels);
    same_labels(&required, config.label_selector())?;
    let own = name.map(|name| ("metadata.name", name)).or_else(|| involved.map(|name| ("involvedObject.name", name)));
    let own = own.map(|(field, value)| Field { field: field.into(), is_equal: true, value });
    same_fields(&own.into_iter().chain(fields).collect::<Vec<_>>(), config.field_selector())?;
    verbatim_fields(rng, transcript)
}

/// A requirement of a label selector.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    In,
    NotIn,
    Exists,
    Absent,
}

fn requirement(rng: &mut Rng) -> Requirement {
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
    fn add(selector: LabelSelector, requirement: &Self) -> LabelSelector {
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
    fn errors(&self) -> Vec<ConfigError> {
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
fn invalid_spans(verbatim: &str, requirements: &[Requirement]) -> Vec<(usize, usize)> {
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

fn refused(
    error: &ConfigError,
    errors: &[ConfigError],
    invalid: &[(usize, usize)],
    has_empty_name: bool,
) -> Result<(), Violation> {
    let is_right = match error {
        ConfigError::InvalidSelector { field, offset, .. } => {
            *field == "labelSelector" && invalid.iter().any(|(first, last)| (first..=last).contains(&offset))
        }
        ConfigError::Empty { .. } if has_empty_name => true,
        error => errors.contains(error),
    };
    if is_right {
        return Ok(());
    }
    broken(
        Oracle::Reference,
        format!("refused with {error:?}, but the errors are {errors:?} and the requirements at {invalid:?}"),
    )
}

/// Splits a label selector as a server does: requirements are separated by commas outside of parentheses.
fn split_labels(text: &str) -> Option<Vec<Requirement>> {
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

fn same_labels(required: &[Requirement], sent: Option<&str>) -> Result<(), Violation> {
    let found = split_labels(sent.unwrap_or_default());
    if found.as_deref() == Some(required) && sent != Some("") {
        return Ok(());
    }
    broken(
        Oracle::Reference,
        format!("the labels {required:?} are sent as {sent:?}, which a server reads as {found:?}"),
    )
}

/// A requirement of a field selector.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Field {
    field: String,
    is_equal: bool,
    value: String,
}

fn field(rng: &mut Rng) -> Field {
    let value = match rng.below(4) {
        0 => text::any(rng, 64),
        1 => format!("a{}{}", text::of(rng, "\\,=!"), text::of(rng, text::PUNCTUATION)),
        2 => text::any(rng, 6),
        _ => "Running".into(),
    };
    let field = match rng.below(24) {
        0 => rng.pick(&["", "a!", "a=b", "a,b", "\\"]).into(),
        _ => rng.pick(&["metadata.name", "spec.nodeName", "status.phase", "involvedObject.uid"]).into(),
    };
    Field { field, is_equal: rng.one_in(2), value }
}

impl Field {
    fn add(selector: FieldSelector, field: &Self) -> FieldSelector {
        match field.is_equal {
            true => selector.equal(&field.field, &field.value),
            false => selector.not_equal(&field.field, &field.value),
        }
    }

    /// Returns the error of a name that would change the meaning of the selector.
    fn error(&self) -> Option<ConfigError> {
        let field = "name of a selected field";
        if self.field.is_empty() {
            return Some(ConfigError::Empty { field });
        }
        let (offset, found) = self.field.char_indices().find(|(_, c)| "=!,\\".contains(*c))?;
        Some(ConfigError::InvalidCharacter { field, found, offset })
    }
}

/// Draws texts that are often invalid, and checks which of them are accepted.
fn verbatim_fields(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let mut text = String::from(rng.pick(&["a=b", "a!=b,c==d", "a=\\\\,b=\\,\\=", ",a=,,b!=", "a\\=b"]));
    for _ in 0..4 {
        text = text::changed(rng, &text);
        let built = Config::builder(Resource::core("v1", "pods")).fields(text.as_str()).build();
        transcript.note(|| format!("{text:?}"));
        hashed::flag(transcript, built.is_ok());
        let is_right = match &built {
            Ok(config) => is_field_selector(&text) && config.field_selector().unwrap_or_default() == text,
            Err(ConfigError::InvalidSelector { field, offset, found, .. }) => {
                let character = text.get(*offset..).map(|rest| rest.chars().next());
                !is_field_selector(&text) && *field == "fieldSelector" && character == Some(*found)
            }
            Err(_) => false,
        };
        if !is_right {
            return broken(Oracle::Reference, format!("the field selector {text:?} is taken as {:?}", built.err()));
        }
    }
    Ok(())
}

/// Returns whether a server can parse the text. A backslash takes the next character with it. Terms are separated by
/// commas. Each has an operator, unless it is empty; after the operator, there is no `=`, and a backslash takes only a
/// backslash, a comma or an equals sign with it.
fn is_field_selector(text: &str) -> bool {
    let mut terms = vec![String::new()];
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        let term = terms.last_mut();
        match (c, term) {
            (',', _) => terms.push(String::new()),
            ('\\', Some(term)) => {
                term.push(c);
                term.extend(characters.next());
            }
            (c, Some(term)) => term.push(c),
            (_, None) => {}
        }
    }
    let is_value = |value: &str| {
        let value = value.replace("\\\\", "").replace("\\,", "").replace("\\=", "");
        !value.contains(['\\', '='])
    };
    terms.iter().filter(|term| !term.is_empty()).all(|term| {
        let Some((field, value)) = term.split_once('=') else { return false };
        is_value(if field.ends_with('!') { value } else { value.strip_prefix('=').unwrap_or(value) })
    })
}

/// Splits a field selector as `fields.ParseSelector` does: a backslash escapes a comma, an equals sign or itself.
fn split_fields(text: &str) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    let mut characters = text.chars().peekable();
    while characters.peek().is_some() {
        let (mut field, mut value, mut operator) = (String::new(), String::new(), None);
        loop {
            let to = if operator.is_some() { &mut value } else { &mut field };
            match characters.next() {
                None | Some(',') => break,
                Some('\\') => to.push(characters.next().filter(|c| "\\,=".contains(*c))?),
                Some('!') if operator.is_none() && characters.peek() == Some(&'=') => {
                    characters.next();
                    operator = Some(false);
                }
                Some('=') if operator.is_none() => operator = Some(true),
                Some('=') => return None,
                Some(c) => to.push(c),
            }
        }
        fields.push(Field { field, is_equal: operator?, value });
    }
    Some(fields)
}

fn same_fields(required: &[Field], sent: Option<&str>) -> Result<(), Violation> {
    let found = split_fields(sent.unwrap_or_default());
    if found.as_deref() == Some(required) && sent != Some("") {
        return Ok(());
    }
    broken(
        Oracle::Reference,
        format!("the fields {required:?} are sent as {sent:?}, which a server reads as {found:?}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_that_a_server_reads_in_another_way_is_found() {
        let of = |operator, values: &[&str]| Requirement {
            key: "a".into(),
            operator,
            values: values.iter().map(|value| (*value).into()).collect(),
        };
        let required = [of(Operator::NotIn, &["b", "c"]), of(Operator::Absent, &[])];
        assert_eq!(same_labels(&required, Some("a notin (b,c),!a")), Ok(()));
        assert!(same_labels(&required, Some("a in (b,c),!a")).is_err());
        assert!(same_labels(&required, None).is_err());
        assert!(same_labels(&[of(Operator::Equal, &["b"])], Some("a=b,c=d")).is_err());
        let field = |value: &str| [Field { field: "f".into(), is_equal: true, value: value.into() }];
        assert_eq!(same_fields(&field("a\\b,c=d"), Some("f=a\\\\b\\,c\\=d")), Ok(()));
        assert!(same_fields(&field("a\\b"), Some("f=a\\b")).is_err());
        assert!(same_fields(&field("a,b"), Some("f=a,b")).is_err());
        assert!(refused(&ConfigError::NoName, &[], &[], false).is_err());
        let invalid = |offset| ConfigError::InvalidSelector {
            field: "labelSelector",
            offset,
            found: None,
            expected: "a label value",
        };
        let spans = invalid_spans("a", &[of(Operator::In, &["b"]), of(Operator::Equal, &["-"])]);
        assert_eq!(spans, [(11, 14)]);
        assert_eq!(refused(&invalid(13), &[], &spans, false), Ok(()));
        assert!(refused(&invalid(10), &[], &spans, false).is_err());
    }

    #[test]
    fn a_field_selector_is_valid_as_for_a_server() {
        for (text, expected) in [
            ("", true),
            (",a=b,", true),
            ("a!=b,c==d\\=", true),
            (r"a=\\\,", true),
            (" ", false),
            ("a", false),
            ("a===b", false),
            (r"a=\", false),
            (r"a=b\c", false),
            (r"a=\\=", false),
        ] {
            assert_eq!(is_field_selector(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_character_that_labels_do_not_have_is_wrong() {
        let requirement = Requirement { key: "a/b".into(), operator: Operator::NotEqual, values: vec!["c/d".into()] };
        let wrong = ConfigError::InvalidCharacter { field: "label value", found: '/', offset: 1 };
        assert_eq!(requirement.errors(), [wrong]);
    }
}
