//! The problems of settings, by the documentation of `Config`, `Timing` and `Limits`.

use core::time::Duration;

use watch_core::ConfigError;

use crate::probe::names::{is_group, is_label};
use crate::probe::settings::{INVALID_LABELS, Settings};

/// A problem of settings. An error must be about one of the problems. Which one is reported first isn't documented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    OutOfRange(&'static str),
    /// A name that is empty or has an invalid character. Holds the name itself.
    Name(&'static str, String),
    Names,
    /// A label selector that is invalid at this position.
    Labels(usize),
}

impl Problem {
    pub(super) fn is(&self, error: &ConfigError) -> bool {
        match (self, error) {
            (Self::OutOfRange(field), ConfigError::OutOfRange { field: found, .. }) => field == found,
            (Self::Name(field, name), ConfigError::Empty { field: found }) => field == found && name.is_empty(),
            (Self::Name(field, name), ConfigError::InvalidCharacter { field: of, found, offset }) => {
                field == of && name.get(*offset..).is_some_and(|rest| rest.starts_with(*found))
            }
            (Self::Names, ConfigError::NameAndInvolvedObject) => true,
            (Self::Labels(at), ConfigError::InvalidSelector { field, offset, .. }) => {
                *field == "labelSelector" && offset == at
            }
            _ => false,
        }
    }
}

pub(super) fn problems(settings: &Settings) -> Vec<Problem> {
    let mut problems = Vec::new();
    let resource = &settings.resource;
    let mut name = |is_valid: bool, field, text: &str| {
        if !is_valid {
            problems.push(Problem::Name(field, text.into()));
        }
    };
    name(is_group(resource.group()), "group", resource.group());
    name(is_label(resource.version()), "version", resource.version());
    name(is_label(resource.plural()), "plural", resource.plural());
    if let Some(namespace) = &settings.namespace {
        name(is_segment(namespace), "namespace", namespace);
    }
    if let Some(text) = &settings.name {
        name(!text.is_empty(), "metadata.name", text);
    }
    if let Some(text) = &settings.involved_object {
        name(!text.is_empty(), "involvedObject.name", text);
    }
    if settings.name.is_some() && settings.involved_object.is_some() {
        problems.push(Problem::Names);
    }
    let invalid = INVALID_LABELS.iter().find(|(labels, _)| *labels == settings.labels);
    problems.extend(invalid.map(|(_, at)| Problem::Labels(*at)));
    problems
        .extend(ranges(settings).into_iter().filter(|(_, holds)| !holds).map(|(field, _)| Problem::OutOfRange(field)));
    problems
}

/// Returns whether a name has only the characters of a DNS-1123 subdomain.
fn is_segment(text: &str) -> bool {
    text.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '-' | '.'))
        && !text.is_empty()
        && !text.starts_with(['-', '.'])
}

fn ranges(settings: &Settings) -> Vec<(&'static str, bool)> {
    let (timing, limits) = (&settings.timing, &settings.limits);
    let within = |time: Duration, least: u64| time >= Duration::from_secs(least) && time <= Duration::from_secs(86_400);
    vec![
        ("timing.watch", within(timing.watch, 1)),
        ("timing.grace", within(timing.grace, 1)),
        ("timing.response_timeout", within(timing.response_timeout, 1)),
        ("timing.list_item_timeout", within(timing.list_item_timeout, 1)),
        ("timing.page_timeout", within(timing.page_timeout, 1)),
        ("timing.idle_timeout", within(timing.idle_timeout, 1)),
        ("timing.object_timeout", within(timing.object_timeout, 1)),
        ("timing.initial_events_timeout", within(timing.initial_events_timeout, 1)),
        ("timing.longest_retry_after", within(timing.longest_retry_after, 1)),
        ("timing.longest_backoff", within(timing.longest_backoff, 5)),
        (
            "timing.shortest_backoff",
            timing.shortest_backoff >= Duration::from_millis(100) && timing.shortest_backoff <= timing.longest_backoff,
        ),
        ("limits.object", limits.object >= 64 && limits.object <= 1 << 30),
        ("limits.nesting", limits.nesting >= 4 && limits.nesting <= 512),
        ("limits.continue_token", limits.continue_token <= 16_384),
        ("limits.error_body", limits.error_body <= 16 << 20),
        ("limits.pages", limits.pages > 0),
        ("limits.objects", limits.objects > 0),
        ("check_every", settings.check_every.is_none_or(|period| within(period, 10))),
        ("page_size", settings.page_size != Some(0)),
        ("path and selectors together", target(settings) <= 12 << 10),
    ]
}

/// Returns the length of path and selectors when percent-encoded.
fn target(settings: &Settings) -> usize {
    let resource = &settings.resource;
    let group = if resource.group().is_empty() { "/api".len() } else { "/apis/".len() + resource.group().len() };
    let namespace = settings.namespace.as_ref().map_or(0, |namespace| "/namespaces/".len() + namespace.len());
    let path = group + 1 + resource.version().len() + namespace + 1 + resource.plural().len();
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).map(str::len).sum::<usize>();
    let labels = match settings.labels.as_str() {
        "" => 0,
        labels => "labelSelector=".len() + encoded(labels),
    };
    let fields = settings.field_selector().map_or(0, |fields| "fieldSelector=".len() + encoded(&fields));
    path + labels + fields + usize::from(labels > 0 && fields > 0)
}
