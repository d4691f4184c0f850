//! The grammar of field selectors: `fields.ParseSelector` of apimachinery (`pkg/fields/selector.go`).

use super::config_error::ConfigError;

/// Checks the syntax of a field selector.
///
/// Which fields can be selected depends on the resource, so the server checks that.
pub(super) fn check(selector: &str) -> Result<(), ConfigError> {
    let mut at = 0;
    while let Some(rest) = selector.get(at..).filter(|rest| !rest.is_empty()) {
        let end = at + term_len(rest);
        // The server skips empty terms.
        if end > at {
            check_term(selector, at, end)?;
        }
        at = end + 1;
    }
    Ok(())
}

/// Returns the length of the first term: up to a comma that isn't escaped (`splitTerms`).
fn term_len(rest: &str) -> usize {
    let mut is_escaped = false;
    let is_end = |byte: u8| {
        let ends = byte == b',' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    };
    rest.bytes().position(is_end).unwrap_or(rest.len())
}

/// Checks one term: a field, an operator and a value.
fn check_term(selector: &str, start: usize, end: usize) -> Result<(), ConfigError> {
    let error = |offset, expected| Err(ConfigError::in_selector("fieldSelector", selector, offset, expected));
    let term = selector.get(start..end).unwrap_or_default();
    // The field has no escapes, so the operator ends with the first `=` or, if it is `==`, with the second (`splitTerm`).
    let Some(equals) = term.find('=') else { return error(end, "`=`, `==` or `!=`") };
    let is_double = !term.get(..equals).is_some_and(|field| field.ends_with('!'))
        && term.get(equals + 1..).is_some_and(|value| value.starts_with('='));
    let value = start + equals + if is_double { 2 } else { 1 };
    // `UnescapeValue`
    let mut is_escaped = false;
    for (offset, c) in selector.get(value..end).unwrap_or_default().char_indices() {
        match c {
            '\\' | ',' | '=' if is_escaped => is_escaped = false,
            _ if is_escaped => return error(value + offset, "`\\`, `,` or `=` after `\\`"),
            '\\' => is_escaped = true,
            '=' => return error(value + offset, "`\\=` for a `=` in a value"),
            _ => {}
        }
    }
    if is_escaped { error(end, "`\\`, `,` or `=` after `\\`") } else { Ok(()) }
}
