//! What to watch, and how.

mod error;
mod limits;
mod start;
mod timing;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use core::time::Duration;

pub use self::error::ConfigError;
pub use self::limits::Limits;
pub use self::start::{InitialSet, ListSemantics, OnExpired, Representation, Start};
pub use self::timing::Timing;
use crate::resource::{Resource, check_segment};
use crate::selector::{FieldSelector, LabelSelector};

/// What to watch, and how. Immutable once built; cloning is cheap.
///
/// ```
/// # use watch_core::{Config, Resource};
/// let config = Config::builder(Resource::core("v1", "pods")).namespace("default").labels("app=web").build()?;
/// assert_eq!(config.target(), "pods in default");
/// # Ok::<(), watch_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Config(Arc<Parts>);

/// What a configuration consists of.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) path: String,
    pub(crate) target: Arc<str>,
    pub(crate) resource: Resource,
    pub(crate) namespace: Option<Box<str>>,
    pub(crate) name: Option<Box<str>>,
    pub(crate) label_selector: Option<Box<str>>,
    pub(crate) field_selector: Option<Box<str>>,
    pub(crate) representation: Representation,
    pub(crate) start: Start,
    pub(crate) list_semantics: ListSemantics,
    pub(crate) page_size: Option<u32>,
    pub(crate) on_expired: OnExpired,
    pub(crate) bookmarks: bool,
    pub(crate) deadline: Option<Duration>,
    pub(crate) give_up_after: Option<Duration>,
    pub(crate) timing: Timing,
    pub(crate) limits: Limits,
    pub(crate) seed: u64,
}

impl Config {
    /// Begins with the resource; everything else has a default.
    pub fn builder(resource: Resource) -> ConfigBuilder {
        ConfigBuilder {
            resource,
            namespace: None,
            name: None,
            involved_object: None,
            labels: LabelSelector::new(),
            fields: FieldSelector::new(),
            representation: Representation::default(),
            start: Start::default(),
            list_semantics: ListSemantics::default(),
            page_size: Some(500),
            on_expired: OnExpired::default(),
            bookmarks: true,
            deadline: None,
            give_up_after: None,
            timing: Timing::default(),
            limits: Limits::default(),
            seed: 0,
        }
    }

    /// Begins with the resource of a type of `k8s-openapi`.
    ///
    /// ```
    /// # use watch_core::Config;
    /// let config = Config::for_type::<k8s_openapi::api::apps::v1::Deployment>().namespace("default").build()?;
    /// assert_eq!(config.target(), "deployments.apps in default");
    /// # Ok::<(), watch_core::ConfigError>(())
    /// ```
    #[cfg(feature = "k8s-openapi")]
    pub fn for_type<T: k8s_openapi::Resource>() -> ConfigBuilder {
        Self::builder(Resource::new(T::GROUP, T::VERSION, T::URL_PATH_SEGMENT))
    }

    /// For people: `pods in default`, `nodes`, `deployments.apps web in default`.
    pub fn target(&self) -> &str {
        &self.0.target
    }

    /// Group, version and plural of what is watched.
    pub fn resource(&self) -> &Resource {
        &self.0.resource
    }

    /// The namespace; `None` if all of them are watched, or the resource has none.
    pub fn namespace(&self) -> Option<&str> {
        self.0.namespace.as_deref()
    }

    /// The name, if one object is watched by it.
    pub fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.0
    }

    /// Tells apart what can't share a checkpoint: path, selectors, representation.
    pub(crate) fn fingerprint(&self) -> u64 {
        let parts = &self.0;
        let representation = format!("{:?}", parts.representation);
        let texts = [
            parts.path.as_str(),
            parts.label_selector.as_deref().unwrap_or_default(),
            parts.field_selector.as_deref().unwrap_or_default(),
            representation.as_str(),
        ];
        // No text has a zero byte that could move a boundary: paths are checked, and selectors with one match nothing.
        crate::fingerprint::fnv1a(texts.iter().flat_map(|text| text.bytes().chain([0])))
    }
}

/// Makes a [`Config`].
#[derive(Clone, Debug)]
#[must_use = "a configuration isn't made before `build`"]
pub struct ConfigBuilder {
    resource: Resource,
    namespace: Option<Box<str>>,
    name: Option<Box<str>>,
    involved_object: Option<Box<str>>,
    labels: LabelSelector,
    fields: FieldSelector,
    representation: Representation,
    start: Start,
    list_semantics: ListSemantics,
    page_size: Option<u32>,
    on_expired: OnExpired,
    bookmarks: bool,
    deadline: Option<Duration>,
    give_up_after: Option<Duration>,
    timing: Timing,
    limits: Limits,
    seed: u64,
}

impl ConfigBuilder {
    /// Only in this namespace. Default: cluster-wide.
    pub fn namespace(mut self, namespace: &str) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// Only the object of this name, as the field selector `metadata.name=` (which is what RBAC with `resourceNames`
    /// needs).
    pub fn name(mut self, name: &str) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Only Events about the object of this name, as the field selector `involvedObject.name=`. For `events` of the
    /// core group.
    pub fn involved_object(mut self, name: &str) -> Self {
        self.involved_object = Some(name.into());
        self
    }

    /// Only objects with these labels.
    pub fn labels(mut self, labels: impl Into<LabelSelector>) -> Self {
        self.labels = labels.into();
        self
    }

    /// Only objects with these fields.
    pub fn fields(mut self, fields: impl Into<FieldSelector>) -> Self {
        self.fields = fields.into();
        self
    }

    /// Which part of the objects. Default: all.
    pub const fn representation(mut self, representation: Representation) -> Self {
        self.representation = representation;
        self
    }

    /// Where to start. Default: with the initial set.
    pub fn start(mut self, start: Start) -> Self {
        self.start = start;
        self
    }

    /// How recent the first initial set must be. Default: [`ListSemantics::Consistent`].
    pub fn list_semantics(mut self, semantics: ListSemantics) -> Self {
        self.list_semantics = semantics;
        self
    }

    /// How many objects to ask for at a time in a LIST; `None`: all at once. Default: 500, as client-go.
    pub const fn page_size(mut self, page_size: Option<u32>) -> Self {
        self.page_size = page_size;
        self
    }

    /// What to do on 410. Default: [`OnExpired::Relist`].
    pub const fn on_expired(mut self, on_expired: OnExpired) -> Self {
        self.on_expired = on_expired;
        self
    }

    /// Whether to ask for bookmarks. Default: yes; without them, quiet resources expire, and streaming lists are not
    /// used since their end is a bookmark.
    pub const fn bookmarks(mut self, bookmarks: bool) -> Self {
        self.bookmarks = bookmarks;
        self
    }

    /// End with [`Done::DeadlineReached`](crate::Done::DeadlineReached) so long after the first `poll`. Every request's
    /// `timeoutSeconds` shrinks to what is left. Default: never.
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// End with [`Done::GaveUp`](crate::Done::GaveUp) so long after trouble began, exactly, unless there is progress or a
    /// watch is open by then. Default: never.
    pub const fn give_up_after(mut self, duration: Duration) -> Self {
        self.give_up_after = Some(duration);
        self
    }

    /// Durations that decide when silence is trouble.
    pub fn timing(mut self, timing: Timing) -> Self {
        self.timing = timing;
        self
    }

    /// Bounds on what is accepted from a server.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// From which chance comes: the jitter of the backoff and the spread of `timeoutSeconds`. Give every watcher
    /// another one in production, and the same one to reproduce a run. Default: 0.
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Makes the configuration.
    ///
    /// # Errors
    /// If something in it can't be, or contradicts something else; says what.
    pub fn build(self) -> Result<Config, ConfigError> {
        self.resource.check()?;
        if let Some(namespace) = &self.namespace {
            check_segment("namespace", namespace)?;
        }
        self.timing.check()?;
        self.limits.check()?;
        if self.page_size == Some(0) {
            return Err(ConfigError::OutOfRange { field: "page_size", allowed: "at least 1" });
        }
        let (field, name) = match (&self.name, &self.involved_object) {
            (Some(_), Some(_)) => return Err(ConfigError::NameAndInvolvedObject),
            (Some(name), None) => ("metadata.name", Some(name)),
            (None, name) => ("involvedObject.name", name.as_ref()),
        };
        let mut target = format!("{}", self.resource);
        let mut fields = FieldSelector::new();
        if let Some(name) = name {
            if name.is_empty() {
                return Err(ConfigError::Empty { field });
            }
            fields = fields.equal(field, name);
            target.extend([if self.name.is_some() { " " } else { " of " }, name.as_ref()]);
        }
        if let Some(namespace) = &self.namespace {
            target.extend([" in ", namespace.as_ref()]);
        }
        let text = |text: String| (!text.is_empty()).then(|| text.into());
        Ok(Config(Arc::new(Parts {
            path: self.resource.path(self.namespace.as_deref()),
            target: target.into(),
            resource: self.resource,
            namespace: self.namespace,
            name: self.name,
            label_selector: text(self.labels.into_text()?),
            field_selector: text(fields.and(self.fields).into_text()),
            representation: self.representation,
            start: self.start,
            list_semantics: self.list_semantics,
            page_size: self.page_size,
            on_expired: self.on_expired,
            bookmarks: self.bookmarks,
            deadline: self.deadline,
            give_up_after: self.give_up_after,
            timing: self.timing,
            limits: self.limits,
            seed: self.seed,
        })))
    }
}
