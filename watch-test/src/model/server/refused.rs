//! The replies of [`Fault::Refuse`](crate::fault::Fault::Refuse).

use http::header::{CONTENT_TYPE, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};
use watch_core::wire::Status;

use crate::fault::{Refusal, Shape};
use crate::model::endpoints::reply::Reply;

/// Returns the reply of a refusal.
pub(crate) fn refuse(refusal: &Refusal) -> Reply {
    let message = refusal.message.clone();
    let mut status =
        Status::from_response(refusal.status, message.as_deref().unwrap_or("refused by a fault rule").as_bytes());
    if let Some(reason) = &refusal.reason {
        status.reason.clone_from(reason);
    }
    if refusal.shape != Shape::Text {
        status.details.retry_after_seconds = refusal.retry_after.unwrap_or(0);
    }
    let code = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let text = |body: String, content_type: &'static str| {
        let mut reply = Reply::text(code, body);
        reply.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        reply
    };
    let mut reply = match refusal.shape {
        Shape::Json => Reply::status(&status, false),
        Shape::Pretty => Reply::status(&status, true),
        Shape::Bare => {
            let json = String::from_utf8_lossy(&status.to_json()).replacen(
                "\"kind\":\"Status\",\"apiVersion\":\"v1\",",
                "",
                1,
            );
            text(json, "text/plain; charset=utf-8")
        }
        Shape::Text => text(message.unwrap_or_else(|| text_of(refusal.status).into()), "text/plain; charset=utf-8"),
        Shape::Yaml => text(yaml(&status), "application/yaml"),
        Shape::Html => text(format!("<html><body><h1>{code}</h1></body></html>\n"), "text/html"),
        Shape::Empty => text(String::new(), "text/plain; charset=utf-8"),
    };
    reply.status = code;
    reply.headers.remove(RETRY_AFTER);
    if let Some(seconds) = refusal.retry_after {
        reply.headers.insert(RETRY_AFTER, seconds.into());
    }
    if !matches!(refusal.shape, Shape::Text | Shape::Bare) && refusal.status != 403 {
        reply.headers.remove(X_CONTENT_TYPE_OPTIONS);
    }
    reply
}

/// The plain texts of kube-apiserver's filters.
const fn text_of(status: u16) -> &'static str {
    match status {
        // Priority and fairness.
        429 => "Too many requests, please try again later.\n",
        404 => "404 page not found\n",
        500 => "This request caused apiserver to panic. Look in the logs for details.\n",
        // The aggregator.
        503 => "service unavailable\n",
        _ => "refused by a fault rule\n",
    }
}

/// A `Status` in YAML, keys sorted, as `sigs.k8s.io/yaml` writes it. JSON strings are YAML strings.
fn yaml(status: &Status) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    format!(
        "apiVersion: v1\ncode: {}\nkind: Status\nmessage: {}\nmetadata: {{}}\nreason: {}\nstatus: Failure\n",
        status.code,
        quoted(&status.message),
        quoted(&status.reason)
    )
}
