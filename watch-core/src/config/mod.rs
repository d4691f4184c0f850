//! The configuration of a watch.

mod builder;
mod config_error;
mod field_parser;
mod json_check;
pub(crate) mod label_matcher;
mod label_parser;
mod limits;
pub(crate) mod resource;
pub(crate) mod resource_name;
pub(crate) mod selector;
mod start;
mod timing;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::time::Duration;

pub use self::builder::ConfigBuilder;
pub use self::config_error::ConfigError;
pub use self::json_check::JsonCheck;
pub use self::limits::Limits;
use self::resource::Resource;
pub use self::start::{InitialList, ListSemantics, OnExpired, Representation, Start};
pub use self::timing::Timing;

/// The configuration of a watch: what to watch, and how. Immutable once built; cloning is cheap, and clones share all
/// but the seed.
///
/// ```
/// # use watch_core::{Config, Resource};
/// let config = Config::builder(Resource::core("v1", "pods")).namespace("default").labels("app=web").build()?;
/// assert_eq!(config.target(), "pods in default");
///
/// let error = Config::builder(Resource::core("v1", "pods")).labels("app=web,tier in front").build().unwrap_err();
/// assert_eq!(error.to_string(), "the labelSelector is invalid at byte 16: expected `(`, found 'f'");
/// # Ok::<(), watch_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    parts: Arc<Parts>,
    /// Each watch has another one, so it isn't shared.
    seed: Option<u64>,
}

/// The settings of a configuration, without the seed.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) path: String,
    pub(crate) target: Arc<str>,
    pub(crate) resource: Resource,
    pub(crate) namespace: Option<Box<str>>,
    pub(crate) name: Option<Box<str>>,
    #[cfg_attr(
        not(feature = "trace"),
        expect(dead_code, reason = "only a trace needs it in addition to the selector")
    )]
    pub(crate) involved_object: Option<Box<str>>,
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
    pub(crate) check_every: Option<Duration>,
    pub(crate) timing: Timing,
    pub(crate) limits: Limits,
    pub(crate) json_check: JsonCheck,
    pub(crate) strip_managed_fields: bool,
}

impl Config {
    /// Returns a description for people: `pods in default`, `nodes`, `deployments.apps web in default`.
    pub fn target(&self) -> &str {
        &self.parts.target
    }

    /// Returns the group, version and plural of the resource.
    pub fn resource(&self) -> &Resource {
        &self.parts.resource
    }

    /// Returns the namespace; `None` if all are watched, or the resource is cluster-scoped.
    pub fn namespace(&self) -> Option<&str> {
        self.parts.namespace.as_deref()
    }

    /// Returns the name, if a single object is watched.
    pub fn name(&self) -> Option<&str> {
        self.parts.name.as_deref()
    }

    /// Returns the label selector as it is sent; `None` if there is none.
    pub fn label_selector(&self) -> Option<&str> {
        self.parts.label_selector.as_deref()
    }

    /// Returns the field selector as it is sent, including the name; `None` if there is none.
    pub fn field_selector(&self) -> Option<&str> {
        self.parts.field_selector.as_deref()
    }

    /// Returns which part of the objects is requested.
    pub fn representation(&self) -> Representation {
        self.parts.representation
    }

    /// Returns whether `metadata.managedFields` is removed from the bytes of each object.
    pub fn strips_managed_fields(&self) -> bool {
        self.parts.strip_managed_fields
    }

    /// Returns the seed of all randomness.
    pub fn seed(&self) -> u64 {
        self.seed.unwrap_or(0)
    }

    /// Sets the seed, unless the builder already set one.
    #[must_use]
    pub fn or_seed(mut self, seed: u64) -> Self {
        self.seed.get_or_insert(seed);
        self
    }

    /// Returns whether Secrets are watched, whose values must not be shown.
    pub(crate) fn watches_secrets(&self) -> bool {
        let resource = self.resource();
        resource.group().is_empty() && resource.plural() == "secrets"
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.parts
    }

    /// Returns a hash of what is watched: of the path, the selectors and the representation. Configurations with
    /// different hashes can't share a checkpoint.
    pub(crate) fn fingerprint(&self) -> u64 {
        let parts = &self.parts;
        // The hash is stored in checkpoints, so it must not change if a variant is renamed.
        let representation = match parts.representation {
            Representation::Full => "object",
            Representation::Metadata => "metadata",
        };
        let texts = [
            parts.path.as_str(),
            parts.label_selector.as_deref().unwrap_or_default(),
            parts.field_selector.as_deref().unwrap_or_default(),
            representation,
        ];
        // No text contains a zero byte that could move a boundary: paths and label selectors are checked, and field
        // selectors with a zero byte match nothing.
        crate::fingerprint::fnv1a(texts.iter().flat_map(|text| text.bytes().chain([0])))
    }
}
