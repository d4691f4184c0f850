//! What a list says of itself and of its items.

use alloc::boxed::Box;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::error::Malformed;
use super::meta::ObjectMeta;
use crate::version::ResourceVersion;

pub(super) const META: &str = "list metadata";

/// What kind of object something is.
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
    /// Both together.
    pub fn new(api_version: impl Into<Box<str>>, kind: impl Into<Box<str>>) -> Self {
        Self { api_version: api_version.into(), kind: kind.into() }
    }
}

/// What a list says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListMeta {
    /// The version of the snapshot; a watch from here sees every later change.
    pub resource_version: ResourceVersion,
    /// Asks for the next page, if there is one. (Custom resources say `"continue":""` where there is none.)
    pub continue_token: Option<Box<str>>,
    /// About how many more there are; only without selectors.
    pub remaining_item_count: Option<i64>,
}

impl ListMeta {
    /// That of a list which is complete.
    pub const fn new(resource_version: ResourceVersion) -> Self {
        Self { resource_version, continue_token: None, remaining_item_count: None }
    }

    pub(super) fn parse(json: &Bytes) -> Result<Self, Malformed> {
        let meta: ObjectMeta<'_> = parse(META, json)?;
        let version = meta.resource_version.unwrap_or_default();
        Ok(Self {
            resource_version: ResourceVersion::new(&version)
                .map_err(|error| Malformed::new(META, alloc::format!("metadata.resourceVersion: {error}")))?,
            continue_token: meta.continue_token.filter(|token| !token.is_empty()).map(Into::into),
            remaining_item_count: meta.remaining_item_count,
        })
    }
}

pub(super) fn parse<'a, T: Deserialize<'a>>(what: &'static str, json: &'a Bytes) -> Result<T, Malformed> {
    serde_json::from_slice(json).map_err(|error| Malformed::json(what, json, &error))
}
