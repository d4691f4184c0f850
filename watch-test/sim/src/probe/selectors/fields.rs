//! The requirements of a field selector: as they are drawn, and as a server reads them.

use watch_core::{Config, ConfigError, FieldSelector, Resource};
use watch_test::check::Rng;

use crate::probe::{hashed, text};
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};

/// A requirement of a field selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) field: String,
    pub(super) is_equal: bool,
    pub(super) value: String,
}

pub(super) fn field(rng: &mut Rng) -> Field {
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
    pub(super) fn add(selector: FieldSelector, field: &Self) -> FieldSelector {
        match field.is_equal {
            true => selector.equal(&field.field, &field.value),
            false => selector.not_equal(&field.field, &field.value),
        }
    }

    /// Returns the error of a name that would change the meaning of the selector.
    pub(super) fn error(&self) -> Option<ConfigError> {
        let field = "name of a selected field";
        if self.field.is_empty() {
            return Some(ConfigError::Empty { field });
        }
        let (offset, found) = self.field.char_indices().find(|(_, c)| "=!,\\".contains(*c))?;
        Some(ConfigError::InvalidCharacter { field, found, offset })
    }
}

/// Draws texts that are often invalid, and checks which of them are accepted.
pub(super) fn verbatim_fields(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
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
pub(super) fn is_field_selector(text: &str) -> bool {
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

pub(super) fn same_fields(required: &[Field], sent: Option<&str>) -> Result<(), Violation> {
    let found = split_fields(sent.unwrap_or_default());
    if found.as_deref() == Some(required) && sent != Some("") {
        return Ok(());
    }
    broken(
        Oracle::Reference,
        format!("the fields {required:?} are sent as {sent:?}, which a server reads as {found:?}"),
    )
}
