//! The metadata of a list, and the type of its items.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use core::fmt;

use bytes::Bytes;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::meta::{Text, once, text};
use super::version::ResourceVersion;
use super::wire_error::Malformed;

pub(crate) const META: &str = "list metadata";

/// The type of an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TypeMeta {
    /// `v1`, `apps/v1`
    pub api_version: Box<str>,
    /// `Pod`
    pub kind: Box<str>,
}

impl TypeMeta {
    /// Creates a type from both.
    pub fn new(api_version: impl Into<Box<str>>, kind: impl Into<Box<str>>) -> Self {
        Self { api_version: api_version.into(), kind: kind.into() }
    }
}

/// The metadata of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListMeta {
    /// The version of the list. A watch from it returns every later change.
    pub resource_version: ResourceVersion,
    /// The token for the next page, if there is one. (Custom resources have `"continue":""` on the last page.)
    pub continue_token: Option<Box<str>>,
    /// An estimate of the number of remaining items, only without selectors. A value that isn't an integer of 64 bits
    /// counts as absent.
    pub remaining_item_count: Option<i64>,
}

impl ListMeta {
    /// Creates the metadata of a complete list.
    pub const fn new(resource_version: ResourceVersion) -> Self {
        Self { resource_version, continue_token: None, remaining_item_count: None }
    }

    pub(super) fn parse(json: &Bytes) -> Result<Self, Malformed> {
        let meta: MetaDocument<'_> = parse(META, json)?;
        let version = meta.resource_version.unwrap_or_default();
        Ok(Self {
            resource_version: ResourceVersion::new(&version).map_err(|error| Malformed::version(META, error))?,
            continue_token: meta.continue_token.filter(|token| !token.is_empty()).map(Into::into),
            remaining_item_count: meta.remaining_item_count,
        })
    }
}

/// The `metadata` of a list, with all fields optional.
#[derive(Default)]
struct MetaDocument<'a> {
    resource_version: Option<Cow<'a, str>>,
    continue_token: Option<Cow<'a, str>>,
    remaining_item_count: Option<i64>,
}

impl<'de: 'a, 'a> Deserialize<'de> for MetaDocument<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = MetaDocument<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut meta = MetaDocument::default();
                while let Some(Text(key)) = map.next_key()? {
                    match key.as_ref() {
                        "resourceVersion" => once("resourceVersion", &mut meta.resource_version, text(&mut map))?,
                        // Without it, the number of pages is unknown, so an unreadable value fails the list.
                        "continue" => once("continue", &mut meta.continue_token, text(&mut map))?,
                        // An estimate that isn't needed: a number in another form, or beyond 64 bits, is ignored.
                        "remainingItemCount" => {
                            let value: &RawValue = map.next_value()?;
                            meta.remaining_item_count = value.get().parse().ok();
                        }
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(meta)
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

pub(super) fn parse<'a, T: Deserialize<'a>>(what: &'static str, json: &'a Bytes) -> Result<T, Malformed> {
    serde_json::from_slice(json).map_err(|error| Malformed::json(what, json, &error))
}
