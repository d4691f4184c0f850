//! What the requests tell of how a machine was configured.

use std::collections::BTreeMap;

use serde_json::Value;
use watch_core::trace::Entry;

use super::{Beginning, Described};

/// All that can be read off the requests: of what, and from where, off the first; the rest is as usual.
pub(super) fn from(entries: &[Entry]) -> Result<Described, String> {
    let requests: Vec<Asked> = entries.iter().filter_map(asked).collect();
    let first = requests.first().ok_or("there is no request in it, and no first line with `watch`")?;
    let mut described = path(&first.path)?;
    let take = |name: &str| first.query.get(name).cloned();
    described.labels = take("labelSelector").unwrap_or_default();
    described.fields = take("fieldSelector").unwrap_or_default();
    described.metadata = first.is_metadata;
    let version = take("resourceVersion").unwrap_or_default();
    let has_set = !first.is_watch() || take("sendInitialEvents").is_some();
    match (first.is_watch(), has_set) {
        (true, false) => described.start = Beginning::After(version),
        (true, true) => described.not_older_than = version,
        // Who wants the version only asks for one object.
        (false, _) if version.is_empty() && take("limit").as_deref() == Some("1") => described.start = Beginning::Now,
        (false, _) => (described.start, described.not_older_than) = (Beginning::List, version),
    }
    if let Some(watch) = requests.iter().find(|request| request.is_watch()) {
        described.bookmarks = watch.query.contains_key("allowWatchBookmarks");
    }
    let is_set = |request: &&Asked| {
        let limit = request.query.get("limit").map(String::as_str);
        !request.is_watch() && !request.query.contains_key("resourceVersion") && limit != Some("1")
    };
    if let Some(list) = requests.iter().find(is_set) {
        described.page = list.query.get("limit").and_then(|limit| limit.parse().ok());
    }
    Ok(described)
}

/// A request, as a trace has it.
struct Asked {
    path: String,
    query: BTreeMap<String, String>,
    is_metadata: bool,
}

impl Asked {
    fn is_watch(&self) -> bool {
        self.query.contains_key("watch")
    }
}

fn asked(entry: &Entry) -> Option<Asked> {
    let Entry::Polled { output, .. } = entry else { return None };
    let output: Value = serde_json::from_str(output.get()).ok()?;
    let request = output.get("Send")?;
    let uri: http::Uri = request["uri"].as_str()?.parse().ok()?;
    Some(Asked {
        path: uri.path().to_owned(),
        query: form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect(),
        is_metadata: request["headers"]["accept"].as_str().is_some_and(|accept| accept.contains("as=Partial")),
    })
}

/// `/api/v1/namespaces/default/pods`, `/apis/apps/v1/deployments`
fn path(path: &str) -> Result<Described, String> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let (group, version, rest) = match parts.as_slice() {
        ["api", version, rest @ ..] => ("", *version, rest),
        ["apis", group, version, rest @ ..] => (*group, *version, rest),
        _ => return Err(format!("{path} is no path of a resource")),
    };
    let (namespace, resource) = match rest {
        [resource] => (None, *resource),
        ["namespaces", namespace, resource] => (Some((*namespace).to_owned()), *resource),
        _ => return Err(format!("{path} is no path of a resource")),
    };
    Ok(Described {
        group: group.into(),
        version: version.into(),
        resource: resource.into(),
        namespace,
        ..Described::default()
    })
}
