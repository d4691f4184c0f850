//! The details of a `Status`, read leniently: not one of them may cost what else it says.

use alloc::string::String;
use alloc::vec::Vec;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};

/// See [`Status::details`](super::Status::details).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct StatusDetails {
    /// Name of the object it is about.
    #[serde(deserialize_with = "null_is_none", skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Its group.
    #[serde(deserialize_with = "null_is_none", skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// Its kind (in fact mostly the plural).
    #[serde(deserialize_with = "null_is_none", skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// What exactly was wrong.
    #[serde(deserialize_with = "null_is_none", skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<StatusCause>,
    /// Seconds to wait before asking again; 0 if the server doesn't say, the most there is if it is a number too large.
    #[serde(deserialize_with = "seconds", skip_serializing_if = "is_zero")]
    pub retry_after_seconds: i64,
}

/// See [`StatusDetails::causes`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct StatusCause {
    /// In one word, for programs.
    #[serde(deserialize_with = "null_is_none", skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// For people.
    #[serde(deserialize_with = "null_is_none", skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// The field it is about.
    #[serde(deserialize_with = "null_is_none", skip_serializing_if = "String::is_empty")]
    pub field: String,
}

/// Some clients' servers write `null` for what isn't there.
fn null_is_none<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A number of seconds, however it is written. What is none counts as absent: it must not cost what else the status says.
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
