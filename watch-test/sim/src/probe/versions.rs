//! `ResourceVersion`: reading, writing, order.

use core::cmp::Ordering;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use watch_core::{InvalidResourceVersion, LONGEST_RESOURCE_VERSION, ResourceVersion};
use watch_test::check::Rng;

use super::hashed;
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};

pub(super) fn probe(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let mut texts: Vec<String> = (0..rng.between(2, 6)).map(|_| drawn(rng)).collect();
    // Neighbours of one number, and the same text twice.
    let one = rng.pick(&texts);
    texts.push(changed(rng, &one));
    texts.push(one);
    let mut versions = Vec::new();
    for text in &texts {
        transcript.note(|| format!("version {text:?}"));
        let result = ResourceVersion::new(text);
        read(text, &result)?;
        match result {
            Ok(version) => versions.push((text, version)),
            Err(error) => hashed::invalid_version(transcript, error),
        }
    }
    for (a, version) in &versions {
        written(a, version)?;
        hashed::version(transcript, version);
        hashed::text(transcript, version.to_string());
        for (b, other) in &versions {
            let found = version.compare(other);
            transcript.number(found.map_or(9, |order| (order as i8 + 1) as u64));
            compared((a, version), (b, other), found)?;
        }
    }
    Ok(())
}

/// Draws a text: mostly digits, of any length around the limits of 64 and 128 bits and of the type itself.
pub(super) fn drawn(rng: &mut Rng) -> String {
    let digits = |rng: &mut Rng, length: u64| -> String { (0..length).map(|_| rng.pick(&DIGITS)).collect() };
    match rng.below(12) {
        0 => rng.pick(&["", "0", "00", "1", "-1", "+1", " 1", "1 ", "0x10", "1e3", "1.0", "١٢"]).into(),
        1 => rng.pick(&[u64::MAX, u64::MAX - 1, i64::MAX as u64, 1 << 53, 1]).to_string(),
        2 => format!("{}", u128::from(u64::MAX) + u128::from(rng.between(1, 3))),
        3 => format!("0{}", digits(rng, 3)),
        4 => {
            let length = rng.between(LONGEST_RESOURCE_VERSION as u64 - 1, LONGEST_RESOURCE_VERSION as u64 + 1);
            format!("1{}", digits(rng, length - 1))
        }
        5 => "x".repeat(rng.between(LONGEST_RESOURCE_VERSION as u64 - 1, LONGEST_RESOURCE_VERSION as u64 + 1) as usize),
        6 => format!("{}:{}", rng.pick(&["abc", "v1", "é", "\u{1}", "\""]), rng.below(100)),
        7 => format!("1{}", {
            let length = rng.between(17, 24);
            digits(rng, length)
        }),
        8 => format!("1{}", {
            let length = rng.skewed(300);
            digits(rng, length)
        }),
        _ => (rng.next_u64() >> rng.below(64)).to_string(),
    }
}

const DIGITS: [char; 10] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

/// Returns a text that differs slightly.
fn changed(rng: &mut Rng, text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    match rng.below(4) {
        0 => characters.push(rng.pick(&DIGITS)),
        1 => drop(characters.pop()),
        2 => characters.insert(0, rng.pick(&DIGITS)),
        _ => {
            let last = characters.len().saturating_sub(1);
            if let Some(place) = characters.get_mut(rng.below(last as u64 + 1) as usize) {
                *place = rng.pick(&DIGITS);
            }
        }
    }
    characters.into_iter().collect()
}

/// Checks a version by the documentation of `ResourceVersion::new`.
fn read(text: &str, result: &Result<ResourceVersion, InvalidResourceVersion>) -> Result<(), Violation> {
    let expected = match text {
        "" => Err(InvalidResourceVersion::Empty),
        "0" => Err(InvalidResourceVersion::Zero),
        _ if text.len() > 4096 => Err(InvalidResourceVersion::TooLong { bytes: text.len() }),
        _ => Ok(text),
    };
    let found = result.as_ref().map(ResourceVersion::text).map_err(|error| *error);
    if found.as_deref() == expected.as_ref().copied() {
        return Ok(());
    }
    broken(Oracle::Reference, format!("version {text:?} is read as {result:?}, not {expected:?}"))
}

/// Checks that the text is kept as it was sent, and displayed with escaped control characters.
fn written(text: &str, version: &ResourceVersion) -> Result<(), Violation> {
    let json = serde_json::to_string(version).unwrap_or_default();
    let again: Option<ResourceVersion> = serde_json::from_str(&json).ok();
    if json != serde_json::to_string(text).unwrap_or_default() || again.as_ref() != Some(version) {
        return broken(
            Oracle::Reference,
            format!("version {text:?} is serialised as {json}, which reads as {again:?}"),
        );
    }
    let shown = version.to_string();
    if shown.chars().any(char::is_control) || (shown != text && !text.chars().any(char::is_control)) {
        return broken(Oracle::Reference, format!("version {text:?} is displayed as {shown:?}"));
    }
    Ok(())
}

/// Compares versions by KEP-5504: decimal numbers without a leading zero are ordered by length, then by digits.
fn order(a: &str, b: &str) -> Option<Ordering> {
    let is_number = |text: &str| !text.starts_with('0') && text.chars().all(|c| c.is_ascii_digit());
    match (is_number(a), is_number(b)) {
        (true, true) => Some((a.len(), a).cmp(&(b.len(), b))),
        _ if a == b => Some(Ordering::Equal),
        _ => None,
    }
}

fn compared(
    (a, version): (&str, &ResourceVersion),
    (b, other): (&str, &ResourceVersion),
    found: Option<Ordering>,
) -> Result<(), Violation> {
    let expected = order(a, b);
    let hash = |version: &ResourceVersion| {
        let mut hasher = DefaultHasher::new();
        version.hash(&mut hasher);
        hasher.finish()
    };
    let is_same = (version == other, hash(version) == hash(other)) == (a == b, a == b);
    if found != expected || version.is_before(other) != (expected == Some(Ordering::Less)) || !is_same {
        return broken(Oracle::Reference, format!("version {a:?} compared with {b:?}: {found:?}, not {expected:?}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_that_is_read_or_ordered_in_another_way_is_found() {
        let version = |text: &str| text.parse::<ResourceVersion>().unwrap();
        assert!(read("1", &Ok(version("2"))).is_err());
        assert!(read("0", &Err(InvalidResourceVersion::Empty)).is_err());
        assert!(written("01", &version("1")).is_err());
        assert!(compared(("9", &version("9")), ("10", &version("10")), Some(Ordering::Greater)).is_err());
        assert!(compared(("x", &version("x")), ("y", &version("y")), Some(Ordering::Less)).is_err());
        assert_eq!(compared(("9", &version("9")), ("10", &version("10")), Some(Ordering::Less)), Ok(()));
    }
}
