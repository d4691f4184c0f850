//! The health endpoints. The server is always healthy.

use http::StatusCode;
use http::header::X_CONTENT_TYPE_OPTIONS;

use crate::model::endpoints::reply::{Reply, nothing};

/// The names of the checks.
const CHECKS: [&str; 3] = ["ping", "log", "etcd"];

/// `GET /readyz`, `GET /readyz/ping`: one of the endpoints, or one of its checks.
pub(crate) fn health(endpoint: &str, check: Option<&str>, query: &str) -> Reply {
    if let Some(check) = check {
        let mut reply = Reply::text(StatusCode::OK, "ok");
        reply.headers.remove(X_CONTENT_TYPE_OPTIONS);
        return if CHECKS.contains(&check) { reply } else { nothing() };
    }
    if !form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "verbose") {
        return Reply::text(StatusCode::OK, "ok");
    }
    let lines: String = CHECKS.iter().map(|check| format!("[+]{check} ok\n")).collect();
    Reply::text(StatusCode::OK, format!("{lines}{endpoint} check passed\n"))
}
