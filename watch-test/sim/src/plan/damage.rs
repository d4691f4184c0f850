//! The kinds of damage to the bytes of an event.

use serde::{Deserialize, Serialize};

/// See [`Action::Damage`](super::Action::Damage).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Damage {
    /// A byte that isn't valid in UTF-8.
    NotUtf8 {
        /// The position, modulo the length.
        at: u64,
    },
    /// A control character, which isn't valid in JSON.
    Control {
        /// The position, modulo the length.
        at: u64,
    },
    /// The quotation mark after the type is missing, so that the rest is read as text where it is syntax, and as syntax
    /// where it is text.
    NoQuote,
    /// The last bracket is missing, so that the following bytes belong to the object.
    NoBracket,
    /// Not an object, but a number.
    Number,
    /// An object with nothing in it.
    Empty,
    /// No type.
    NoType,
    /// An unknown type.
    OtherType,
    /// Two types.
    TwoTypes,
    /// No object.
    NoObject,
    /// `null` for an object.
    NullObject,
    /// A text for an object.
    TextObject,
    /// No metadata.
    NoMetadata,
    /// No name.
    NoName,
    /// No version.
    #[default]
    NoVersion,
    /// An empty version.
    EmptyVersion,
    /// The version 0, which means none.
    ZeroVersion,
    /// A number for a version.
    NumberVersion,
    /// Two versions.
    TwoVersions,
}

impl Damage {
    /// Returns all kinds of damage. `at` is the position of the damaged byte.
    pub(crate) const fn all(at: u64) -> [Self; 19] {
        [
            Self::NotUtf8 { at },
            Self::Control { at },
            Self::NoQuote,
            Self::NoBracket,
            Self::Number,
            Self::Empty,
            Self::NoType,
            Self::OtherType,
            Self::TwoTypes,
            Self::NoObject,
            Self::NullObject,
            Self::TextObject,
            Self::NoMetadata,
            Self::NoName,
            Self::NoVersion,
            Self::EmptyVersion,
            Self::ZeroVersion,
            Self::NumberVersion,
            Self::TwoVersions,
        ]
    }

    /// Returns whether the result is a complete document, so that a client can't wait for the rest of it.
    pub(crate) const fn is_complete(self) -> bool {
        // A damaged byte may be a bracket.
        !matches!(self, Self::NotUtf8 { .. } | Self::Control { .. } | Self::NoQuote | Self::NoBracket)
    }

    /// Returns its name, for counters.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::NotUtf8 { .. } => "not UTF-8",
            Self::Control { .. } => "control character",
            Self::NoQuote => "no quotation mark",
            Self::NoBracket => "no bracket",
            Self::Number => "a number",
            Self::Empty => "empty",
            Self::NoType => "no type",
            Self::OtherType => "another type",
            Self::TwoTypes => "two types",
            Self::NoObject => "no object",
            Self::NullObject => "null object",
            Self::TextObject => "text for an object",
            Self::NoMetadata => "no metadata",
            Self::NoName => "no name",
            Self::NoVersion => "no version",
            Self::EmptyVersion => "empty version",
            Self::ZeroVersion => "version 0",
            Self::NumberVersion => "a number for a version",
            Self::TwoVersions => "two versions",
        }
    }
}
