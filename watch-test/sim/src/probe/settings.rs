//! Draws configurations from the full range of each setting.

use core::time::Duration;

use watch_core::{
    Config, ConfigBuilder, FieldSelector, InitialList, Limits, ListSemantics, OnExpired, Representation, Resource,
    Start, Timing,
};
use watch_test::check::Rng;

use super::{text, versions};

/// The settings of a builder.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) resource: Resource,
    pub(super) namespace: Option<String>,
    pub(super) name: Option<String>,
    pub(super) involved_object: Option<String>,
    pub(super) labels: String,
    pub(super) fields: Vec<(String, String)>,
    pub(super) representation: Representation,
    pub(super) start: Start,
    pub(super) semantics: ListSemantics,
    pub(super) page_size: Option<u32>,
    pub(super) on_expired: OnExpired,
    pub(super) bookmarks: bool,
    pub(super) deadline: Option<Duration>,
    pub(super) give_up_after: Option<Duration>,
    pub(super) check_every: Option<Duration>,
    pub(super) timing: Timing,
    pub(super) limits: Limits,
    pub(super) seed: Option<u64>,
    pub(super) or_seed: Option<u64>,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Settings {
    /// Draws settings. One in `wrong` of the values is invalid; none if `wrong` is 0.
    pub(super) fn drawn(rng: &mut Rng, wrong: u64) -> Self {
        let resource = resource(rng, wrong);
        let is_event = resource.plural() == "events";
        let [name, involved_object] = match rng.below(6) {
            0 => [Some(object_name(rng, wrong)), None],
            1 if is_event || is_wrong(rng, wrong) => [None, Some(object_name(rng, wrong))],
            2 if is_wrong(rng, wrong) => [Some("a".into()), Some("b".into())],
            _ => [None, None],
        };
        let (start, semantics) = (start(rng), semantics(rng));
        let mut settings = Self {
            resource,
            namespace: rng.one_in(2).then(|| segment(rng, wrong)),
            name,
            involved_object,
            labels: labels(rng, wrong),
            fields: (0..rng.below(6).saturating_sub(3)).map(|_| ("spec.nodeName".into(), text::any(rng, 12))).collect(),
            representation: if rng.one_in(4) { Representation::Metadata } else { Representation::Full },
            start,
            semantics,
            page_size: rng.pick(&[Some(500), Some(1), Some(2), Some(u32::MAX), None]),
            on_expired: rng.pick(&[OnExpired::Relist, OnExpired::RestartWithoutVersion, OnExpired::Stop]),
            bookmarks: !rng.one_in(3),
            deadline: rng.one_in(4).then(|| any_time(rng)),
            give_up_after: rng.one_in(4).then(|| any_time(rng)),
            check_every: rng.one_in(4).then(|| time(rng, Duration::from_secs(10), wrong)),
            timing: timing(rng, wrong),
            limits: limits(rng, wrong),
            seed: seed(rng),
            or_seed: seed(rng),
        };
        if is_wrong(rng, wrong) {
            settings.page_size = Some(0);
        }
        if rng.one_in(16) {
            // Together with the path, it is close to the longest target.
            settings.labels = long_labels(rng.between(12_150, 12_300) as usize);
        }
        settings
    }

    /// Returns the builder after all calls.
    pub(super) fn builder(&self) -> ConfigBuilder {
        let fields = |selector: FieldSelector, (field, value): &(String, String)| selector.equal(field, value);
        let mut builder = Config::builder(self.resource.clone())
            .labels(self.labels.as_str())
            .fields(self.fields.iter().fold(FieldSelector::new(), fields))
            .representation(self.representation)
            .start(self.start.clone())
            .list_semantics(self.semantics.clone())
            .page_size(self.page_size)
            .on_expired(self.on_expired)
            .bookmarks(self.bookmarks)
            .timing(self.timing.clone())
            .limits(self.limits.clone());
        if let Some(namespace) = &self.namespace {
            builder = builder.namespace(namespace);
        }
        if let Some(name) = &self.name {
            builder = builder.name(name);
        }
        if let Some(name) = &self.involved_object {
            builder = builder.involved_object(name);
        }
        if let Some(deadline) = self.deadline {
            builder = builder.deadline(deadline);
        }
        if let Some(time) = self.give_up_after {
            builder = builder.give_up_after(time);
        }
        if let Some(period) = self.check_every {
            builder = builder.check_every(period);
        }
        match self.seed {
            Some(seed) => builder.seed(seed),
            None => builder,
        }
    }

    /// Returns the field selector of the reference, without escapes.
    pub(super) fn all_fields(&self) -> Vec<(&str, &str)> {
        let name = self.name.as_deref().map(|name| ("metadata.name", name));
        let involved = self.involved_object.as_deref().map(|name| ("involvedObject.name", name));
        let fields = self.fields.iter().map(|(field, value)| (field.as_str(), value.as_str()));
        name.into_iter().chain(involved).chain(fields).collect()
    }

    /// Returns the field selector as it is sent.
    pub(super) fn field_selector(&self) -> Option<String> {
        let escaped = |value: &str| value.replace('\\', "\\\\").replace(',', "\\,").replace('=', "\\=");
        let all: Vec<String> =
            self.all_fields().into_iter().map(|(field, value)| format!("{field}={}", escaped(value))).collect();
        (!all.is_empty()).then(|| all.join(","))
    }
}

/// Invalid label selectors, and the position of the mistake in each.
pub(super) const INVALID_LABELS: [(&str, usize); 6] =
    [("a in b", 5), ("a=b c", 4), ("a,,b", 2), ("a=b,-c", 4), ("app in (web", 11), ("k!=a b&c=%20+", 5)];

fn labels(rng: &mut Rng, wrong: u64) -> String {
    if is_wrong(rng, wrong) {
        return rng.pick(&INVALID_LABELS).0.into();
    }
    rng.pick(&["", "", "", "app=web", "a in (b,c),!d", " k != a , b>7\t"]).into()
}

/// Returns a label selector of this length when percent-encoded.
fn long_labels(length: usize) -> String {
    // A comma has three bytes when encoded. The last key has up to 32 bytes.
    let rest = (length - 1) % 32 + 1;
    format!("{},", "k".repeat(29)).repeat((length - rest) / 32) + &"k".repeat(rest)
}

fn is_wrong(rng: &mut Rng, wrong: u64) -> bool {
    wrong > 0 && rng.one_in(wrong)
}

pub(super) fn resource(rng: &mut Rng, wrong: u64) -> Resource {
    let (group, version, plural) = rng.pick(&[
        ("", "v1", "pods"),
        ("", "v1", "events"),
        ("", "v1", "secrets"),
        ("apps", "v1", "deployments"),
        ("example.com", "v2beta1", "widgets"),
    ]);
    if !is_wrong(rng, wrong) {
        return Resource::new(group, version, plural);
    }
    match rng.below(3) {
        0 => Resource::new(&text::any(rng, 6), version, plural),
        1 => Resource::new(group, &text::any(rng, 6), plural),
        _ => Resource::new(group, version, &text::any(rng, 6)),
    }
}

fn segment(rng: &mut Rng, wrong: u64) -> String {
    if is_wrong(rng, wrong) {
        return rng.pick(&["", "-a", ".a", "A", "a/b", "a%2f", "ä", "a b", "..", "a_b"]).into();
    }
    rng.pick(&["default", "kube-system", "a", "0", "team.a", "a-"]).into()
}

fn object_name(rng: &mut Rng, wrong: u64) -> String {
    if is_wrong(rng, wrong) {
        return String::new();
    }
    let name = if rng.one_in(2) { text::any(rng, 12) } else { text::plain(rng, 12) };
    if name.is_empty() { "a".into() } else { name }
}

fn seed(rng: &mut Rng) -> Option<u64> {
    rng.pick(&[None, Some(0), Some(1), Some(u64::MAX), Some(rng.clone().next_u64())])
}

fn version(rng: &mut Rng) -> watch_core::ResourceVersion {
    loop {
        if let Ok(version) = versions::drawn(rng).parse() {
            return version;
        }
    }
}

fn start(rng: &mut Rng) -> Start {
    match rng.below(6) {
        0 => Start::Now,
        1 => Start::From(version(rng)),
        2 => Start::InitialList(InitialList::List),
        _ => Start::InitialList(InitialList::Auto),
    }
}

fn semantics(rng: &mut Rng) -> ListSemantics {
    match rng.below(4) {
        0 => ListSemantics::Any,
        1 => ListSemantics::NotOlderThan(version(rng)),
        _ => ListSemantics::Consistent,
    }
}

/// Draws a time without a documented limit.
fn any_time(rng: &mut Rng) -> Duration {
    match rng.below(8) {
        0 => Duration::ZERO,
        1 => Duration::from_nanos(1),
        2 => Duration::MAX,
        3 => Duration::from_millis(rng.below(3000)),
        _ => Duration::from_secs(rng.skewed(100_000)),
    }
}

/// Draws a time from `least` to a day: at the bounds, next to them, or between.
fn time(rng: &mut Rng, least: Duration, wrong: u64) -> Duration {
    let beside = Duration::from_nanos(1);
    if is_wrong(rng, wrong) {
        return rng.pick(&[least - beside, DAY + beside, Duration::ZERO, Duration::MAX]);
    }
    match rng.below(6) {
        0 => least,
        1 => DAY,
        2 => least + beside,
        3 => DAY - beside,
        _ => least + Duration::from_millis(rng.skewed(600_000)),
    }
}

fn timing(rng: &mut Rng, wrong: u64) -> Timing {
    let mut timing = Timing::default();
    if rng.one_in(4) {
        return timing;
    }
    for field in [
        &mut timing.watch,
        &mut timing.grace,
        &mut timing.response_timeout,
        &mut timing.list_item_timeout,
        &mut timing.page_timeout,
        &mut timing.idle_timeout,
        &mut timing.object_timeout,
        &mut timing.initial_events_timeout,
        &mut timing.longest_retry_after,
    ] {
        if rng.one_in(2) {
            *field = time(rng, Duration::from_secs(1), wrong.saturating_mul(4));
        }
    }
    if rng.one_in(2) {
        timing.shortest_backoff = time(rng, Duration::from_millis(100), wrong.saturating_mul(4));
        timing.longest_backoff = time(rng, Duration::from_secs(5), wrong.saturating_mul(4));
        if !is_wrong(rng, wrong.saturating_mul(4)) {
            timing.shortest_backoff = timing.shortest_backoff.min(timing.longest_backoff);
        }
    }
    timing
}

fn limits(rng: &mut Rng, wrong: u64) -> Limits {
    let mut limits = Limits::default();
    if rng.one_in(4) {
        return limits;
    }
    let mut one = |allowed: &[u64], others: &[u64]| {
        if is_wrong(rng, wrong.saturating_mul(4)) { rng.pick(others) } else { rng.pick(allowed) }
    };
    limits.object = one(&[64, 65, 1 << 20, 1 << 30], &[0, 63, (1 << 30) + 1, u64::MAX]) as usize;
    limits.nesting = one(&[4, 5, 64, 256, 511, 512], &[0, 3, 513, u64::MAX]) as usize;
    limits.continue_token = one(&[0, 1, 16 << 10], &[(16 << 10) + 1, u64::MAX]) as usize;
    limits.error_body = one(&[0, 1, 64 << 10, 16 << 20], &[(16 << 20) + 1, u64::MAX]) as usize;
    limits.pages = one(&[1, 2, 10_000, u64::from(u32::MAX)], &[0]) as u32;
    limits.objects = one(&[1, 2, 5_000_000, u64::MAX], &[0]);
    limits
}
