//! `ListOptions`: the query of a LIST or WATCH.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::string::String;
use core::fmt;
use core::num::{IntErrorKind, ParseIntError};

/// The parameters of a LIST or WATCH, as `meta/v1.ListOptions` has them.
///
/// This is the wire format and validates nothing: the writer or reader decides which combinations are valid. A
/// parameter that is `None` is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListOptions {
    /// `labelSelector`
    pub label_selector: Option<Box<str>>,
    /// `fieldSelector`
    pub field_selector: Option<Box<str>>,
    /// `watch`
    pub watch: bool,
    /// `allowWatchBookmarks`
    pub allow_watch_bookmarks: bool,
    /// `resourceVersion`; may be `"0"`
    pub resource_version: Option<Box<str>>,
    /// `resourceVersionMatch`: `Exact` or `NotOlderThan`
    pub resource_version_match: Option<Box<str>>,
    /// `timeoutSeconds`
    pub timeout_seconds: Option<i64>,
    /// `limit`
    pub limit: Option<i64>,
    /// `continue`
    pub continue_token: Option<Box<str>>,
    /// `sendInitialEvents`
    pub send_initial_events: Option<bool>,
}

impl ListOptions {
    /// Writes the query without `?`, always in the same order.
    pub fn to_query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let text = |query: &mut form_urlencoded::Serializer<'_, String>, name, value: &Option<Box<str>>| {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        };
        if self.watch {
            query.append_pair("watch", "true");
        }
        text(&mut query, "labelSelector", &self.label_selector);
        text(&mut query, "fieldSelector", &self.field_selector);
        text(&mut query, "resourceVersion", &self.resource_version);
        text(&mut query, "resourceVersionMatch", &self.resource_version_match);
        if let Some(send) = self.send_initial_events {
            query.append_pair("sendInitialEvents", if send { "true" } else { "false" });
        }
        if self.allow_watch_bookmarks {
            query.append_pair("allowWatchBookmarks", "true");
        }
        for (name, number) in [("timeoutSeconds", self.timeout_seconds), ("limit", self.limit)] {
            if let Some(number) = number {
                query.append_pair(name, &alloc::format!("{number}"));
            }
        }
        text(&mut query, "continue", &self.continue_token);
        query.finish()
    }

    /// Parses a query as kube-apiserver does. An unknown parameter is ignored, an empty text counts as absent, and a
    /// boolean is true unless it is absent, `0` or `false` (`Convert_Slice_string_To_bool`). Of a repeated parameter,
    /// the first counts.
    ///
    /// # Errors
    /// Fails if a numeric parameter isn't a number.
    pub fn from_query(query: &str) -> Result<Self, QueryError> {
        let mut options = Self::default();
        let text = |value: &str| (!value.is_empty()).then(|| value.into());
        let mut read = BTreeSet::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if !read.insert(name.clone()) {
                continue;
            }
            match name.as_ref() {
                "labelSelector" => options.label_selector = text(&value),
                "fieldSelector" => options.field_selector = text(&value),
                "watch" => options.watch = is_true(&value),
                "allowWatchBookmarks" => options.allow_watch_bookmarks = is_true(&value),
                "resourceVersion" => options.resource_version = text(&value),
                "resourceVersionMatch" => options.resource_version_match = text(&value),
                "timeoutSeconds" => options.timeout_seconds = number("timeoutSeconds", &value)?,
                "limit" => options.limit = number("limit", &value)?,
                "continue" => options.continue_token = text(&value),
                "sendInitialEvents" => options.send_initial_events = Some(is_true(&value)),
                _ => {}
            }
        }
        Ok(options)
    }
}

fn is_true(value: &str) -> bool {
    !(value == "0" || value.eq_ignore_ascii_case("false"))
}

fn number(parameter: &'static str, value: &str) -> Result<Option<i64>, QueryError> {
    if value.is_empty() {
        return Ok(None);
    }
    value.parse().map(Some).map_err(|error: ParseIntError| QueryError {
        parameter,
        value: value.chars().take(64).collect(),
        is_too_large: matches!(error.kind(), IntErrorKind::PosOverflow | IntErrorKind::NegOverflow),
    })
}

/// A numeric parameter that isn't a number.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueryError {
    /// Its name.
    pub parameter: &'static str,
    /// Its value, cut to 64 characters.
    pub value: String,
    /// Whether it is a number that doesn't fit in 64 bits.
    pub is_too_large: bool,
}

impl fmt::Display for QueryError {
    /// In the words of kube-apiserver, which are those of Go's `strconv`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.is_too_large { "value out of range" } else { "invalid syntax" };
        write!(f, "strconv.ParseInt: parsing {:?}: {what}", self.value)
    }
}

impl core::error::Error for QueryError {}
