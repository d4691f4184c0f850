//! What an operator can do about trouble.

use watch_hyper::watch_core::{Cause, TransportErrorKind, Trouble};

const NO_RESOURCE: &str = "the server doesn't have this resource; `kubectl api-resources` lists NAME and APIVERSION, \
     and apps/v1 deployments is written deployments.apps or deployments.v1.apps";

/// Returns advice; `None` if there is nothing to do but wait.
pub(crate) fn hint(trouble: &Trouble) -> Option<&'static str> {
    match &trouble.cause {
        Cause::Status(status) => match status.code {
            400 | 422 => Some("check --selector, --field-selector and --from"),
            401 => Some("unauthorized: give --token-file, --token, or --client-cert"),
            403 => Some("forbidden: grant this user the verbs list and watch on this resource (Role, ClusterRole)"),
            404 => Some(NO_RESOURCE),
            405 => Some("the server has this resource, but it can't be watched"),
            _ => None,
        },
        Cause::Transport(error) => match error.kind {
            TransportErrorKind::Refused => Some("no server listens there; the watch will retry until Ctrl-C"),
            TransportErrorKind::Resolve => Some("check the host name in --server"),
            // rustls' error for a reply that isn't TLS.
            TransportErrorKind::Tls if error.message.contains("InvalidContentType") => {
                Some("the server there doesn't speak TLS: http:// instead of https:// in --server?")
            }
            TransportErrorKind::Tls => Some(
                "give the server's certificate authority with --ca; \
                                             for a test cluster --insecure will do",
            ),
            TransportErrorKind::Credentials => Some("check --token-file"),
            TransportErrorKind::Protocol => Some("is this an API server? check https:// and the port in --server"),
            _ => None,
        },
        // kube-apiserver replies with plain text if it doesn't know the group or version.
        Cause::UnexpectedResponse { status: 404, .. } => Some(NO_RESOURCE),
        Cause::UnexpectedResponse { status: 503, excerpt, .. } if is_about_another_server(excerpt) => Some(
            "the API server can't reach the one that has this resource (`kubectl get apiservices`); the watch will retry",
        ),
        // Servers in Go, including the API server, reply with plain text while they are busy, starting or stopping.
        Cause::UnexpectedResponse { status: 429 | 500.., kind, .. } if kind.starts_with("text/plain") => None,
        Cause::UnexpectedResponse { .. } => Some("the reply isn't from an API server: a proxy, a login page?"),
        _ => None,
    }
}

/// Whether it is the plain text of kube-apiserver's aggregation layer (`proxyHandler`, `proxyErrorResponder`) about an
/// unavailable aggregated server.
fn is_about_another_server(excerpt: &str) -> bool {
    excerpt.starts_with("service unavailable") || excerpt.starts_with("error trying to reach service")
}
