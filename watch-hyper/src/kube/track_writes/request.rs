//! Which object a request writes, by its method and path.

use http::{Method, Request};
use kube_client::client::Body;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The subresources whose replies have the name and the version of the object.
const PARTS: [&str; 6] = ["status", "scale", "resize", "ephemeralcontainers", "approval", "finalize"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Write {
    pub(super) effect: Effect,
    group: Box<str>,
    plural: Box<str>,
    pub(super) namespace: Option<Box<str>>,
}

/// What a request that succeeds does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// The reply is the object, or another one with its metadata.
    Writes,
    /// The reply is the object, or a Status.
    Deletes { name: Box<str> },
    /// The reply is the list of the objects before their deletion, or a Status.
    DeletesCollection,
}

impl Write {
    /// Returns `None` for a request that writes no object, or whose reply doesn't show what it wrote.
    pub(super) fn of(request: &Request<Body>) -> Option<Self> {
        if request.uri().query().is_some_and(has_dry_run) {
            return None;
        }
        let Path { group, plural, namespace, name, part } = Path::of(request.uri().path())?;
        let effect = match (request.method(), name, part) {
            (&Method::POST, None, None) | (&Method::PUT | &Method::PATCH, Some(_), None) => Effect::Writes,
            (&Method::PUT | &Method::PATCH, Some(_), Some(part)) if PARTS.contains(&part) => Effect::Writes,
            (&Method::DELETE, Some(name), None) => Effect::Deletes { name: name.into() },
            (&Method::DELETE, None, None) => Effect::DeletesCollection,
            _ => return None,
        };
        Some(Self { effect, group: group.into(), plural: plural.into(), namespace: namespace.map(Box::from) })
    }

    pub(super) const fn is_deletion(&self) -> bool {
        !matches!(self.effect, Effect::Writes)
    }

    pub(super) fn is_to(&self, group: &str, plural: &str) -> bool {
        (&*self.group, &*self.plural) == (group, plural)
    }
}

/// The parts of a path, as in kube-apiserver's `RequestInfoFactory`.
struct Path<'a> {
    group: &'a str,
    plural: &'a str,
    namespace: Option<&'a str>,
    name: Option<&'a str>,
    part: Option<&'a str>,
}

impl<'a> Path<'a> {
    fn of(path: &'a str) -> Option<Self> {
        let mut segments = path.trim_matches('/').split('/');
        let group = match segments.next()? {
            "api" => "",
            "apis" => segments.next()?,
            _ => return None,
        };
        let _version = segments.next()?;
        let segments: Vec<_> = segments.collect();
        let (namespace, segments) = match *segments {
            // The parts of a namespace itself.
            ["namespaces", _, "status" | "finalize"] => (None, &segments[..]),
            ["namespaces", namespace, _, ..] => (Some(namespace), &segments[2..]),
            _ => (None, &segments[..]),
        };
        let (plural, name, part) = match *segments {
            [plural] => (plural, None, None),
            [plural, name] => (plural, Some(name), None),
            [plural, name, part] => (plural, Some(name), Some(part)),
            // Below a connection through `proxy`.
            _ => return None,
        };
        Some(Self { group, plural, namespace, name, part })
    }
}

fn has_dry_run(query: &str) -> bool {
    query.split('&').any(|pair| pair.split('=').next() == Some("dryRun"))
}

/// Returns whether the body of a DELETE, which has its options, requests a dry run.
pub(super) async fn is_dry_run(options: Option<Body>) -> bool {
    #[derive(Deserialize)]
    struct DeleteOptions {
        #[serde(rename = "dryRun")]
        dry_run: Option<Vec<IgnoredAny>>,
    }
    let Some(options) = options else { return false };
    let options = options.collect_bytes().await.ok();
    let options = options.and_then(|json| serde_json::from_slice::<DeleteOptions>(&json).ok());
    options.and_then(|options| options.dry_run).is_some_and(|stages| !stages.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(method: Method, uri: &str) -> Option<(String, Effect)> {
        let request = Request::builder().method(method).uri(uri).body(Body::empty()).unwrap();
        let write = Write::of(&request)?;
        let namespace = write.namespace.map_or_else(String::new, |namespace| format!(" in {namespace}"));
        Some((format!("{}/{}{namespace}", write.group, write.plural), write.effect))
    }

    #[test]
    fn a_path_names_what_is_written() {
        let deletes = |name: &str| Effect::Deletes { name: name.into() };
        for (method, uri, expected) in [
            (Method::POST, "/api/v1/namespaces/ns/pods?", Some(("/pods in ns", Effect::Writes))),
            (
                Method::PUT,
                "/apis/apps/v1/namespaces/ns/deployments/web",
                Some(("apps/deployments in ns", Effect::Writes)),
            ),
            (
                Method::PATCH,
                "/apis/apps/v1/namespaces/ns/deployments/web/scale?",
                Some(("apps/deployments in ns", Effect::Writes)),
            ),
            (
                Method::PATCH,
                "/api/v1/namespaces/ns/pods/p/status?&fieldManager=m",
                Some(("/pods in ns", Effect::Writes)),
            ),
            (Method::PUT, "/api/v1/nodes/n/status", Some(("/nodes", Effect::Writes))),
            (Method::DELETE, "/api/v1/nodes/n?", Some(("/nodes", deletes("n")))),
            (Method::DELETE, "/api/v1/namespaces/ns?", Some(("/namespaces", deletes("ns")))),
            (Method::PUT, "/api/v1/namespaces/ns/finalize", Some(("/namespaces", Effect::Writes))),
            (Method::PATCH, "/api/v1/namespaces/ns/status", Some(("/namespaces", Effect::Writes))),
            (
                Method::DELETE,
                "/api/v1/namespaces/ns/pods?&labelSelector=a",
                Some(("/pods in ns", Effect::DeletesCollection)),
            ),
            (Method::GET, "/api/v1/namespaces/ns/pods", None),
            (Method::POST, "/api/v1/namespaces/ns/pods?&dryRun=All", None),
            (Method::PATCH, "/api/v1/namespaces/ns/pods/p?&dryRun=All&force=true", None),
            (Method::POST, "/api/v1/namespaces/ns/pods/p/eviction?", None),
            (Method::POST, "/api/v1/namespaces/ns/pods/p/binding?", None),
            (Method::POST, "/api/v1/namespaces/ns/serviceaccounts/s/token?", None),
            (Method::PUT, "/api/v1/namespaces/ns/pods/p/proxy", None),
            (Method::PUT, "/api/v1/namespaces/ns/pods/p/proxy/a/b", None),
            (Method::POST, "/api/v1", None),
            (Method::POST, "/version", None),
        ] {
            let found = written(method.clone(), uri);
            assert_eq!(found, expected.map(|(of, effect)| (of.to_owned(), effect)), "{method} {uri}");
        }
    }
}
