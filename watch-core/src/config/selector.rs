//! Label and field selectors.

use alloc::string::String;

use super::config_error::ConfigError;

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
        if !self.text.is_empty() {
            self.text.push(',');
        }
        write(&mut self.text);
        let checked = check_label("label key", key, true)
            .and_then(|()| values.iter().try_for_each(|value| check_label("label value", value, false)));
        self.error = self.error.or_else(|| checked.err());
        self
    }

    pub(crate) fn into_text(self) -> Result<String, ConfigError> {
        self.error.map_or(Ok(self.text), Err)
    }
}

impl From<&str> for LabelSelector {
    /// Takes the text as it is; the server validates it.
    fn from(text: &str) -> Self {
        Self { text: text.into(), error: None }
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSelector {
    text: String,
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
        self
    }

    /// Joins both selectors by "and".
    #[must_use]
    pub(crate) fn and(mut self, other: Self) -> Self {
        if !self.text.is_empty() && !other.text.is_empty() {
            self.text.push(',');
        }
        self.text.push_str(&other.text);
        self
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }
}

impl From<&str> for FieldSelector {
    /// Takes the text as it is; the server validates it.
    fn from(text: &str) -> Self {
        Self { text: text.into() }
    }
}
