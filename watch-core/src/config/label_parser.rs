//! The grammar of label selectors: `labels.Parse` of apimachinery (`pkg/labels/selector.go`).
//!
//! In one point, this parser accepts less: a zero byte is an error. Go's lexer takes it for the end of a word or of the
//! selector, and may then ignore what follows.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::config_error::ConfigError;
use super::label_matcher::{Operator, Requirement};

/// The name of the parameter, for errors.
const FIELD: &str = "labelSelector";
/// `content.labelKeyMaxLength`, `LabelValueMaxLength`.
const LONGEST_NAME: usize = 63;
/// `content.DNS1123SubdomainMaxLength`.
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
    selector: &'a str,
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
        self.at = self.text.len() - self.rest().trim_start_matches(is_space).len();
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
        let is_end = |c: char| is_space(c) || "=!(),<>".contains(c);
        let text = rest.find(is_end).and_then(|end| rest.get(..end)).unwrap_or(rest);
        self.at += text.len();
        Word { text, at, selector: self.text }
    }

    fn expected(&mut self, expected: &'static str) -> ConfigError {
        self.skip_space();
        ConfigError::in_selector(FIELD, self.text, self.at, expected)
    }
}

impl Word<'_> {
    fn expected(self, expected: &'static str) -> ConfigError {
        self.expected_at(0, expected)
    }

    /// Returns the error of a word that is invalid at this byte.
    fn expected_at(self, offset: usize, expected: &'static str) -> ConfigError {
        ConfigError::in_selector(FIELD, self.selector, self.at + offset, expected)
    }
}

/// `labels.isWhitespace`.
const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// `content.IsLabelKey`.
fn check_key(key: Word<'_>) -> Result<(), ConfigError> {
    let Some((prefix, name)) = key.text.split_once('/') else {
        return check_name(key);
    };
    let mut at = key.at;
    for label in prefix.split('.') {
        let label = Word { text: label, at, ..key };
        if label.text.is_empty() {
            return Err(label.expected("a part of a domain"));
        }
        if let Some(offset) = find_invalid(label, |c| c.is_ascii_lowercase() || c.is_ascii_digit(), |c| c == '-') {
            return Err(label.expected_at(offset, "a lowercase letter, a digit, or `-` within a part of a domain"));
        }
        at += label.text.len() + 1;
    }
    if prefix.len() > LONGEST_PREFIX {
        return Err(key.expected_at(LONGEST_PREFIX, "`/` after a domain of at most 253 bytes"));
    }
    check_name(Word { text: name, at, ..key })
}

fn check_name(name: Word<'_>) -> Result<(), ConfigError> {
    if name.text.is_empty() {
        return Err(name.expected("a label key"));
    }
    if let Some(offset) = find_invalid(name, |c| c.is_ascii_alphanumeric(), is_inner) {
        return Err(name.expected_at(offset, "a letter, a digit, or `-`, `_` or `.` within a label key"));
    }
    if name.text.len() > LONGEST_NAME {
        return Err(name.expected_at(LONGEST_NAME, "the end of the label key after at most 63 bytes"));
    }
    Ok(())
}

/// `content.IsLabelValue`.
fn check_value(value: Word<'_>) -> Result<(), ConfigError> {
    if let Some(offset) = find_invalid(value, |c| c.is_ascii_alphanumeric(), is_inner) {
        return Err(value.expected_at(offset, "a letter, a digit, or `-`, `_` or `.` within a label value"));
    }
    if value.text.len() > LONGEST_NAME {
        return Err(value.expected_at(LONGEST_NAME, "the end of the label value after at most 63 bytes"));
    }
    Ok(())
}

const fn is_inner(c: char) -> bool {
    matches!(c, '-' | '_' | '.')
}

/// Returns the position of the first character that isn't allowed. A word may have `is_inner` characters, except at its
/// ends.
fn find_invalid(word: Word<'_>, is_outer: impl Fn(char) -> bool, is_inner: impl Fn(char) -> bool) -> Option<usize> {
    let last = word.text.char_indices().next_back().map_or(0, |(offset, _)| offset);
    let is_invalid = |&(offset, c): &(usize, char)| {
        let is_inside = offset != 0 && offset != last;
        !(is_outer(c) || is_inside && is_inner(c))
    };
    word.text.char_indices().find(is_invalid).map(|(offset, _)| offset)
}
