//! The errors of a definition.

use core::fmt;

use watch_core::wire::StatusCause;

use crate::model::validation::field_errors::cause;

#[derive(Default)]
pub(super) struct Causes(Vec<StatusCause>);

impl Causes {
    /// Adds an error for a field that is `shown` where it mustn't be.
    pub(super) fn invalid(&mut self, field: &str, shown: impl fmt::Display, why: &str) {
        self.0.push(cause("FieldValueInvalid", format!("Invalid value: {shown}: {why}"), field));
    }

    /// Adds the error of a text, if it has one.
    pub(super) fn text(&mut self, field: &str, text: &str, wrong: &[String]) {
        if !wrong.is_empty() {
            self.invalid(field, format_args!("{text:?}"), &wrong.join(","));
        }
    }

    /// Adds the error for a missing field.
    pub(super) fn required(&mut self, field: &str, why: &str) {
        let why = if why.is_empty() { "Required value".into() } else { format!("Required value: {why}") };
        self.0.push(cause("FieldValueRequired", why, field));
    }

    /// Adds the error for a value that isn't one of the supported ones.
    pub(super) fn unsupported(&mut self, field: &str, text: &str, supported: &[&str]) {
        let supported: Vec<String> = supported.iter().map(|one| format!("{one:?}")).collect();
        let message = format!("Unsupported value: {text:?}: supported values: {}", supported.join(", "));
        self.0.push(cause("FieldValueNotSupported", message, field));
    }

    pub(super) fn into_vec(self) -> Vec<StatusCause> {
        self.0
    }
}
