//! The form of a configuration in a trace.

use alloc::boxed::Box;
use core::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::config::resource::Resource;
use crate::config::selector::FieldSelector;
use crate::config::{
    Config, ConfigError, JsonCheck, Limits, ListSemantics, OnExpired, Parts, Representation, Start, Timing,
};

/// The settings of a [`Config`].
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenConfig {
    group: Box<str>,
    version: Box<str>,
    plural: Box<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    namespace: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    involved_object: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    labels: Option<Box<str>>,
    /// Without the requirements that `name` and `involved_object` add.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fields: Option<Box<str>>,
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
    /// Traces from before this setting were recorded with the full check.
    #[serde(default = "full")]
    json_check: JsonCheck,
    #[serde(default, skip_serializing_if = "is_false")]
    strip_managed_fields: bool,
    seed: u64,
}

impl From<&Config> for WrittenConfig {
    fn from(config: &Config) -> Self {
        // All fields by name, so that a new field of a configuration can't be missing in traces.
        let Parts {
            path: _,
            target: _,
            resource,
            namespace,
            name,
            involved_object,
            label_selector,
            field_selector,
            representation,
            start,
            list_semantics,
            page_size,
            on_expired,
            bookmarks,
            deadline,
            give_up_after,
            check_every,
            timing,
            limits,
            json_check,
            strip_managed_fields,
        } = config.parts().clone();
        let own = name.as_deref().map(|name| ("metadata.name", name));
        let own = own.or_else(|| involved_object.as_deref().map(|name| ("involvedObject.name", name)));
        let fields = match (own, field_selector) {
            (Some((field, name)), Some(fields)) => without(&fields, FieldSelector::new().equal(field, name)),
            (_, fields) => fields,
        };
        Self {
            group: resource.group().into(),
            version: resource.version().into(),
            plural: resource.plural().into(),
            namespace,
            name,
            involved_object,
            labels: label_selector,
            fields,
            representation,
            start,
            list_semantics,
            page_size,
            on_expired,
            bookmarks,
            deadline,
            give_up_after,
            check_every,
            timing,
            limits,
            json_check,
            strip_managed_fields,
            seed: config.seed(),
        }
    }
}

const fn full() -> JsonCheck {
    JsonCheck::Full
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// The requirements after the first.
fn without(fields: &str, first: FieldSelector) -> Option<Box<str>> {
    let rest = fields.strip_prefix(first.into_text().ok()?.as_str())?.strip_prefix(',')?;
    Some(rest.into())
}

impl TryFrom<WrittenConfig> for Config {
    type Error = ConfigError;

    fn try_from(written: WrittenConfig) -> Result<Self, ConfigError> {
        let resource = Resource::new(&written.group, &written.version, &written.plural);
        let mut builder = Self::builder(resource)
            .labels(written.labels.as_deref().unwrap_or_default())
            .fields(written.fields.as_deref().unwrap_or_default())
            .representation(written.representation)
            .start(written.start)
            .list_semantics(written.list_semantics)
            .page_size(written.page_size)
            .on_expired(written.on_expired)
            .bookmarks(written.bookmarks)
            .timing(written.timing)
            .limits(written.limits)
            .json_check(written.json_check)
            .strip_managed_fields(written.strip_managed_fields)
            .seed(written.seed);
        if let Some(namespace) = &written.namespace {
            builder = builder.namespace(namespace);
        }
        if let Some(name) = &written.name {
            builder = builder.name(name);
        }
        if let Some(name) = &written.involved_object {
            builder = builder.involved_object(name);
        }
        if let Some(deadline) = written.deadline {
            builder = builder.deadline(deadline);
        }
        if let Some(duration) = written.give_up_after {
            builder = builder.give_up_after(duration);
        }
        if let Some(period) = written.check_every {
            builder = builder.check_every(period);
        }
        builder.build()
    }
}

impl Serialize for Config {
    /// Returns the settings, including the seed, as a trace holds them.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        WrittenConfig::from(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Config {
    /// Builds the configuration again. Fails if that isn't possible.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        WrittenConfig::deserialize(deserializer)?.try_into().map_err(serde::de::Error::custom)
    }
}
