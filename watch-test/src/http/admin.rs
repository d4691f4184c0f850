//! The admin path: what a test in any language can have the server do, over HTTP.
//!
//! | request | body | what it does |
//! |---|---|---|
//! | `GET /-/state` | | the revision, the time, open watches |
//! | `GET /-/requests` | | every request so far |
//! | `GET /-/faults` | | the rules that can still apply |
//! | `POST /-/faults` | a [`Rule`] | adds one |
//! | `DELETE /-/faults` | | removes all |
//! | `POST /-/ACTION` | the fields of an [`Action`] | does it |

use core::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::shared::Shared;
use crate::fault::Rule;
use crate::model::End;

/// What can be done; each with its name, in camel case, behind `/-/`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
enum Action {
    /// Forgets what was before a version, or before now.
    Expire { before: Option<u64> },
    /// Ends all open watches.
    Disconnect { end: Option<End> },
    /// Sends bookmarks.
    Bookmarks {},
    /// Crashes and comes back, so many revisions later.
    Restart {
        #[serde(default)]
        gap: u64,
    },
    /// Goes back to a version.
    Restore { resource_version: u64 },
    /// Goes back to a version while the servers go on.
    RestoreBehind { resource_version: u64 },
    /// Lets revisions pass.
    Skip { revisions: u64 },
    /// Has a replica's caches hear nothing, or hear it all again.
    Lag { replica: usize, lagging: bool },
    /// Has the cache of a resource refuse for so many milliseconds.
    Unready { resource: String, lasts: u64 },
    /// Puts the clock forward by so many milliseconds.
    Advance { by: u64 },
    /// Sends GOAWAY on every HTTP/2 connection, and closes idle ones.
    GoAway {},
}

/// Answers a request for the admin path; `None` if it is for the API.
pub(crate) fn answer(shared: &Shared, request: &Request<Bytes>) -> Option<Response<Bytes>> {
    let what = request.uri().path().strip_prefix("/-/")?;
    let result = match (request.method(), what) {
        (&Method::GET, "state") => Ok(state(shared)),
        (&Method::GET, "requests") => Ok(shared.with(|server, _| json!(server.requests()))),
        (&Method::GET, "faults") => Ok(shared.with(|server, _| json!(server.rules()))),
        (&Method::POST, "faults") => add_rule(shared, request.body()),
        (&Method::DELETE, "faults") => {
            shared.with(|server, _| server.clear_rules());
            Ok(json!([]))
        }
        (&Method::POST, name) => act(shared, name, request.body()),
        _ => Err(format!("no such thing as {} /-/{what}", request.method())),
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

fn act(shared: &Shared, name: &str, body: &[u8]) -> Result<Value, String> {
    let fields: Value =
        if body.is_empty() { json!({}) } else { serde_json::from_slice(body).map_err(|error| error.to_string())? };
    let action: Action = serde_json::from_value(json!({ name: fields })).map_err(|error| error.to_string())?;
    shared.with(|server, now| match &action {
        Action::Expire { before: Some(version) } => server.expire_before(*version),
        Action::Expire { before: None } => server.expire(),
        Action::Disconnect { end: Some(End::Complete) } => server.end_watches(),
        Action::Disconnect { end: Some(End::Reset) } => server.reset(),
        Action::Disconnect { end: Some(End::Cut) | None } => server.disconnect(),
        Action::Bookmarks {} => server.send_bookmarks(),
        Action::Restart { gap } => server.restart(*gap),
        Action::Restore { resource_version } => server.restore(*resource_version),
        Action::RestoreBehind { resource_version } => server.restore_behind(*resource_version),
        Action::Skip { revisions } => server.skip_revisions(*revisions),
        Action::Lag { replica, lagging } => server.set_lagging(now, *replica, *lagging),
        Action::Unready { resource, lasts } => server.set_unready_for(now, resource, Duration::from_millis(*lasts)),
        Action::Advance { .. } | Action::GoAway {} => {}
    });
    match action {
        Action::Advance { by } => shared.advance(Duration::from_millis(by)),
        Action::GoAway {} => shared.go_away(),
        _ => {}
    }
    Ok(state(shared))
}
