//! Puts a configuration together, and checks it.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::time::Duration;

use super::resource::{Resource, check_segment};
use super::selector::{FieldSelector, LabelSelector};
use super::{Config, ConfigError, Limits, ListSemantics, OnExpired, Parts, Representation, Start, Timing};
use crate::wire::ListOptions;

/// Bytes of path and selectors. Together with a `continue` token and the rest it is a URI that servers take.
const LONGEST_TARGET: usize = 12 << 10;

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
    check_every: Option<Duration>,
    timing: Timing,
    limits: Limits,
    seed: Option<u64>,
}

impl Config {
    /// Begins with the resource; everything else has a default.
    pub fn builder(resource: Resource) -> ConfigBuilder {
        ConfigBuilder::new(resource)
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
}

impl ConfigBuilder {
    pub(super) fn new(resource: Resource) -> Self {
        Self {
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
            check_every: None,
            timing: Timing::default(),
            limits: Limits::default(),
            seed: None,
        }
    }

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

    /// Ends with [`Done::GaveUp`](crate::Done::GaveUp) this long after trouble began, unless there is progress or a watch is
    /// open by then. Only the time counts for which the machine waited: a computer that slept asks the server again first.
    /// Default: never.
    pub const fn give_up_after(mut self, duration: Duration) -> Self {
        self.give_up_after = Some(duration);
        self
    }

    /// Ask the server how far it is (a LIST of one object) so long after it was last known to have what was seen, though
    /// the watch is open and nothing is wrong. The watch is closed for that, since one exchange at most is open, and then
    /// goes on from where it was. From 10 s to 24 h; default: never.
    ///
    /// A server whose backup was restored is asked anyway when a watch ends early, fails, or isn't opened at once. This
    /// is for what can't be seen from outside: a proxy that keeps the watch open while the server it leads to is
    /// replaced, a store that is restored under API servers that go on. It finds such a rollback within this time, unless
    /// the server has passed the version by its own writes before: the protocol has no way to tell then.
    pub const fn check_every(mut self, period: Duration) -> Self {
        self.check_every = Some(period);
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
    /// another one in production, and the same one to reproduce a run. Default: 0, here where there is no entropy to be
    /// had; a driver that has some may choose another ([`Config::or_seed`]), as watch-hyper does.
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
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
        let day = Duration::from_secs(24 * 60 * 60);
        if self.check_every.is_some_and(|period| !(Duration::from_secs(10)..=day).contains(&period)) {
            return Err(ConfigError::OutOfRange { field: "check_every", allowed: "from 10 s to 24 h" });
        }
        if self.page_size == Some(0) {
            return Err(ConfigError::OutOfRange { field: "page_size", allowed: "at least 1" });
        }
        let (field, name) = match (&self.name, &self.involved_object) {
            (Some(_), Some(_)) => return Err(ConfigError::NameAndInvolvedObject),
            (Some(name), None) => ("metadata.name", Some(name)),
            (None, name) => ("involvedObject.name", name.as_ref()),
        };
        let mut target = self.resource.name();
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
        let path = self.resource.path(self.namespace.as_deref());
        let labels: Option<Box<str>> = text(self.labels.into_text()?);
        let fields: Option<Box<str>> = text(fields.and(self.fields).into_text());
        let selecting =
            ListOptions { label_selector: labels.clone(), field_selector: fields.clone(), ..ListOptions::default() };
        if path.len() + selecting.to_query().len() > LONGEST_TARGET {
            return Err(ConfigError::OutOfRange {
                field: "path and selectors together",
                allowed: "at most 12 KiB when percent-encoded",
            });
        }
        Ok(Config(Arc::new(Parts {
            path,
            target: target.into(),
            resource: self.resource,
            namespace: self.namespace,
            name: self.name,
            involved_object: self.involved_object,
            label_selector: labels,
            field_selector: fields,
            representation: self.representation,
            start: self.start,
            list_semantics: self.list_semantics,
            page_size: self.page_size,
            on_expired: self.on_expired,
            bookmarks: self.bookmarks,
            deadline: self.deadline,
            give_up_after: self.give_up_after,
            check_every: self.check_every,
            timing: self.timing,
            limits: self.limits,
            seed: self.seed,
        })))
    }
}
