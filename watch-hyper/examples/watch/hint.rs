//! What a person can do about trouble.

use watch_hyper::watch_core::{Cause, TransportErrorKind, Trouble};

const NO_RESOURCE: &str = "the server doesn't have this resource; `kubectl api-resources` lists NAME and APIVERSION, \
     and apps/v1 deployments is written deployments.apps or deployments.v1.apps";

/// Advice; `None` where waiting is all there is to do.
pub(crate) fn hint(trouble: &Trouble) -> Option<&'static str> {
    match &trouble.cause {
        Cause::Status(status) => match status.code {
            400 | 422 => Some("check --selector, --field-selector and --from"),
            401 => Some("the server wants to know who you are: give --token-file, --token, or --client-cert"),
            403 => Some("whoever you are needs the verbs list and watch on this resource (Role, ClusterRole)"),
            404 => Some(NO_RESOURCE),
            405 => Some("the server has this resource, but it can't be watched"),
            _ => None,
        },
        Cause::Transport(error) => match error.kind {
            TransportErrorKind::Refused => Some("nobody listens there now; trying again for ever (Ctrl-C ends it)"),
            TransportErrorKind::Resolve => Some("check the host name in --server"),
            // What rustls says of an answer that isn't TLS at all.
            TransportErrorKind::Tls if error.message.contains("InvalidContentType") => {
                Some("what answers there doesn't speak TLS: http:// instead of https:// in --server?")
            }
            TransportErrorKind::Tls => Some(
                "give the server's certificate authority with --ca; \
                                             for a test cluster --insecure will do",
            ),
            TransportErrorKind::Credentials => Some("check --token-file"),
            TransportErrorKind::Protocol => Some("is this an API server? check https:// and the port in --server"),
            _ => None,
        },
        // kube-apiserver says so in plain text where it doesn't know the group or version.
        Cause::UnexpectedResponse { status: 404, .. } => Some(NO_RESOURCE),
        Cause::UnexpectedResponse { status: 503, excerpt, .. } if is_about_another_server(excerpt) => {
            Some("the API server can't reach the one that has this resource (`kubectl get apiservices`); trying again")
        }
        // Go's servers, the API server among them, say in plain text that they are busy, starting or stopping.
        Cause::UnexpectedResponse { status: 429 | 500.., kind, .. } if kind.starts_with("text/plain") => None,
        Cause::UnexpectedResponse { .. } => {
            Some("something else than an API server answers there: a proxy, a login page?")
        }
        _ => None,
    }
}

/// What kube-apiserver's aggregation layer says in plain text (`proxyHandler`, `proxyErrorResponder`) when the server that
/// it would ask isn't available.
fn is_about_another_server(excerpt: &str) -> bool {
    excerpt.starts_with("service unavailable") || excerpt.starts_with("error trying to reach service")
}
