//! Parses a request, independently of the code that wrote it.

use watch_core::Request;

/// A parsed request.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) class: Class,
    pub(super) version: Option<String>,
    pub(super) matching: Option<String>,
    pub(super) token: Option<String>,
    pub(super) limit: Option<u64>,
    /// `timeoutSeconds`
    pub(super) seconds: Option<u64>,
    pub(super) bookmarks: bool,
    pub(super) labels: Option<String>,
    pub(super) fields: Option<String>,
    /// A parameter that is unknown or occurs twice.
    pub(super) strange: Option<String>,
}

/// The kinds of requests to which a server may give different answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    List,
    /// With a continue token.
    Page,
    /// A list of one object, for its version.
    Version,
    StreamingList,
    /// A watch from a version.
    Watch,
    /// A watch without a version.
    Unversioned,
}

impl Class {
    pub(super) const COUNT: usize = 6;

    pub(super) const fn is_watch(self) -> bool {
        matches!(self, Self::StreamingList | Self::Watch | Self::Unversioned)
    }
}

impl Asked {
    pub(super) fn read(request: &Request) -> Self {
        let query = request.http.uri().query().unwrap_or_default();
        let mut asked = Self {
            class: Class::List,
            version: None,
            matching: None,
            token: None,
            limit: None,
            seconds: None,
            bookmarks: false,
            labels: None,
            fields: None,
            strange: None,
        };
        let (mut is_watch, mut sends_initial) = (None, None);
        let mut bookmarks = None;
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let text = Some(value.clone().into_owned());
            let number = || value.parse::<u64>().ok();
            let is_new = match name.as_ref() {
                "watch" => is_watch.replace(value == "true").is_none(),
                "sendInitialEvents" => sends_initial.replace(value == "true").is_none(),
                "allowWatchBookmarks" => bookmarks.replace(value == "true").is_none(),
                "resourceVersion" => core::mem::replace(&mut asked.version, text).is_none(),
                "resourceVersionMatch" => core::mem::replace(&mut asked.matching, text).is_none(),
                "continue" => core::mem::replace(&mut asked.token, text).is_none(),
                "labelSelector" => core::mem::replace(&mut asked.labels, text).is_none(),
                "fieldSelector" => core::mem::replace(&mut asked.fields, text).is_none(),
                "limit" => core::mem::replace(&mut asked.limit, number()).is_none() && number().is_some(),
                "timeoutSeconds" => core::mem::replace(&mut asked.seconds, number()).is_none() && number().is_some(),
                _ => false,
            };
            if !is_new {
                asked.strange = Some(name.into_owned());
            }
        }
        asked.bookmarks = bookmarks == Some(true);
        asked.class = match (is_watch, sends_initial) {
            (Some(true), Some(true)) => Class::StreamingList,
            (Some(true), None) if asked.version.is_some() => Class::Watch,
            (Some(true), None) => Class::Unversioned,
            (None, None) if asked.token.is_some() => Class::Page,
            (None, None) if asked.limit == Some(1) => Class::Version,
            (None, None) => Class::List,
            _ => {
                asked.strange = Some("a combination".into());
                Class::List
            }
        };
        asked
    }
}
