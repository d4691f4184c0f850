//! How a machine is configured, as JSON: the knobs of `ConfigBuilder`, each with its default.

use core::fmt::Display;
use core::time::Duration;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use watch_core::{
    Checkpoint, Config, InitialSet, Limits, ListSemantics, OnExpired, Representation, Resource, ResourceVersion, Start,
    Timing, Watcher,
};

use crate::sim::plan::{ClientSetup, Label, StartAt, Watched};

/// See the module. Durations are in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Described {
    /// The group; empty for the core group.
    pub group: String,
    /// The version of the group.
    pub version: String,
    /// The plural name.
    pub resource: String,
    /// Only in this namespace.
    pub namespace: Option<String>,
    /// Only with these labels.
    pub labels: String,
    /// Only with these fields.
    pub fields: String,
    /// Whether only metadata is wanted.
    pub metadata: bool,
    /// Where it starts.
    pub start: Beginning,
    /// How recent the first set must be: empty, `0`, or a version.
    pub not_older_than: String,
    /// Objects a page.
    pub page: Option<u32>,
    /// `relist`, `restart`, `stop`
    pub on_expired: String,
    /// Whether bookmarks are asked for.
    pub bookmarks: bool,
    /// When everything ends.
    pub deadline: Option<u64>,
    /// How long trouble may last.
    pub give_up_after: Option<u64>,
    /// How often the server is asked how far it is, though a watch is open.
    pub check_every: Option<u64>,
    /// Fields of `Timing` that aren't as usual, by their names.
    pub timing: BTreeMap<String, u64>,
    /// Fields of `Limits` that aren't as usual, by their names.
    pub limits: BTreeMap<String, u64>,
    /// The seed.
    pub seed: u64,
    /// The checkpoint that it went on from.
    pub checkpoint: Option<Checkpoint>,
}

/// Where a watch starts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Beginning {
    /// With the set, by a streaming list if there are any.
    #[default]
    Auto,
    /// With the set, by LIST.
    List,
    /// From now on.
    Now,
    /// Behind a version.
    After(String),
}

impl Default for Described {
    fn default() -> Self {
        Self {
            group: String::new(),
            version: "v1".into(),
            resource: "pods".into(),
            namespace: None,
            labels: String::new(),
            fields: String::new(),
            metadata: false,
            start: Beginning::Auto,
            not_older_than: String::new(),
            page: Some(500),
            on_expired: "relist".into(),
            bookmarks: true,
            deadline: None,
            give_up_after: None,
            check_every: None,
            timing: BTreeMap::new(),
            limits: BTreeMap::new(),
            seed: 0,
            checkpoint: None,
        }
    }
}

impl Described {
    /// A client of a plan.
    pub(crate) fn of(setup: &ClientSetup, watched: Watched) -> Self {
        let (group, resource) = match watched {
            Watched::ConfigMaps => ("", "configmaps"),
            Watched::Events => ("", "events"),
            Watched::Widgets => ("example.com", "widgets"),
        };
        Self {
            group: group.into(),
            resource: resource.into(),
            namespace: setup.namespace.clone(),
            labels: match &setup.label {
                None => String::new(),
                Some(Label::Is(value)) => format!("app={value}"),
                Some(Label::IsNot(value)) => format!("app!={value}"),
            },
            metadata: setup.metadata,
            start: match setup.start {
                StartAt::Auto => Beginning::Auto,
                StartAt::List => Beginning::List,
                StartAt::Now => Beginning::Now,
            },
            not_older_than: if setup.any { "0".into() } else { String::new() },
            page: setup.page.filter(|page| *page > 0),
            on_expired: if setup.stop_on_expired { "stop".into() } else { "relist".into() },
            bookmarks: setup.bookmarks,
            timing: BTreeMap::from([("watch".into(), setup.watch.max(1) * 1000)]),
            limits: BTreeMap::from([("object".into(), setup.largest.max(64) as u64)]),
            deadline: setup.deadline.map(|seconds| seconds * 1000),
            give_up_after: setup.patience.map(|seconds| seconds * 1000),
            check_every: setup.check.map(|seconds| seconds * 1000),
            seed: setup.seed,
            ..Self::default()
        }
    }

    /// Such a machine.
    pub(super) fn watcher(&self) -> Result<Watcher, String> {
        let config = self.config()?;
        match &self.checkpoint {
            None => Ok(Watcher::new(config)),
            Some(checkpoint) => Watcher::resume(config, checkpoint).map_err(text),
        }
    }

    fn config(&self) -> Result<Config, String> {
        let mut builder = Config::builder(Resource::new(&self.group, &self.version, &self.resource))
            .labels(self.labels.as_str())
            .fields(self.fields.as_str())
            .page_size(self.page)
            .bookmarks(self.bookmarks)
            .timing(self.timing()?)
            .limits(self.limits()?)
            .seed(self.seed)
            .start(match &self.start {
                Beginning::Auto => Start::InitialSet(InitialSet::Auto),
                Beginning::List => Start::InitialSet(InitialSet::List),
                Beginning::Now => Start::Now,
                Beginning::After(version) => Start::From(ResourceVersion::new(version).map_err(text)?),
            })
            .list_semantics(match self.not_older_than.as_str() {
                "" => ListSemantics::Consistent,
                "0" => ListSemantics::Any,
                version => ListSemantics::NotOlderThan(ResourceVersion::new(version).map_err(text)?),
            })
            .on_expired(match self.on_expired.as_str() {
                "relist" => OnExpired::Relist,
                "restart" => OnExpired::RestartWithoutVersion,
                "stop" => OnExpired::Stop,
                other => return Err(format!("onExpired: {other} is none of relist, restart, stop")),
            });
        if self.metadata {
            builder = builder.representation(Representation::Metadata);
        }
        if let Some(namespace) = &self.namespace {
            builder = builder.namespace(namespace);
        }
        if let Some(deadline) = self.deadline {
            builder = builder.deadline(Duration::from_millis(deadline));
        }
        if let Some(period) = self.check_every {
            builder = builder.check_every(Duration::from_millis(period));
        }
        if let Some(patience) = self.give_up_after {
            builder = builder.give_up_after(Duration::from_millis(patience));
        }
        builder.build().map_err(text)
    }

    fn timing(&self) -> Result<Timing, String> {
        let mut timing = Timing::default();
        for (name, millis) in &self.timing {
            let field = match name.as_str() {
                "watch" => &mut timing.watch,
                "grace" => &mut timing.grace,
                "head" => &mut timing.head,
                "list" => &mut timing.list,
                "idle" => &mut timing.idle,
                "object" => &mut timing.object,
                "initial_events" => &mut timing.initial_events,
                "longest_retry_after" => &mut timing.longest_retry_after,
                other => return Err(format!("timing.{other} is no field")),
            };
            *field = Duration::from_millis(*millis);
        }
        Ok(timing)
    }

    fn limits(&self) -> Result<Limits, String> {
        let mut limits = Limits::default();
        for (name, number) in &self.limits {
            let size = usize::try_from(*number).map_err(text)?;
            match name.as_str() {
                "object" => limits.object = size,
                "nesting" => limits.nesting = size,
                "continue_token" => limits.continue_token = size,
                "error_body" => limits.error_body = size,
                "objects" => limits.objects = *number,
                "pages" => limits.pages = u32::try_from(*number).map_err(text)?,
                other => return Err(format!("limits.{other} is no field")),
            }
        }
        Ok(limits)
    }
}

fn text(error: impl Display) -> String {
    error.to_string()
}
