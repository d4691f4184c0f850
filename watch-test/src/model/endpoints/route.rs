//! Routes: the meaning of a path.

use std::sync::Arc;

use http::Method;
use percent_encoding::percent_decode_str;
use watch_core::wire::ListOptions;

use crate::model::storage::resource::Resource;
use crate::model::storage::resources::Resources;

/// The target of a request.
#[derive(Clone, Debug)]
pub(crate) enum Route {
    /// A resource, one of its objects, or a part of one.
    Resource(Target),
    /// `/healthz`, `/livez`, `/readyz`, and one check of those
    Health { endpoint: String, check: Option<String> },
    /// `/version`
    Version,
    /// `/api`
    CoreVersions,
    /// `/apis`
    Groups,
    /// `/apis/GROUP`
    Group(String),
    /// `/openapi/v2`
    OpenApiV2,
    /// `/openapi/v3`
    OpenApiIndex,
    /// `/openapi/v3/api/v1`, `/openapi/v3/apis/GROUP/VERSION`
    OpenApi { group: String, version: String },
    /// `/api/v1`, `/apis/GROUP/VERSION`
    Resources { group: String, version: String },
    /// The group is served but has no such resource: 404 with a Status.
    UnknownResource,
    /// Nothing is served there: 404 in plain text.
    Nothing,
}

/// See [`Route::Resource`].
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) resource: Arc<Resource>,
    pub(crate) namespace: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) subresource: Option<String>,
    /// `/api/v1/watch/…`, deprecated since 1.11 and still served.
    pub(crate) is_watch_path: bool,
}

impl Route {
    pub(crate) fn parse(path: &str, resources: &Resources) -> Self {
        let decoded = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
        let parts: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(decoded).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        match parts.as_slice() {
            [endpoint @ ("healthz" | "livez" | "readyz"), check @ ..] => {
                Self::Health { endpoint: (*endpoint).to_owned(), check: (!check.is_empty()).then(|| check.join("/")) }
            }
            ["version"] => Self::Version,
            ["openapi", "v2"] => Self::OpenApiV2,
            ["openapi", "v3"] => Self::OpenApiIndex,
            ["openapi", "v3", "api", version] => Self::openapi("", version),
            ["openapi", "v3", "apis", group, version] => Self::openapi(group, version),
            ["api"] => Self::CoreVersions,
            ["apis"] => Self::Groups,
            ["apis", group] => Self::Group((*group).to_owned()),
            ["api", version, rest @ ..] => Self::within("", version, rest, resources),
            ["apis", group, version, rest @ ..] => Self::within(group, version, rest, resources),
            _ => Self::Nothing,
        }
    }

    fn openapi(group: &str, version: &str) -> Self {
        Self::OpenApi { group: group.to_owned(), version: version.to_owned() }
    }

    fn within(group: &str, version: &str, rest: &[&str], resources: &Resources) -> Self {
        if !resources.has_group(group, version) {
            let is_built_in = resources.iter().any(|known| !known.custom && known.group == group);
            return if is_built_in { Self::UnknownResource } else { Self::Nothing };
        }
        if rest.is_empty() {
            return Self::Resources { group: group.to_owned(), version: version.to_owned() };
        }
        let (is_watch_path, rest) = match rest {
            ["watch", rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let (namespace, rest) = match rest {
            ["namespaces", namespace, rest @ ..] if !rest.is_empty() && !is_part_of_namespace(rest) => {
                (Some(*namespace), rest)
            }
            rest => (None, rest),
        };
        let (plural, name, subresource) = match rest {
            [plural] => (plural, None, None),
            [plural, name] => (plural, Some(*name), None),
            [plural, name, subresource] => (plural, Some(*name), Some(*subresource)),
            _ => return Self::UnknownResource,
        };
        match resources.at(group, version, plural) {
            // An object in a namespace has no path outside of its namespace.
            Some(resource) if resource.namespaced == namespace.is_some() || (namespace.is_none() && name.is_none()) => {
                Self::Resource(Target {
                    resource: resource.clone(),
                    namespace: namespace.map(str::to_owned),
                    name: name.map(str::to_owned),
                    subresource: subresource.map(str::to_owned),
                    is_watch_path,
                })
            }
            // Paths below the group of custom resources aren't routed but looked up, and then not found.
            _ if resources.iter().any(|known| known.custom && known.group == group) => Self::Nothing,
            _ => Self::UnknownResource,
        }
    }
}

impl Target {
    /// Returns the verb of a request, as authorization names it.
    pub(crate) fn verb(&self, method: &Method, query: &str) -> &'static str {
        let is_watch = || ListOptions::from_query(query).is_ok_and(|options| options.watch);
        match (method.as_str(), &self.name) {
            ("GET", _) if self.is_watch_path => "watch",
            ("GET", None) if is_watch() => "watch",
            ("GET", None) => "list",
            ("GET", Some(_)) => "get",
            ("POST", _) => "create",
            ("PUT", _) => "update",
            ("PATCH", _) => "patch",
            ("DELETE", None) => "deletecollection",
            _ => "delete",
        }
    }
}

/// `/api/v1/namespaces/NAME/status` is about the namespace itself.
fn is_part_of_namespace(rest: &[&str]) -> bool {
    matches!(rest, ["status" | "finalize"])
}
