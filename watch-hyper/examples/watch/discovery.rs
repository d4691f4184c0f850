//! Finds the resource of a name without a version, by asking the server.

use core::error::Error;
use core::fmt::Display;
use core::future::poll_fn;
use core::time::Duration;

use bytes::Bytes;
use http_body::Body;
use http_body_util::{BodyExt, Limited};
use serde_json::Value;
use tower_service::Service;
use watch_hyper::watch_core::{Resource, ResourceName};

/// The largest reply; a list of one group has some kilobytes.
const LONGEST: usize = 8 << 20;
type BoxError = Box<dyn Error + Send + Sync>;

const PATIENCE: Duration = Duration::from_secs(15);

/// A name can be read in several ways. They are tried in the order of kubectl: first as a name with a version, then as
/// a name with a group. For a group, the version that the server prefers is tried first.
///
/// # Errors
/// Fails if the server has none of them, or doesn't answer.
pub(crate) async fn find<S, A, B>(name: &ResourceName, client: &mut S) -> Result<Resource, String>
where
    S: Service<http::Request<A>, Response = http::Response<B>, Error: Display>,
    A: From<Bytes>,
    B: Body<Error: Into<BoxError>>,
{
    tokio::time::timeout(PATIENCE, ask(name, client))
        .await
        .unwrap_or_else(|_| Err(format!("timeout: no answer within {PATIENCE:?}")))
        .and_then(|found| found.ok_or_else(|| "the server doesn't have it".into()))
        .map_err(|why| {
            format!("can't find out which resource {name} is: {why}; name its version: RESOURCE.VERSION.GROUP")
        })
}

async fn ask<S, A, B>(name: &ResourceName, client: &mut S) -> Result<Option<Resource>, String>
where
    S: Service<http::Request<A>, Response = http::Response<B>, Error: Display>,
    A: From<Bytes>,
    B: Body<Error: Into<BoxError>>,
{
    for reading in name.readings() {
        let versions = match reading.version {
            Some(version) => vec![version.to_owned()],
            None if reading.group.is_empty() => vec!["v1".to_owned()],
            None => versions(reading.group, client).await?,
        };
        for version in versions {
            let path = if reading.group.is_empty() {
                format!("/api/{version}")
            } else {
                format!("/apis/{}/{version}", reading.group)
            };
            let list = get(&path, client).await?.unwrap_or_default();
            let mut resources = list["resources"].as_array().into_iter().flatten();
            if resources.any(|resource| resource["name"] == reading.plural) {
                return Ok(Some(Resource::new(reading.group, &version, reading.plural)));
            }
        }
    }
    Ok(None)
}

/// Returns the versions of a group, the preferred one first.
async fn versions<S, A, B>(group: &str, client: &mut S) -> Result<Vec<String>, String>
where
    S: Service<http::Request<A>, Response = http::Response<B>, Error: Display>,
    A: From<Bytes>,
    B: Body<Error: Into<BoxError>>,
{
    let group = get(&format!("/apis/{group}"), client).await?.unwrap_or_default();
    let all = group["versions"].as_array().into_iter().flatten();
    let mut versions: Vec<_> = core::iter::once(&group["preferredVersion"])
        .chain(all)
        .filter_map(|version| version["version"].as_str().map(str::to_owned))
        .collect();
    versions.dedup();
    Ok(versions)
}

/// Sends a GET; `None` for a 404.
async fn get<S, A, B>(path: &str, client: &mut S) -> Result<Option<Value>, String>
where
    S: Service<http::Request<A>, Response = http::Response<B>, Error: Display>,
    A: From<Bytes>,
    B: Body<Error: Into<BoxError>>,
{
    let request = http::Request::get(path).header("Accept", "application/json").body(A::from(Bytes::new()));
    let request = request.map_err(|error| error.to_string())?;
    poll_fn(|cx| client.poll_ready(cx)).await.map_err(|error| error.to_string())?;
    let response = client.call(request).await.map_err(|error| error.to_string())?;
    match response.status().as_u16() {
        200 => {
            let body =
                Limited::new(response.into_body(), LONGEST).collect().await.map_err(|error| error.to_string())?;
            let json = serde_json::from_slice(&body.to_bytes());
            json.map(Some).map_err(|error| format!("GET {path} isn't answered with JSON: {error}"))
        }
        404 => Ok(None),
        status => Err(format!("GET {path} is answered with HTTP {status}")),
    }
}
