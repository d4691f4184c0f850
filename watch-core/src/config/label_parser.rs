//! The grammar of label selectors: `labels.Parse` of apimachinery.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::config_error::ConfigError;
use super::label_matcher::{Operator, Requirement};

/// `validation.qualifiedNameMaxLength`, `LabelValueMaxLength`.
const LONGEST_NAME: usize = 63;
/// `validation.DNS1123SubdomainMaxLength`.
const LONGEST_PREFIX: usize = 253;

/// A selector that is being parsed.
pub(super) struct Parser<'a> {
    text: &'a str,
    /// The position of the next character, in bytes.
    at: usize,
}

/// A word of the selector, and its position.
#[derive(Clone, Copy)]
struct Word<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn requirements(mut self) -> Result<Vec<Requirement>, ConfigError> {
        let mut requirements = Vec::new();
        if self.is_at_end() {
            return Ok(requirements);
        }
        loop {
            requirements.push(self.requirement()?);
            if self.is_at_end() {
                return Ok(requirements);
            }
            if !self.take(",") {
                return Err(self.expected("`,` or the end"));
            }
        }
    }

    fn requirement(&mut self) -> Result<Requirement, ConfigError> {
        let is_negated = self.take("!");
        let key = self.word();
        if key.text.is_empty() {
            return Err(self.expected("a label key"));
        }
        check_key(key)?;
        let operator = if is_negated { Operator::DoesNotExist } else { self.operator()? };
        Ok(Requirement { key: key.text.into(), operator })
    }

    fn operator(&mut self) -> Result<Operator, ConfigError> {
        if self.is_at_value_end() {
            return Ok(Operator::Exists);
        }
        if self.take("==") || self.take("=") {
            return Ok(Operator::In(Box::new([self.value()?])));
        }
        if self.take("!=") {
            return Ok(Operator::NotIn(Box::new([self.value()?])));
        }
        if self.take(">") {
            return Ok(Operator::GreaterThan(self.number()?));
        }
        if self.take("<") {
            return Ok(Operator::LessThan(self.number()?));
        }
        let word = self.word();
        match word.text {
            "in" => Ok(Operator::In(self.values()?)),
            "notin" => Ok(Operator::NotIn(self.values()?)),
            _ => Err(word.expected("`=`, `==`, `!=`, `in`, `notin`, `>` or `<`")),
        }
    }

    /// Parses one value, which may be empty.
    fn value(&mut self) -> Result<Box<str>, ConfigError> {
        let word = self.word();
        if word.text.is_empty() && !self.is_at_value_end() {
            return Err(self.expected("a label value"));
        }
        check_value(word)?;
        Ok(word.text.into())
    }

    fn number(&mut self) -> Result<i64, ConfigError> {
        let word = self.word();
        check_value(word)?;
        word.text.parse().map_err(|_| word.expected("an integer"))
    }

    /// Parses the values in brackets. A value may be empty: `()` has one empty value.
    fn values(&mut self) -> Result<Box<[Box<str>]>, ConfigError> {
        if !self.take("(") {
            return Err(self.expected("`(`"));
        }
        let mut values = Vec::new();
        loop {
            let word = self.word();
            check_value(word)?;
            values.push(word.text.into());
            if self.take(")") {
                return Ok(values.into());
            }
            if !self.take(",") {
                return Err(self.expected("`,` or `)`"));
            }
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_ascii_start().len();
    }

    fn is_at_end(&mut self) -> bool {
        self.skip_space();
        self.rest().is_empty()
    }

    fn is_at_value_end(&mut self) -> bool {
        self.is_at_end() || self.rest().starts_with(',')
    }

    fn take(&mut self, symbol: &str) -> bool {
        self.skip_space();
        let is_next = self.rest().starts_with(symbol);
        self.at += if is_next { symbol.len() } else { 0 };
        is_next
    }

    /// Takes the characters up to a symbol or a space; there may be none.
    fn word(&mut self) -> Word<'a> {
        self.skip_space();
        let (at, rest) = (self.at, self.rest());
        let is_end = |c: char| c.is_ascii_whitespace() || "=!(),<>".contains(c);
        let text = rest.find(is_end).and_then(|end| rest.get(..end)).unwrap_or(rest);
        self.at += text.len();
        Word { text, at }
    }

    fn expected(&mut self, expected: &'static str) -> ConfigError {
        self.skip_space();
        ConfigError::InvalidSelector { offset: self.at, expected }
    }
}

impl Word<'_> {
    const fn expected(self, expected: &'static str) -> ConfigError {
        ConfigError::InvalidSelector { offset: self.at, expected }
    }
}

/// `validation.IsQualifiedName`.
fn check_key(key: Word<'_>) -> Result<(), ConfigError> {
    let field = "label key";
    let Some((prefix, name)) = key.text.split_once('/') else {
        return check_name(field, key);
    };
    let mut at = key.at;
    for label in prefix.split('.') {
        if label.is_empty() {
            return Err(Word { text: label, at }.expected("a part of a domain"));
        }
        if let Some((offset, found)) = label.char_indices().find(|(_, c)| c.is_ascii_uppercase() || *c == '_') {
            return Err(ConfigError::InvalidCharacter { field, found, offset: at + offset });
        }
        check_characters(field, Word { text: label, at })?;
        at += label.len() + 1;
    }
    if prefix.len() > LONGEST_PREFIX {
        return Err(ConfigError::OutOfRange { field: "prefix of a label key", allowed: "at most 253 bytes" });
    }
    check_name(field, Word { text: name, at })
}

fn check_name(field: &'static str, name: Word<'_>) -> Result<(), ConfigError> {
    if name.text.is_empty() {
        return Err(name.expected("a label key"));
    }
    check_characters(field, name)?;
    check_length(field, name)
}

/// `validation.IsValidLabelValue`.
fn check_value(value: Word<'_>) -> Result<(), ConfigError> {
    check_characters("label value", value)?;
    check_length("label value", value)
}

const fn check_length(field: &'static str, word: Word<'_>) -> Result<(), ConfigError> {
    if word.text.len() > LONGEST_NAME {
        return Err(ConfigError::OutOfRange { field, allowed: "at most 63 bytes" });
    }
    Ok(())
}

/// Checks that there are only letters, digits, `-`, `_` and `.`, and a letter or a digit at both ends.
fn check_characters(field: &'static str, word: Word<'_>) -> Result<(), ConfigError> {
    let last = word.text.char_indices().next_back().map_or(0, |(offset, _)| offset);
    let is_wrong = |(offset, c): &(usize, char)| {
        let is_inside = *offset != 0 && *offset != last;
        !(c.is_ascii_alphanumeric() || is_inside && matches!(c, '-' | '_' | '.'))
    };
    match word.text.char_indices().find(is_wrong) {
        Some((offset, found)) => Err(ConfigError::InvalidCharacter { field, found, offset: word.at + offset }),
        None => Ok(()),
    }
}
