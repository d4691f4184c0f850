//! Discovery: what the server reports about itself.

mod documents;
mod health;
mod negotiated;
mod openapi;

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};

use self::health::health;
use self::negotiated::{REFUSAL, discovered, negotiated};
use crate::model::endpoints::reply::{Reply, nothing};
use crate::model::endpoints::request::ApiRequest;
use crate::model::endpoints::route::Route;
use crate::model::storage::resources::Resources;
use crate::model::validation::errors::no_such_resource;

const OPENAPI_PROTOBUF: HeaderValue =
    HeaderValue::from_static("application/com.github.proto-openapi.spec.v2.v1.0+protobuf");

/// Answers a request that isn't about a resource.
pub(crate) fn answer(route: &Route, request: &ApiRequest<'_>, resources: &Resources) -> Reply {
    match route {
        Route::Health { endpoint, check } => health(endpoint, check.as_deref(), request.query),
        Route::Version => Reply::json(StatusCode::OK, documents::version(resources.release())),
        Route::CoreVersions => negotiated(
            request,
            "406: Not Acceptable\n\nAvailable representations: ",
            || documents::core_versions(request.host),
            || documents::aggregated(resources, true),
        ),
        Route::Groups => {
            negotiated(request, REFUSAL, || documents::groups(resources), || documents::aggregated(resources, false))
        }
        Route::Group(name) => match documents::group(resources, name) {
            Some(group) => discovered(group, request),
            None => nothing(),
        },
        Route::Resources { group, version } => discovered(documents::resource_list(resources, group, version), request),
        Route::OpenApiV2 if wants_protobuf(request.headers) => {
            let mut reply = Reply::json(StatusCode::OK, openapi::v2_protobuf());
            reply.headers.insert(CONTENT_TYPE, OPENAPI_PROTOBUF);
            reply
        }
        Route::OpenApiV2 => Reply::json(StatusCode::OK, openapi::v2()),
        Route::OpenApiIndex => Reply::json(StatusCode::OK, openapi::openapi_index(resources)),
        Route::OpenApi { group, version } => Reply::json(StatusCode::OK, openapi::openapi(resources, group, version)),
        Route::UnknownResource => Reply::status(&no_such_resource(), request.pretty_errors),
        Route::Nothing | Route::Resource(_) => nothing(),
    }
}

fn wants_protobuf(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accept.contains("proto-openapi.spec.v2")
}
