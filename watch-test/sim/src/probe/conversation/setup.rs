//! Draws the configuration of a watcher, and keeps the parts of it that a judge needs.

use core::time::Duration;

use watch_core::{
    Config, InitialList, JsonCheck, LabelSelector, Limits, ListSemantics, OnExpired, Representation, Resource,
    ResourceVersion, Start, Timing,
};
use watch_test::check::Rng;

use super::versions::Versions;
use crate::violation::{Oracle, Violation, broken};

/// A configuration, with its parts.
#[derive(Clone, Debug)]
pub(super) struct Setup {
    pub(super) config: Config,
    pub(super) purpose: Purpose,
    /// The path of every request.
    pub(super) path: String,
    pub(super) labels: Option<String>,
    pub(super) fields: Option<String>,
    pub(super) is_metadata: bool,
    pub(super) is_secrets: bool,
    pub(super) start: Start,
    pub(super) semantics: ListSemantics,
    pub(super) page: Option<u32>,
    pub(super) on_expired: OnExpired,
    pub(super) bookmarks: bool,
    pub(super) deadline: Option<Duration>,
    pub(super) patience: Option<Duration>,
    pub(super) check_every: Option<Duration>,
    pub(super) timing: Timing,
    pub(super) limits: Limits,
}

/// The kind of machine that the configuration is for. A wait needs an initial list, and here has a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Watch,
    WaitFor,
}

/// The name that is watched, if only one is.
pub(super) const NAME: &str = "a";

impl Setup {
    pub(super) fn draw(rng: &mut Rng, versions: &Versions, purpose: Purpose) -> Result<Self, Violation> {
        let is_named = purpose == Purpose::WaitFor || rng.one_in(5);
        Self::draw_named(rng, versions, purpose, is_named)
    }

    /// Draws a configuration for one object, or for several.
    pub(super) fn draw_named(
        rng: &mut Rng,
        versions: &Versions,
        purpose: Purpose,
        is_named: bool,
    ) -> Result<Self, Violation> {
        let is_wait = purpose == Purpose::WaitFor;
        let (prefix, plural) = rng.weighted(&[
            (("/api/v1", "pods"), 4),
            (("/api/v1", "secrets"), 2),
            (("/api/v1", "events"), 1),
            (("/apis/example.com/v1beta2", "widgets"), 1),
        ]);
        let resource = match plural {
            "widgets" => Resource::new("example.com", "v1beta2", plural),
            _ => Resource::core("v1", plural),
        };
        let namespace = rng.pick(&[None, Some("x")]);
        let is_labelled = rng.one_in(4);
        let is_metadata = rng.one_in(6);
        let semantics = match rng.below(8) {
            0 => ListSemantics::Any,
            1 => ListSemantics::NotOlderThan(version(&versions.text(versions.first() + u128::from(rng.below(5))))?),
            _ => ListSemantics::Consistent,
        };
        let start = match rng.below(if is_wait { 7 } else { 10 }) {
            0..=3 => Start::InitialList(InitialList::Auto),
            4..=6 => Start::InitialList(InitialList::List),
            7 => Start::From(version(&versions.text(versions.first() + u128::from(rng.below(3))))?),
            _ => Start::Now,
        };
        let seconds = |rng: &mut Rng, from: &[u64]| Duration::from_secs(rng.pick(from));
        let deadline = match is_wait {
            true => Some(seconds(rng, &[1, 4, 10, 20, 60, 300, 3600]) + Duration::from_nanos(rng.below(2))),
            false => rng.one_in(6).then(|| seconds(rng, &[1, 5, 20, 60, 300, 3600])),
        };
        let patience = rng.one_in(4).then(|| seconds(rng, &[1, 5, 15, 60, 120, 600]));
        let check_every = rng.one_in(4).then(|| seconds(rng, &[10, 11, 30, 60, 300]));
        let on_expired =
            rng.weighted(&[(OnExpired::Relist, 5), (OnExpired::RestartWithoutVersion, 3), (OnExpired::Stop, 1)]);
        let page = rng.pick(&[None, Some(500), Some(500), Some(2), Some(3)]);
        let bookmarks = !rng.one_in(5);
        let (timing, limits) = (timing(rng), limits(rng));
        let (json_check, strips) = (rng.pick(&[JsonCheck::Structure, JsonCheck::Full]), rng.one_in(4));
        let mut builder = Config::builder(resource)
            .seed(rng.next_u64())
            .start(start.clone())
            .list_semantics(semantics.clone())
            .page_size(page)
            .on_expired(on_expired)
            .bookmarks(bookmarks)
            .json_check(json_check)
            .strip_managed_fields(strips)
            .timing(timing.clone())
            .limits(limits.clone());
        if let Some(namespace) = namespace {
            builder = builder.namespace(namespace);
        }
        if is_named {
            builder = builder.name(NAME);
        }
        if is_labelled {
            builder = builder.labels(LabelSelector::new().equal("app", "web"));
        }
        if is_metadata {
            builder = builder.representation(Representation::Metadata);
        }
        if let Some(deadline) = deadline {
            builder = builder.deadline(deadline);
        }
        if let Some(patience) = patience {
            builder = builder.give_up_after(patience);
        }
        if let Some(period) = check_every {
            builder = builder.check_every(period);
        }
        let Ok(config) = builder.build() else { return broken(Oracle::Misuse, "the random configuration is refused") };
        Ok(Self {
            config,
            purpose,
            path: match namespace {
                Some(namespace) => format!("{prefix}/namespaces/{namespace}/{plural}"),
                None => format!("{prefix}/{plural}"),
            },
            labels: is_labelled.then(|| "app=web".into()),
            fields: is_named.then(|| format!("metadata.name={NAME}")),
            is_metadata,
            is_secrets: plural == "secrets",
            start,
            semantics,
            page,
            on_expired,
            bookmarks,
            deadline,
            patience,
            check_every,
            timing,
            limits,
        })
    }
}

fn version(text: &str) -> Result<ResourceVersion, Violation> {
    let version = ResourceVersion::new(text);
    version.or_else(|error| broken(Oracle::Misuse, format!("the random version {text:?} is refused: {error}")))
}

/// Draws timeouts: the defaults half of the time, otherwise each timeout independently, so that none hides another.
fn timing(rng: &mut Rng) -> Timing {
    let mut timing = Timing::default();
    if rng.one_in(2) {
        return timing;
    }
    let fields = [
        &mut timing.watch,
        &mut timing.grace,
        &mut timing.response_timeout,
        &mut timing.list_item_timeout,
        &mut timing.page_timeout,
        &mut timing.idle_timeout,
        &mut timing.object_timeout,
        &mut timing.initial_events_timeout,
        &mut timing.longest_retry_after,
    ];
    for field in fields {
        if rng.one_in(2) {
            *field = Duration::from_millis(rng.pick(&[1000, 1500, 2000, 4000, 7000, 20_000, 31_000, 90_000, 400_000]));
        }
    }
    if rng.one_in(2) {
        timing.shortest_backoff = Duration::from_millis(rng.pick(&[100, 300, 2000, 5000]));
        timing.longest_backoff = Duration::from_millis(rng.pick(&[5000, 7000, 30_000, 200_000]));
    }
    timing
}

/// Draws limits: the defaults most of the time, otherwise with one or two small limits.
fn limits(rng: &mut Rng) -> Limits {
    let mut limits = Limits::default();
    if rng.one_in(2) {
        return limits;
    }
    for _ in 0..rng.between(1, 2) {
        match rng.below(6) {
            0 => limits.object = rng.pick(&[64, 256, 300, 1024]),
            1 => limits.nesting = rng.pick(&[4, 5, 8]),
            2 => limits.continue_token = rng.pick(&[0, 2, 3, 40]),
            3 => limits.error_body = rng.pick(&[0, 1, 64, 119, 120, 200, 1000]),
            4 => limits.pages = rng.pick(&[1, 2, 3, 5, 13]),
            _ => limits.objects = rng.pick(&[1, 2, 3, 4, 8]),
        }
    }
    limits
}
