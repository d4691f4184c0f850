//! The details of a `Status`, parsed leniently: an invalid detail doesn't make the rest of the status unreadable.

use alloc::string::String;
use alloc::vec::Vec;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};

/// The details of a status: see [`Status::details`](super::Status::details).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct StatusDetails {
    /// The name of the object.
    #[serde(deserialize_with = "null_is_none", skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The group of the object.
    #[serde(deserialize_with = "null_is_none", skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// The kind of the object. Most servers write the plural of the resource here.
    #[serde(deserialize_with = "null_is_none", skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// The causes, one per error.
    #[serde(deserialize_with = "null_is_none", skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<StatusCause>,
    /// How many seconds to wait before a retry; 0 if absent. A number that overflows is the largest value.
    #[serde(deserialize_with = "seconds", skip_serializing_if = "is_zero")]
    pub retry_after_seconds: i64,
}

/// One cause of an error: see [`StatusDetails::causes`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct StatusCause {
    /// The reason as one word, for programs.
    #[serde(deserialize_with = "null_is_none", skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The message, for people.
    #[serde(deserialize_with = "null_is_none", skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// The field that is wrong.
    #[serde(deserialize_with = "null_is_none", skip_serializing_if = "String::is_empty")]
    pub field: String,
}

/// Some servers write `null` for an absent field.
fn null_is_none<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Accepts a number of seconds in any form. Anything else counts as absent, so that the rest of the status is read.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Seconds {
        Signed(i64),
        Unsigned(u64),
        Real(f64),
        Text(String),
        Other(IgnoredAny),
    }
    Ok(match Seconds::deserialize(deserializer)? {
        Seconds::Signed(seconds) => seconds,
        Seconds::Unsigned(seconds) => i64::try_from(seconds).unwrap_or(i64::MAX),
        // `as` saturates, and rounds towards zero.
        Seconds::Real(seconds) => seconds as i64,
        Seconds::Text(text) if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => {
            text.parse().unwrap_or(i64::MAX)
        }
        Seconds::Text(_) | Seconds::Other(_) => 0,
    })
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
const fn is_zero(seconds: &i64) -> bool {
    *seconds == 0
}
