//! Errors of Go's standard library that the API server passes on.

use serde_json::Value;

/// A character in a message of `encoding/json` (`quoteChar`).
pub(crate) fn quoted(character: char) -> String {
    let inside = match character {
        '\'' => "\\'".into(),
        '\\' => "\\\\".into(),
        '\u{7}' => "\\a".into(),
        '\u{8}' => "\\b".into(),
        '\u{c}' => "\\f".into(),
        '\n' => "\\n".into(),
        '\r' => "\\r".into(),
        '\t' => "\\t".into(),
        '\u{b}' => "\\v".into(),
        '\0'..='\u{1f}' | '\u{7f}' => format!("\\x{:02x}", u32::from(character)),
        '\u{80}'..='\u{a0}' | '\u{ad}' => format!("\\u{:04x}", u32::from(character)),
        _ => character.to_string(),
    };
    format!("'{inside}'")
}

/// Returns the error of a duration, if there is one (`time.ParseDuration`).
pub(crate) fn duration_error(text: &str) -> Option<String> {
    let invalid = || Some(format!("time: invalid duration {text:?}"));
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return None;
    }
    if rest.is_empty() {
        return invalid();
    }
    while !rest.is_empty() {
        let is_number = |character: char| character.is_ascii_digit() || character == '.';
        let unit = rest.trim_start_matches(is_number);
        let number = &rest[..rest.len() - unit.len()];
        if number.matches('.').count() > 1 || !number.contains(|character: char| character.is_ascii_digit()) {
            return invalid();
        }
        if unit.is_empty() {
            return Some(format!("time: missing unit in duration {text:?}"));
        }
        rest = unit.trim_start_matches(|character| !is_number(character));
        let unit = &unit[..unit.len() - rest.len()];
        if !matches!(unit, "ns" | "us" | "µs" | "μs" | "ms" | "s" | "m" | "h") {
            return Some(format!("time: unknown unit {unit:?} in duration {text:?}"));
        }
    }
    None
}

/// Returns the name of a value in `encoding/json`.
pub(crate) const fn found(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Array(_) => "array",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Object(_) => "object",
    }
}

/// Returns the beginning of a request's body (`summarizeData` of endpoints/handlers/rest.go).
pub(crate) fn summary(body: &[u8]) -> String {
    let shown = &body[..body.len().min(LONGEST_SUMMARY)];
    let more = if body.len() > LONGEST_SUMMARY { " ..." } else { "" };
    match body.first() {
        None => "<empty>".into(),
        Some(b'{') => format!("{}{more}", String::from_utf8_lossy(shown)),
        Some(_) => shown.iter().map(|byte| format!("{byte:02x}")).chain([more.into()]).collect(),
    }
}

const LONGEST_SUMMARY: usize = 30;

/// Parses a number as Go does (`strconv.ParseUint`).
pub(crate) fn parse_unsigned(text: &str) -> Result<u64, String> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(number) if is_number => Ok(number),
        _ => {
            let why = if is_number { "value out of range" } else { "invalid syntax" };
            Err(format!("strconv.ParseUint: parsing {text:?}: {why}"))
        }
    }
}

/// Returns the error of invalid JSON; with Go's text if it ends too early.
pub(crate) fn syntax(error: &serde_json::Error) -> String {
    if error.is_eof() { "unexpected end of JSON input".into() } else { error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::{duration_error, quoted};

    #[test]
    fn characters_are_escaped_as_in_go() {
        let all = ['a', 'é', '\'', '\n', '\u{1}', '\u{82}'].map(quoted);
        assert_eq!(all, ["'a'", "'é'", r"'\''", r"'\n'", r"'\x01'", r"'\u0082'"]);
    }

    #[test]
    fn durations_are_those_of_go() {
        for fine in ["0", "10s", "1h2m", "-1.5s", "300ms", ".5s"] {
            assert_eq!(duration_error(fine), None, "{fine}");
        }
        for (text, error) in [
            ("abc", r#"time: invalid duration "abc""#),
            ("10", r#"time: missing unit in duration "10""#),
            ("10x", r#"time: unknown unit "x" in duration "10x""#),
            ("1.2.3s", r#"time: invalid duration "1.2.3s""#),
            (".s", r#"time: invalid duration ".s""#),
        ] {
            assert_eq!(duration_error(text).as_deref(), Some(error));
        }
    }
}
