//! `ListOptions`: the query of a LIST or WATCH.

use watch_core::wire::{ListOptions, QueryError};
use watch_test::check::Rng;

use super::{hashed, text};
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};

pub(super) fn probe(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let pairs: Vec<(String, String)> = (0..rng.below(7)).map(|_| pair(rng)).collect();
    let query = pairs.iter().map(|(name, value)| written(rng, name, value)).collect::<Vec<_>>().join("&");
    transcript.note(|| format!("{pairs:?} as {query:?}"));
    let found = ListOptions::from_query(&query);
    match &found {
        Ok(options) => {
            hashed::text(transcript, options.to_query());
            same_again(options)?;
        }
        Err(error) => {
            hashed::text(transcript, error.parameter);
            hashed::text(transcript, &error.value);
            hashed::flag(transcript, error.is_too_large);
        }
    }
    read(&pairs, &found)
}

const NAMES: [&str; 10] = [
    "labelSelector",
    "fieldSelector",
    "watch",
    "allowWatchBookmarks",
    "resourceVersion",
    "resourceVersionMatch",
    "timeoutSeconds",
    "limit",
    "continue",
    "sendInitialEvents",
];

fn pair(rng: &mut Rng) -> (String, String) {
    let name = match rng.below(10) {
        0 => text::any(rng, 8),
        1 => rng.pick(&["Watch", "pretty", "limits", "timeout", "resourceversion"]).into(),
        _ => rng.pick(&NAMES).to_owned(),
    };
    let value = match (name.as_str(), rng.below(8)) {
        ("timeoutSeconds" | "limit", 2..) => number(rng),
        ("watch" | "allowWatchBookmarks" | "sendInitialEvents", 1..) => {
            rng.pick(&["true", "false", "False", "FALSE", "TRUE", "0", "1", "00", "no", "", "f", " false"]).into()
        }
        (_, 0) => String::new(),
        _ => text::any(rng, 30),
    };
    (name, value)
}

fn number(rng: &mut Rng) -> String {
    match rng.below(8) {
        0 => rng.pick(&["", "-", "+", "x", "1x", " 1", "0x1", "1_000", "1.0", "٣"]).into(),
        1 => (i128::from(i64::MAX) + i128::from(rng.below(3)) - 1).to_string(),
        2 => (i128::from(i64::MIN) + i128::from(rng.below(3)) - 1).to_string(),
        3 => "9".repeat(rng.between(18, 80) as usize),
        4 => format!("{}{}", rng.pick(&["+", "-", "00"]), rng.below(100)),
        _ => rng.skewed(1 << 40).to_string(),
    }
}

/// Writes a pair in one of the forms that mean the same: every character but letters and digits may be encoded, and
/// the equals sign is optional where the value is empty.
fn written(rng: &mut Rng, name: &str, value: &str) -> String {
    let mut encoded = |text: &str| -> String {
        let encode = |byte: u8| match byte {
            b' ' if rng.one_in(2) => "+".into(),
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'.' | b'_' if !rng.one_in(9) => char::from(byte).into(),
            b',' | b':' | b'/' | b'!' | b'(' | b')' if rng.one_in(2) => char::from(byte).into(),
            _ if rng.one_in(2) => format!("%{byte:02x}"),
            _ => format!("%{byte:02X}"),
        };
        text.bytes().map(encode).collect()
    };
    let (name, value) = (encoded(name), encoded(value));
    if value.is_empty() && !name.is_empty() && rng.one_in(2) { name } else { format!("{name}={value}") }
}

/// Reads a query by the documentation of `from_query`, without the numbers.
fn expected(pairs: &[(String, String)]) -> ListOptions {
    let first = |name: &str| pairs.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
    let text = |name| first(name).filter(|value| !value.is_empty()).map(Into::into);
    let truth = |name| first(name).map(|value| value != "0" && !value.eq_ignore_ascii_case("false"));
    let mut options = ListOptions::default();
    options.label_selector = text("labelSelector");
    options.field_selector = text("fieldSelector");
    options.resource_version = text("resourceVersion");
    options.resource_version_match = text("resourceVersionMatch");
    options.continue_token = text("continue");
    options.watch = truth("watch").unwrap_or_default();
    options.allow_watch_bookmarks = truth("allowWatchBookmarks").unwrap_or_default();
    options.send_initial_events = truth("sendInitialEvents");
    options
}

/// Returns the number that Go's `strconv.ParseInt` reads, or whether it is one that is too large.
fn parsed(value: &str) -> Result<Option<i64>, bool> {
    if value.is_empty() {
        return Ok(None);
    }
    let digits = value.strip_prefix(['+', '-']).unwrap_or(value);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(false);
    }
    let significant = digits.trim_start_matches('0');
    let magnitude: i128 =
        if significant.len() > 30 { i128::MAX } else { format!("0{significant}").parse().unwrap_or(0) };
    let signed = if value.starts_with('-') { -magnitude } else { magnitude };
    i64::try_from(signed).map(Some).map_err(|_| true)
}

fn read(pairs: &[(String, String)], found: &Result<ListOptions, QueryError>) -> Result<(), Violation> {
    let first = |name: &str| pairs.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value.as_str());
    let numbers = ["timeoutSeconds", "limit"].map(|name| (name, first(name), parsed(first(name))));
    let is_right = match found {
        Ok(options) => {
            let mut expected = expected(pairs);
            let [(.., timeout), (.., limit)] = &numbers;
            expected.timeout_seconds = timeout.unwrap_or_default();
            expected.limit = limit.unwrap_or_default();
            timeout.is_ok() && limit.is_ok() && *options == expected
        }
        Err(error) => numbers.iter().any(|(name, value, result)| {
            let shown: String = value.chars().take(64).collect();
            *name == error.parameter
                && shown == error.value
                && result.is_err_and(|is_too_large| is_too_large == error.is_too_large || !is_plain(value))
        }),
    };
    if is_right {
        return Ok(());
    }
    broken(Oracle::Reference, format!("the parameters {pairs:?} are read as {found:?}"))
}

/// Returns whether a text has digits only. If a text is too long and isn't a number, either error may be reported.
fn is_plain(value: &str) -> bool {
    value.bytes().all(|b| b.is_ascii_digit())
}

/// Checks that written options are read as the same options.
fn same_again(options: &ListOptions) -> Result<(), Violation> {
    let written = options.to_query();
    let again = ListOptions::from_query(&written);
    let is_uri = http::Uri::try_from(format!("/x?{written}")).is_ok();
    if again.as_ref() == Ok(options) && is_uri {
        return Ok(());
    }
    broken(Oracle::Reference, format!("{options:?} is written as {written:?}, which reads as {again:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_that_is_read_in_another_way_is_found() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let of = |query: &str| ListOptions::from_query(query);
        assert_eq!(read(&[pair("watch", "")], &of("watch")), Ok(()));
        assert!(read(&[pair("watch", "")], &of("")).is_err());
        assert!(read(&[pair("limit", "1"), pair("limit", "2")], &of("limit=2")).is_err());
        assert!(read(&[pair("limit", "x")], &of("")).is_err());
        assert!(read(&[pair("limit", "99999999999999999999")], &of("limit=x")).is_err());
        assert!(read(&[pair("continue", "a b")], &of("continue=a%2Bb")).is_err());
        let mut options = ListOptions::default();
        options.continue_token = Some("".into());
        assert!(same_again(&options).is_err());
    }
}
