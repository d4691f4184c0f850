//! `ResourceName` and `Resource`: names as people type them.

use std::fmt;

use watch_core::{Config, ConfigError, Output, Reading, Resource, ResourceName, Watcher};
use watch_test::check::Rng;

use super::rig::{Rig, request};
use super::{hashed, text};
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};

pub(super) fn probe(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    for _ in 0..4 {
        let typed = typed(rng);
        transcript.note(|| format!("name {typed:?}"));
        let name = typed.parse::<ResourceName>();
        match &name {
            Ok(name) => {
                transcript.number(1);
                for reading in name.readings() {
                    hashed::text(transcript, reading.plural);
                    hashed::optional(transcript, reading.version, hashed::text);
                    hashed::text(transcript, reading.group);
                }
                again(&typed, name)?;
            }
            Err(error) => {
                hashed::config_error(transcript, error);
                points_at_its_character(&typed, error)?;
            }
        }
        read(&typed, name.as_ref().ok())?;
        let resource = typed.parse::<Resource>();
        match &resource {
            Ok(resource) => hashed::text(transcript, resource.to_string()),
            Err(error) => hashed::config_error(transcript, error),
        }
        decided(&typed, &resource)?;
    }
    let resource = Resource::new(&group(rng), &version(rng), &label(rng));
    transcript.note(|| format!("resource {resource:?}"));
    same_again(&resource)?;
    described(&resource, transcript)
}

/// Draws a name: a valid one, an almost valid one, or any text.
fn typed(rng: &mut Rng) -> String {
    let sensible = match rng.below(7) {
        0 => label(rng),
        1 => format!("{}.{}", label(rng), group(rng)),
        2 | 3 => format!("{}.{}.{}", label(rng), version(rng), group(rng)),
        4 => format!("{}/{}/{}", group(rng), version(rng), label(rng)),
        5 => format!("{}.{}.", label(rng), version(rng)),
        _ => text::any(rng, 20),
    };
    if rng.one_in(4) { text::changed(rng, &sensible) } else { sensible }
}

fn label(rng: &mut Rng) -> String {
    match rng.below(6) {
        0 => text::plain(rng, 70),
        1 => format!("{}{}", rng.below(10), text::plain(rng, 5)),
        2 => rng.pick(&["", "-x", "x-", "X", "ä", "a_b"]).into(),
        _ => rng.pick(&["pods", "deployments", "widgets", "events", "leases", "v1", "status"]).into(),
    }
}

fn version(rng: &mut Rng) -> String {
    match rng.below(4) {
        0 => label(rng),
        1 => format!(
            "v{}{}{}",
            rng.skewed(200),
            rng.pick(&["alpha", "beta", "gamma", "alphabeta"]),
            rng.pick(&["", "1", "12", "1x"])
        ),
        2 => rng
            .pick(&["v", "v1", "v2beta", "vbeta1", "v1beta1alpha1", "1v", "stable", "v1-beta1", "v01", "v1alpha1"])
            .into(),
        _ => format!("v{}", rng.skewed(9)),
    }
}

fn group(rng: &mut Rng) -> String {
    match rng.below(5) {
        0 => String::new(),
        1 => format!("{}.{}", label(rng), label(rng)),
        2 => KNOWN.map(|(group, _)| group)[rng.below(KNOWN.len() as u64) as usize].into(),
        3 => rng
            .pick(&["a..b", ".a", "a.", ".", "a.-b", "internal.apiserver.k8s.io", "extensions", "metrics.k8s.io"])
            .into(),
        _ => rng.pick(&["example.com", "com", "v1.example.com", "stable.example.com"]).into(),
    }
}

/// The groups of Kubernetes 1.36 that have resources to watch, with their preferred versions.
const KNOWN: [(&str, &str); 19] = [
    ("", "v1"),
    ("admissionregistration.k8s.io", "v1"),
    ("apiextensions.k8s.io", "v1"),
    ("apiregistration.k8s.io", "v1"),
    ("apps", "v1"),
    ("autoscaling", "v2"),
    ("batch", "v1"),
    ("certificates.k8s.io", "v1"),
    ("coordination.k8s.io", "v1"),
    ("discovery.k8s.io", "v1"),
    ("events.k8s.io", "v1"),
    ("flowcontrol.apiserver.k8s.io", "v1"),
    ("networking.k8s.io", "v1"),
    ("node.k8s.io", "v1"),
    ("policy", "v1"),
    ("rbac.authorization.k8s.io", "v1"),
    ("resource.k8s.io", "v1"),
    ("scheduling.k8s.io", "v1"),
    ("storage.k8s.io", "v1"),
];

/// A reading of the reference: plural, version, group.
type Parts<'a> = (&'a str, Option<&'a str>, &'a str);

/// Returns whether it is a label: letters in lower case, digits and hyphens, beginning with no hyphen.
pub(super) fn is_label(text: &str) -> bool {
    text.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '-')) && !text.is_empty() && !text.starts_with('-')
}

pub(super) fn is_group(text: &str) -> bool {
    text.is_empty() || text.split('.').all(is_label)
}

/// Parses a name by the grammar in the documentation of `ResourceName`. The reading with a version comes first.
fn readings(typed: &str) -> Vec<Parts<'_>> {
    let slashed: Vec<&str> = typed.split('/').collect();
    let candidates: Vec<Parts<'_>> = match slashed[..] {
        [_] => {
            let dotted: Vec<&str> = typed.splitn(3, '.').collect();
            match dotted[..] {
                [plural, version, group] => {
                    vec![(plural, Some(version), group), (plural, None, &typed[plural.len() + 1..])]
                }
                [plural, group] => vec![(plural, None, group)],
                _ => vec![(typed, None, "")],
            }
        }
        [group, version, plural] if !group.is_empty() => vec![(plural, Some(version), group)],
        _ => Vec::new(),
    };
    let is_valid =
        |(plural, version, group): &Parts<'_>| is_label(plural) && version.is_none_or(is_label) && is_group(group);
    candidates.into_iter().filter(is_valid).collect()
}

fn read(typed: &str, name: Option<&ResourceName>) -> Result<(), Violation> {
    let found: Vec<Parts<'_>> = name.map_or_else(Vec::new, |name| name.readings().map(parts).collect());
    let expected = readings(typed);
    differ(found == expected, typed, &found, &expected)
}

fn parts(reading: Reading<'_>) -> Parts<'_> {
    (reading.plural, reading.version, reading.group)
}

fn again(typed: &str, name: &ResourceName) -> Result<(), Violation> {
    let shown = name.to_string();
    differ(shown == typed && shown.parse().as_ref() == Ok(name), typed, &shown, typed)
}

/// `kubeVersionRegex` of apimachinery: `^v[0-9]+((alpha|beta)[0-9]+)?$`
fn is_usual(version: &str) -> bool {
    let digits = |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let Some(rest) = version.strip_prefix('v') else { return false };
    let major = digits(rest);
    let rest = &rest[major..];
    let minor = rest.strip_prefix("alpha").or_else(|| rest.strip_prefix("beta"));
    major > 0 && (rest.is_empty() || minor.is_some_and(|minor| !minor.is_empty() && digits(minor) == minor.len()))
}

/// Parses a resource by the documentation of `Resource::from_str`.
fn decided(typed: &str, found: &Result<Resource, ConfigError>) -> Result<(), Violation> {
    let is_exact = typed.contains('/');
    let likely = readings(typed)
        .into_iter()
        .find(|(_, version, group)| version.is_none_or(|version| is_exact || group.is_empty() || is_usual(version)));
    let expected = likely.map(|(plural, version, group)| {
        let known = KNOWN.iter().find(|(known, _)| *known == group).map(|(_, version)| *version);
        version.or(known).map(|version| Resource::new(group, version, plural)).ok_or(group)
    });
    let is_right = match (&expected, found) {
        (Some(Ok(expected)), Ok(found)) => expected == found,
        (Some(Err(group)), Err(ConfigError::NoVersion { group: found })) => **found == **group,
        (None, Err(error)) => !matches!(error, ConfigError::NoVersion { .. }),
        _ => false,
    };
    differ(is_right, typed, found, &expected)
}

/// Checks that an error about a character names the character at its position.
fn points_at_its_character(typed: &str, error: &ConfigError) -> Result<(), Violation> {
    let ConfigError::InvalidCharacter { found, .. } = error else { return Ok(()) };
    differ(typed.contains(*found), typed, error, "a character of it")
}

fn is_valid(resource: &Resource) -> bool {
    is_group(resource.group()) && is_label(resource.version()) && is_label(resource.plural())
}

/// "Parsing the result returns the same resource."
fn same_again(resource: &Resource) -> Result<(), Violation> {
    let shown = resource.to_string();
    let again = shown.parse::<Resource>();
    differ(!is_valid(resource) || again.as_ref() == Ok(resource), &shown, &again, resource)
}

/// Checks the name, the `apiVersion`, and the path in a request.
fn described(resource: &Resource, transcript: &mut Transcript) -> Result<(), Violation> {
    let (group, version, plural) = (resource.group(), resource.version(), resource.plural());
    let (api_version, name, path) = if group.is_empty() {
        (version.to_owned(), plural.to_owned(), format!("/api/{version}/{plural}"))
    } else {
        let api_version = format!("{group}/{version}");
        (api_version.clone(), format!("{plural}.{group}"), format!("/apis/{api_version}/{plural}"))
    };
    differ(resource.api_version() == api_version, &path, &resource.api_version(), &api_version)?;
    differ(resource.name() == name, &path, &resource.name(), &name)?;
    let config = match Config::builder(resource.clone()).build() {
        Ok(config) => config,
        Err(error) => {
            hashed::config_error(transcript, &error);
            return differ(!is_valid(resource), &path, &error, "a configuration");
        }
    };
    differ(is_valid(resource), &path, "a configuration", "an error")?;
    let outputs: Vec<Output> = Rig::new(Watcher::new(config)).poll(transcript)?;
    let found = request(&outputs).map_or("", |request| request.uri()).split('?').next().unwrap_or_default();
    differ(found == path, &path, found, &path)
}

fn differ(
    is_right: bool,
    what: &str,
    found: &(impl fmt::Debug + ?Sized),
    expected: &(impl fmt::Debug + ?Sized),
) -> Result<(), Violation> {
    if is_right {
        return Ok(());
    }
    broken(Oracle::Reference, format!("{what:?} is {found:?}, not {expected:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_read_in_another_way_is_found() {
        let name = |text: &str| text.parse::<ResourceName>().unwrap();
        let resource = Resource::new("example.com", "v1", "widgets");
        assert!(read("widgets.v1.example.com", Some(&name("widgets.example.com"))).is_err());
        assert!(read("pods", None).is_err());
        assert!(again("pods.v1.", &name("pods")).is_err());
        assert!(decided("widgets.v2beta.example.com", &Ok(resource.clone())).is_err());
        assert!(decided("widgets.example.com", &Ok(resource.clone())).is_err());
        assert!(decided("-", &Err(ConfigError::NoVersion { group: "".into() })).is_err());
        assert_eq!(decided("widgets.v1.example.com", &Ok(resource.clone())), Ok(()));
        assert_eq!(same_again(&resource), Ok(()));
        let error = ConfigError::InvalidCharacter { field: "plural", found: 'X', offset: 0 };
        assert!(points_at_its_character("y", &error).is_err());
    }
}
