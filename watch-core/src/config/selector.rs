//! Label and field selectors.

use alloc::string::String;
use core::str::FromStr;

use super::config_error::ConfigError;
use super::field_parser;
use super::label_matcher::LabelMatcher;
use super::label_parser::Parser;

/// A label selector. Requirements are joined by "and".
///
/// ```
/// # use watch_core::LabelSelector;
/// let typed = LabelSelector::new().equal("app", "web").is_in("tier", ["a", "b"]).absent("canary");
/// let verbatim = LabelSelector::from("app=web,tier in (a,b),!canary");
/// assert_eq!(typed, verbatim);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector {
    text: String,
    error: Option<ConfigError>,
}

impl LabelSelector {
    /// Creates a selector that matches everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Requires `key=value`.
    #[must_use]
    pub fn equal(self, key: &str, value: &str) -> Self {
        self.require(key, &[value], |text| text.extend([key, "=", value]))
    }

    /// Requires `key!=value`, which also matches objects without the label.
    #[must_use]
    pub fn not_equal(self, key: &str, value: &str) -> Self {
        self.require(key, &[value], |text| text.extend([key, "!=", value]))
    }

    /// Requires `key in (a,b)`, with at least one value.
    #[must_use]
    pub fn is_in<const N: usize>(self, key: &str, values: [&str; N]) -> Self {
        self.set(key, " in (", &values)
    }

    /// Requires `key notin (a,b)`, which also matches objects without the label.
    #[must_use]
    pub fn not_in<const N: usize>(self, key: &str, values: [&str; N]) -> Self {
        self.set(key, " notin (", &values)
    }

    /// Requires the label `key`.
    #[must_use]
    pub fn exists(self, key: &str) -> Self {
        self.require(key, &[], |text| text.push_str(key))
    }

    /// Requires that the label `key` is absent (`!key`).
    #[must_use]
    pub fn absent(self, key: &str) -> Self {
        self.require(key, &[], |text| text.extend(["!", key]))
    }

    fn set(mut self, key: &str, operator: &str, values: &[&str]) -> Self {
        if values.is_empty() {
            self.error.get_or_insert(ConfigError::Empty { field: "set of label values" });
        }
        self.require(key, values, |text| {
            text.extend([key, operator]);
            for (index, value) in values.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { "," });
                text.push_str(value);
            }
            text.push(')');
        })
    }

    fn require(mut self, key: &str, values: &[&str], write: impl FnOnce(&mut String)) -> Self {
        if !self.text.trim_ascii().is_empty() {
            self.text.push(',');
        }
        write(&mut self.text);
        let checked = check_label("label key", key, true)
            .and_then(|()| values.iter().try_for_each(|value| check_label("label value", value, false)));
        self.error = self.error.or_else(|| checked.err());
        self
    }

    /// Returns the selector in the form that matches objects.
    ///
    /// # Errors
    /// Fails if the selector is invalid. The error names the position.
    pub fn matcher(&self) -> Result<LabelMatcher, ConfigError> {
        self.error.clone().map_or_else(|| self.text.parse(), Err)
    }

    /// Returns the text, as it is sent.
    pub(crate) fn into_text(self) -> Result<String, ConfigError> {
        self.error.map_or(Ok(()), Err)?;
        Parser::new(&self.text).requirements()?;
        Ok(self.text)
    }
}

impl From<&str> for LabelSelector {
    /// Takes the text as it is. [`ConfigBuilder::build`](crate::ConfigBuilder::build) and
    /// [`matcher`](LabelSelector::matcher) check it.
    fn from(text: &str) -> Self {
        Self { text: text.into(), error: None }
    }
}

impl FromStr for LabelSelector {
    type Err = ConfigError;

    /// Checks the text at once, for example that of a command line.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        Parser::new(text).requirements()?;
        Ok(text.into())
    }
}

/// Checks the characters that labels may have (`validation.IsQualifiedName`, `IsValidLabelValue`): any other would
/// change the meaning of the selector.
fn check_label(field: &'static str, text: &str, is_key: bool) -> Result<(), ConfigError> {
    if is_key && text.is_empty() {
        return Err(ConfigError::Empty { field });
    }
    let is_wrong =
        |(_, c): &(usize, char)| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') || (is_key && *c == '/'));
    match text.char_indices().find(is_wrong) {
        Some((offset, found)) => Err(ConfigError::InvalidCharacter { field, found, offset }),
        None => Ok(()),
    }
}

/// A field selector. Requirements are joined by "and". Which fields can be selected depends on the resource;
/// `metadata.name` and `metadata.namespace` always can.
///
/// ```
/// # use watch_core::FieldSelector;
/// let typed = FieldSelector::new().equal("metadata.name", "a,b").not_equal("status.phase", "Running");
/// let verbatim = FieldSelector::from(r"metadata.name=a\,b,status.phase!=Running");
/// assert_eq!(typed, verbatim);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSelector {
    text: String,
    error: Option<ConfigError>,
}

impl FieldSelector {
    /// Creates a selector that matches everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Requires `field=value`, with any value.
    #[must_use]
    pub fn equal(self, field: &str, value: &str) -> Self {
        self.require(field, "=", value)
    }

    /// Requires `field!=value`, with any value.
    #[must_use]
    pub fn not_equal(self, field: &str, value: &str) -> Self {
        self.require(field, "!=", value)
    }

    fn require(mut self, field: &str, operator: &str, value: &str) -> Self {
        if !self.text.is_empty() {
            self.text.push(',');
        }
        self.text.extend([field, operator]);
        for c in value.chars() {
            // `fields.EscapeValue`
            if matches!(c, '\\' | ',' | '=') {
                self.text.push('\\');
            }
            self.text.push(c);
        }
        self.error = self.error.or_else(|| check_field(field).err());
        self
    }

    /// Joins both selectors by "and". Returns the text, as it is sent. The position in an error is that in one of both.
    pub(crate) fn join(self, other: Self) -> Result<String, ConfigError> {
        let (mut text, other) = (self.into_text()?, other.into_text()?);
        if !text.is_empty() && !other.is_empty() {
            text.push(',');
        }
        text.push_str(&other);
        Ok(text)
    }

    /// Returns the text, as it is sent.
    pub(crate) fn into_text(self) -> Result<String, ConfigError> {
        self.error.map_or(Ok(()), Err)?;
        field_parser::check(&self.text)?;
        Ok(self.text)
    }
}

impl From<&str> for FieldSelector {
    /// Takes the text as it is. [`ConfigBuilder::build`](crate::ConfigBuilder::build) checks its syntax. The server
    /// checks whether the fields can be selected.
    fn from(text: &str) -> Self {
        Self { text: text.into(), error: None }
    }
}

impl FromStr for FieldSelector {
    type Err = ConfigError;

    /// Checks the syntax of the text at once, for example that of a command line.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        field_parser::check(text)?;
        Ok(text.into())
    }
}

/// Checks that the name of a field doesn't contain an operator or the end of a requirement, which would change the
/// meaning of the selector.
fn check_field(name: &str) -> Result<(), ConfigError> {
    let field = "name of a selected field";
    if name.is_empty() {
        return Err(ConfigError::Empty { field });
    }
    match name.char_indices().find(|(_, c)| matches!(c, '=' | '!' | ',' | '\\')) {
        Some((offset, found)) => Err(ConfigError::InvalidCharacter { field, found, offset }),
        None => Ok(()),
    }
}
