//! Builds and checks a configuration.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::time::Duration;

use super::resource::{Resource, check_segment};
use super::selector::{FieldSelector, LabelSelector};
use super::{Config, ConfigError, JsonCheck, Limits, ListSemantics, OnExpired, Parts, Representation, Start, Timing};
use crate::wire::ListOptions;

/// The most bytes of path and selectors. With this limit, a URI that also has a `continue` token and all other
/// parameters stays short enough for servers.
const LONGEST_TARGET: usize = 12 << 10;

/// Builds a [`Config`].
#[derive(Clone, Debug)]
#[must_use = "call `build` to get a configuration"]
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
    json_check: JsonCheck,
    strip_managed_fields: bool,
    seed: Option<u64>,
}

impl Config {
    /// Returns a builder for a watch of this resource. Every other setting has a default.
    pub fn builder(resource: Resource) -> ConfigBuilder {
        ConfigBuilder::new(resource)
    }

    /// Returns a builder for a watch of the resource of a `k8s-openapi` type.
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
            json_check: JsonCheck::default(),
            strip_managed_fields: false,
            seed: None,
        }
    }

    /// Watches only this namespace. Default: cluster-wide.
    pub fn namespace(mut self, namespace: &str) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// Watches only the object of this name, by the field selector `metadata.name=` (which RBAC with `resourceNames`
    /// requires).
    pub fn name(mut self, name: &str) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Watches only Events about the object of this name, by the field selector `involvedObject.name=`. For `events` of
    /// the core group.
    pub fn involved_object(mut self, name: &str) -> Self {
        self.involved_object = Some(name.into());
        self
    }

    /// Watches only objects with these labels. A text has the syntax of Kubernetes, which [`build`](Self::build) checks:
    /// see [`LabelMatcher`](crate::LabelMatcher).
    pub fn labels(mut self, labels: impl Into<LabelSelector>) -> Self {
        self.labels = labels.into();
        self
    }

    /// Watches only objects with these fields. A text has the syntax of Kubernetes (`fields.ParseSelector` of
    /// apimachinery), which [`build`](Self::build) checks: `spec.nodeName=n`, `status.phase!=Running`, joined by commas.
    /// In a value, a backslash escapes a comma, an equals sign, or a backslash. The server checks whether the fields can
    /// be selected.
    pub fn fields(mut self, fields: impl Into<FieldSelector>) -> Self {
        self.fields = fields.into();
        self
    }

    /// Sets which part of the objects to request. Default: all.
    pub const fn representation(mut self, representation: Representation) -> Self {
        self.representation = representation;
        self
    }

    /// Sets where to start. Default: with the initial list.
    pub fn start(mut self, start: Start) -> Self {
        self.start = start;
        self
    }

    /// Sets how recent the first list must be. Default: [`ListSemantics::Consistent`].
    pub fn list_semantics(mut self, semantics: ListSemantics) -> Self {
        self.list_semantics = semantics;
        self
    }

    /// Sets the number of objects per page of a LIST. `None` requests all at once. Default: 500, as client-go.
    pub const fn page_size(mut self, page_size: Option<u32>) -> Self {
        self.page_size = page_size;
        self
    }

    /// Sets what to do on 410. Default: [`OnExpired::Relist`].
    pub const fn on_expired(mut self, on_expired: OnExpired) -> Self {
        self.on_expired = on_expired;
        self
    }

    /// Sets whether to request bookmarks. Default: yes. Without them, the version of a quiet resource expires.
    /// Streaming lists aren't used either, because a bookmark marks their end.
    pub const fn bookmarks(mut self, bookmarks: bool) -> Self {
        self.bookmarks = bookmarks;
        self
    }

    /// Ends with [`Done::DeadlineReached`](crate::Done::DeadlineReached) this long after the first `poll`. The
    /// `timeoutSeconds` of each request shrinks to the time that is left. Default: never.
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Ends with [`Done::GaveUp`](crate::Done::GaveUp) this long after the first failure, unless there is progress or a
    /// watch is open by then. Only the time that the machine waited counts: after a computer slept, the server is tried
    /// again first. Default: never.
    pub const fn give_up_after(mut self, duration: Duration) -> Self {
        self.give_up_after = Some(duration);
        self
    }

    /// Sets how often to repeat the version check (a LIST of one object) while a watch is open and nothing is wrong.
    /// Only one exchange is open at a time, so the watch is closed for the check and resumes after it. The period begins
    /// when the watch opens after a check or a list. So it doesn't include the time that a slow server needs to open
    /// the watch. From 10 s to 24 h; default: never.
    ///
    /// Without this setting, the machine checks the version when a watch ends early, fails, or opens slowly. This
    /// setting is for what isn't visible from outside: a proxy that keeps the watch open while its server is replaced,
    /// or a store that is restored while its API servers keep running. Such a rollback is found within this time. One
    /// case is undetectable: the restored server overtakes the version before the check.
    pub const fn check_every(mut self, period: Duration) -> Self {
        self.check_every = Some(period);
        self
    }

    /// Sets the timeouts and the backoff.
    pub fn timing(mut self, timing: Timing) -> Self {
        self.timing = timing;
        self
    }

    /// Sets the limits on what is accepted from a server.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets how much of the JSON of objects is checked. Default: [`JsonCheck::Structure`], which leaves the inside of
    /// an object to its decoder.
    pub const fn json_check(mut self, check: JsonCheck) -> Self {
        self.json_check = check;
        self
    }

    /// Sets whether to remove `metadata.managedFields` from the bytes of each object, before the object is emitted.
    /// Default: no. Most consumers don't use the managed fields, which are about half of an object, and more than half
    /// of its metadata. client-go's transform `TransformStripManagedFields` does the same.
    ///
    /// The bytes are removed without being decoded, and all other bytes stay as the server sent them. Each object then
    /// has a buffer of its own size, so [`Object::detach`](crate::Object::detach) needs no other copy.
    /// [`Limits::object`] is the limit of an object with its managed fields.
    #[doc(alias = "TransformStripManagedFields")]
    pub const fn strip_managed_fields(mut self, strip: bool) -> Self {
        self.strip_managed_fields = strip;
        self
    }

    /// Sets the seed of all randomness: the jitter of the backoff and the spread of `timeoutSeconds`. In production,
    /// give each watcher a different seed; to reproduce a run, give it the same one. Default: 0, because this crate has
    /// no source of entropy. A driver that has one may set another default ([`Config::or_seed`]), as watch-hyper does.
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Builds the configuration.
    ///
    /// # Errors
    /// Fails if a value is invalid or contradicts another one. The error names the value. The error of a selector
    /// ([`ConfigError::InvalidSelector`]) also has the position, and what was expected there.
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
        let fields: Option<Box<str>> = text(fields.join(self.fields)?);
        let selecting =
            ListOptions { label_selector: labels.clone(), field_selector: fields.clone(), ..ListOptions::default() };
        if path.len() + selecting.to_query().len() > LONGEST_TARGET {
            return Err(ConfigError::OutOfRange {
                field: "path and selectors together",
                allowed: "at most 12 KiB when percent-encoded",
            });
        }
        let parts = Parts {
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
            json_check: self.json_check,
            strip_managed_fields: self.strip_managed_fields,
        };
        Ok(Config { parts: Arc::new(parts), seed: self.seed })
    }
}
