//! Requests are valid for kube-apiserver, and resume after the delivered events.

use std::collections::BTreeMap;

use watch_core::{Request, RequestKind};
use watch_test::check::Position;

use crate::plan::{ClientSetup, Label, StartAt, Versions, Watched};
use crate::violation::{Oracle, Violation, broken};

/// A request, parsed independently of the code that wrote it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query {
    pub(crate) is_watch: bool,
    pub(crate) is_streaming_list: bool,
    pub(crate) is_page: bool,
    /// The version as the server sent it.
    pub(crate) version: Option<String>,
    /// The continue token.
    pub(crate) token: Option<String>,
    /// The requested seconds of a watch.
    pub(crate) timeout: u64,
}

/// Checks a request. `was_synced`: a list was complete in this process.
pub(crate) fn check(
    request: &Request,
    setup: &ClientSetup,
    (watched, versions): (Watched, Versions),
    position: Position,
    was_synced: bool,
) -> Result<Query, Violation> {
    let uri = request.http.uri();
    let query = uri.query().unwrap_or_default();
    let broken = |why: &str| broken(Oracle::Requests, format!("{why}: {uri}"));
    let mut given: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if given.insert(name.into_owned(), value.into_owned()).is_some() {
            return broken("a parameter is given twice");
        }
    }
    let mut take = |name: &str| given.remove(name);
    if request.http.method() != http::Method::GET || uri.path() != path(setup, watched) {
        return broken("it requests another path");
    }
    let is_watch = take("watch").as_deref() == Some("true");
    if is_watch != (request.kind == RequestKind::Watch) {
        return broken("its kind contradicts its URI");
    }
    let (version, matching) = (take("resourceVersion"), take("resourceVersionMatch"));
    let version = match version.as_deref() {
        None | Some("0") => version,
        Some(text) => match versions.plain(text) {
            Some(plain) => Some(plain.to_owned()),
            None => return broken("a version that no server sent"),
        },
    };
    let (continues, limit) = (take("continue"), take("limit"));
    let (initial, bookmarks) = (take("sendInitialEvents"), take("allowWatchBookmarks"));
    let timeout = take("timeoutSeconds");
    if take("labelSelector") != selector(setup) || !given.is_empty() {
        return broken("its parameters aren't those of the configuration");
    }
    let asked = Query {
        is_watch,
        is_streaming_list: initial.is_some(),
        is_page: continues.is_some(),
        token: continues.clone(),
        version: version.clone(),
        timeout: timeout.as_deref().and_then(|seconds| seconds.parse().ok()).unwrap_or_default(),
    };
    if is_watch {
        if !(1..=setup.watch).contains(&asked.timeout) {
            return broken("a watch has no timeoutSeconds, or one that isn't configured");
        }
        if (bookmarks.as_deref() == Some("true")) != setup.bookmarks {
            return broken("allowWatchBookmarks isn't as configured");
        }
        if continues.is_some() || limit.is_some() {
            return broken("a watch has pages");
        }
        return match (initial.as_deref(), matching.as_deref(), &version, position) {
            (Some("true"), Some("NotOlderThan"), version, Position::Unknown) if setup.bookmarks => {
                match version.as_deref() {
                    Some("0") if was_synced || !setup.any => broken("the list may be old"),
                    _ => Ok(asked),
                }
            }
            // A version check where LIST is forbidden: a list that isn't older than the delivered events.
            (
                Some("true"),
                Some("NotOlderThan"),
                Some(version),
                Position::At { revision, .. } | Position::Void(revision),
            ) if setup.bookmarks && *version == revision.to_string() => Ok(asked),
            (None, None, Some(version), Position::At { revision, .. } | Position::Void(revision))
                if *version == revision.to_string() =>
            {
                Ok(asked)
            }
            (None, None, Some(_), Position::Unknown) if setup.start == StartAt::Now && !was_synced => Ok(asked),
            _ => broken(&format!("it doesn't resume from the position ({position:?})")),
        };
    }
    if initial.is_some() || bookmarks.is_some() || timeout.is_some() {
        return broken("a list has parameters of a watch");
    }
    if continues.is_some() && (version.is_some() || matching.is_some()) {
        return broken("a page has a version");
    }
    if version.is_some() != matching.is_some() {
        return broken("a version without resourceVersionMatch");
    }
    if version.as_deref() == Some("0") && (was_synced || !setup.any) {
        return broken("the list may be old");
    }
    Ok(asked)
}

fn path(setup: &ClientSetup, watched: Watched) -> String {
    let (prefix, plural) = match watched {
        Watched::ConfigMaps => ("/api/v1", "configmaps"),
        Watched::Events => ("/api/v1", "events"),
        Watched::Secrets => ("/api/v1", "secrets"),
        Watched::Widgets => ("/apis/example.com/v1", "widgets"),
    };
    match &setup.namespace {
        Some(namespace) => format!("{prefix}/namespaces/{namespace}/{plural}"),
        None => format!("{prefix}/{plural}"),
    }
}

fn selector(setup: &ClientSetup) -> Option<String> {
    setup.label.as_ref().map(|label| match label {
        Label::Is(value) => format!("app={value}"),
        Label::IsNot(value) => format!("app!={value}"),
    })
}
