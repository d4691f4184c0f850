//! The admin path: the methods for tests, over HTTP, for tests in any language.
//!
//! | request | body | what it does |
//! |---|---|---|
//! | `GET /-/` | | returns this table, and each action |
//! | `GET /-/state` | | returns the revision, the time, open watches |
//! | `GET /-/requests` | | returns every request so far |
//! | `DELETE /-/requests` | | removes them |
//! | `GET /-/faults` | | returns the rules that can still apply |
//! | `POST /-/faults` | a [`Rule`] | adds a rule |
//! | `DELETE /-/faults` | | removes all rules |
//! | `POST /-/ACTION` | the fields of an [`Action`](action::Action) | executes it |
//!
//! An invalid request is answered with 400 and `{"error": …}`, which names the field and the valid values.

mod action;
mod index;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use self::action::act;
use super::shared::Shared;
use crate::fault::Rule;

/// Answers a request for the admin path; returns `None` for other paths.
pub(crate) fn answer(shared: &Shared, request: &Request<Bytes>) -> Option<Response<Bytes>> {
    let what = request.uri().path().strip_prefix("/-/")?;
    let result = match (request.method(), what) {
        (&Method::GET, "") => Ok(index::all()),
        (&Method::GET, "state") => Ok(state(shared)),
        (&Method::GET, "requests") => Ok(shared.with(|server, _| json!(server.requests()))),
        (&Method::DELETE, "requests") => {
            shared.with(|server, _| server.clear_requests());
            Ok(json!([]))
        }
        (&Method::GET, "faults") => Ok(shared.with(|server, _| json!(server.rules()))),
        (&Method::POST, "faults") => add_rule(shared, request.body()),
        (&Method::DELETE, "faults") => {
            shared.with(|server, _| server.clear_rules());
            Ok(json!([]))
        }
        (&Method::POST, name) => act(shared, name, request.body()),
        _ => Err(format!("there is no {} /-/{what}; GET /-/ lists all of them", request.method())),
    };
    let (status, body) = match result {
        Ok(body) => (StatusCode::OK, body),
        Err(error) => (StatusCode::BAD_REQUEST, json!({ "error": error })),
    };
    let mut response = Response::new(Bytes::from(format!("{body}\n")));
    *response.status_mut() = status;
    response.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    Some(response)
}

fn state(shared: &Shared) -> Value {
    shared.with(|server, now| {
        json!({
            "resourceVersion": server.resource_version(),
            "now": u64::try_from(now.as_millis()).unwrap_or(u64::MAX),
            "openWatches": server.open_watches(),
            "requests": server.requests().len(),
        })
    })
}

fn add_rule(shared: &Shared, body: &[u8]) -> Result<Value, String> {
    let rule: Rule = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    Ok(shared.with(|server, _| {
        server.inject(rule);
        json!(server.rules())
    }))
}
