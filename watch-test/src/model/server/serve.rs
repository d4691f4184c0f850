//! Requests: who asks, and for what.

use core::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};

use super::active_faults::{Befalls, refuse, verb};
use super::exchange::{ExchangeId, ResponseHead, State};
use super::log::LoggedRequest;
use super::poll::whole;
use super::verbs::Refusal;
use crate::model::ApiServer;
use crate::model::admission::dry_run;
use crate::model::discovery::documents;
use crate::model::discovery::health::health;
use crate::model::discovery::negotiated::{REFUSAL, discovered, negotiated};
use crate::model::discovery::openapi;
use crate::model::encode::go_errors::duration_error;
use crate::model::endpoints::access::CertificateName;
use crate::model::endpoints::collection::Collection;
use crate::model::endpoints::negotiate::pretty_errors;
use crate::model::endpoints::reply::{Reply, bad_request, no_such_resource, not_allowed, nothing};
use crate::model::endpoints::route::{Route, Target};
use crate::model::endpoints::subresource::{EVICTION, SCALE, check_subresource, part};

/// A request, taken apart.
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a Method,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    /// Where the client says that it found the server.
    pub(crate) host: &'a str,
    pub(crate) body: &'a [u8],
    pub(crate) certificate: Option<&'a CertificateName>,
    pub(crate) pretty_errors: bool,
}

impl ApiServer {
    /// Takes in a request. What to send in reply is then said by [`Self::poll`].
    pub fn request(&mut self, now: Duration, request: &Request<Bytes>) -> ExchangeId {
        self.tick(now);
        let id = ExchangeId(self.next_exchange);
        self.next_exchange += 1;
        let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
        let logged = self.log.push(LoggedRequest::new(now, request.method(), path, query, request.headers()));
        let asked = Asked {
            method: request.method(),
            query,
            headers: request.headers(),
            host: host(request),
            body: request.body(),
            certificate: request.extensions().get(),
            pretty_errors: pretty_errors(request.headers(), query),
        };
        let route = Route::parse(path, &self.resources);
        let (befalls, fault) = self.befall(request.method(), request.uri(), &route);
        let answer = match &befalls.refusal {
            Some(refusal) => whole(refuse(refusal)),
            None => self.route(now, route, &asked, &befalls),
        };
        if let Some(logged) = self.log.get_mut(logged) {
            logged.fault = fault;
        }
        self.open(now, id, answer, &befalls, logged);
        id
    }

    fn route(
        &mut self,
        now: Duration,
        route: Route,
        asked: &Asked<'_>,
        befalls: &Befalls,
    ) -> (State, Option<ResponseHead>) {
        if let Some(why) = timeout_error(&route, asked) {
            let status = bad_request(format!("invalid timeout specified in the request URL - {why}"));
            return whole(Reply::status(&status, asked.pretty_errors));
        }
        let user = match self.config.access.authenticate(asked.headers, asked.certificate) {
            Ok(user) => user,
            Err(status) => return whole(Reply::status(&status, asked.pretty_errors)),
        };
        let reply = match route {
            Route::Resource(target) => return self.serve(now, &user, &target, asked, befalls),
            Route::Health { endpoint, check } => health(&endpoint, check.as_deref(), asked.query),
            Route::Version => Reply::json(StatusCode::OK, documents::version()),
            Route::CoreVersions => negotiated(
                asked,
                "406: Not Acceptable\n\nAvailable representations: ",
                || documents::core_versions(asked.host),
                || documents::aggregated(&self.resources, true),
            ),
            Route::Groups => negotiated(
                asked,
                REFUSAL,
                || documents::groups(&self.resources),
                || documents::aggregated(&self.resources, false),
            ),
            Route::Group(name) => match documents::group(&self.resources, &name) {
                Some(group) => discovered(group, asked),
                None => nothing(),
            },
            Route::Resources { group, version } => {
                discovered(documents::resource_list(&self.resources, &group, &version), asked)
            }
            Route::OpenApiV2 if wants_protobuf(asked.headers) => {
                let mut reply = Reply::json(StatusCode::OK, openapi::v2_protobuf());
                reply.headers.insert(CONTENT_TYPE, OPENAPI_PROTOBUF);
                reply
            }
            Route::OpenApiV2 => Reply::json(StatusCode::OK, openapi::v2()),
            Route::OpenApiIndex => Reply::json(StatusCode::OK, openapi::openapi_index(&self.resources)),
            Route::OpenApi { group, version } => {
                Reply::json(StatusCode::OK, openapi::openapi(&self.resources, &group, &version))
            }
            Route::UnknownResource => Reply::status(&no_such_resource(), asked.pretty_errors),
            Route::Nothing => nothing(),
        };
        whole(reply)
    }

    fn serve(
        &mut self,
        now: Duration,
        user: &str,
        target: &Target,
        asked: &Asked<'_>,
        befalls: &Befalls,
    ) -> (State, Option<ResponseHead>) {
        let is_read = asked.method == Method::GET;
        let allowed = self.config.access.authorize(user, verb(asked.method, target, asked.query), target);
        if let Err(status) = allowed {
            return whole(Reply::status(&status, asked.pretty_errors));
        }
        if is_read && (target.name.is_none() || target.is_watch_path) {
            let collection = self.collection(target, asked, befalls);
            return match collection {
                Ok(collection) => self.answer(now, &collection, false),
                Err(reply) => whole(reply),
            };
        }
        let reply = self.act(now, target, asked);
        self.is_dry_run = false;
        whole(reply.unwrap_or_else(|refusal| match refusal {
            Refusal::Status(status) => Reply::status(&status, asked.pretty_errors),
            Refusal::Reply(reply) => reply,
        }))
    }

    fn act(&mut self, now: Duration, target: &Target, asked: &Asked<'_>) -> Result<Reply, Refusal> {
        if let Some(name) = &target.name {
            check_subresource(asked.method, target, name)?;
        }
        self.is_dry_run = dry_run::of(asked)?;
        let part = part(target).map(|part| part.name);
        match (asked.method.as_str(), &target.name) {
            ("GET", Some(name)) if part == Some(SCALE) => self.get_scale(now, target, name, asked),
            ("PUT", Some(name)) if part == Some(SCALE) => self.put_scale(now, target, name, asked),
            ("PATCH", Some(name)) if part == Some(SCALE) => self.patch_scale(now, target, name, asked),
            ("POST", Some(name)) if part == Some(EVICTION) => self.evict(now, target, name, asked),
            ("GET", Some(name)) => self.get(now, target, name, asked),
            // Custom resources are looked up, not routed.
            ("POST" | "DELETE", None)
                if target.resource.custom && target.resource.namespaced && target.namespace.is_none() =>
            {
                Ok(nothing())
            }
            ("PUT" | "PATCH", None) if target.resource.custom => Err(bad_request("name must be provided").into()),
            ("POST", None) => self.post(now, target, asked),
            ("PUT", Some(name)) => self.put_request(now, target, name, asked),
            ("PATCH", Some(name)) => self.patch_request(now, target, name, asked),
            ("DELETE", Some(name)) => self.delete_request(now, target, name, asked),
            // Of one namespace at a time.
            ("DELETE", None)
                if target.resource.has_deletecollection()
                    && target.resource.namespaced == target.namespace.is_some() =>
            {
                self.delete_collection(now, target, asked)
            }
            _ => Err(not_allowed().into()),
        }
    }

    pub(crate) fn collection(
        &self,
        target: &Target,
        asked: &Asked<'_>,
        befalls: &Befalls,
    ) -> Result<Collection, Reply> {
        Collection::read(target, asked.query, asked.headers, self.config.watch_list, asked.pretty_errors, befalls)
    }

    /// The time since 1970.
    pub(crate) fn clock(&self, now: Duration) -> Duration {
        self.config.epoch + now
    }

    /// The headers that every reply has.
    pub(crate) fn stamp(&mut self, headers: &mut HeaderMap) {
        const AUDIT_ID: HeaderName = HeaderName::from_static("audit-id");
        if let Ok(id) = HeaderValue::try_from(self.rng.uuid()) {
            headers.insert(AUDIT_ID, id);
        }
    }
}

/// In HTTP/2 it stands in the URI.
fn host(request: &Request<Bytes>) -> &str {
    let in_header = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    request.uri().authority().map(http::uri::Authority::as_str).or(in_header).unwrap_or("127.0.0.1")
}

/// What is wrong with `timeout`, which watches don't have (`WithRequestDeadline`: before anybody asks who it is).
fn timeout_error(route: &Route, asked: &Asked<'_>) -> Option<String> {
    let Route::Resource(target) = route else { return None };
    if verb(asked.method, target, asked.query) == "watch" {
        return None;
    }
    let mut parameters = form_urlencoded::parse(asked.query.as_bytes());
    let (_, timeout) = parameters.find(|(name, value)| name == "timeout" && !value.is_empty())?;
    duration_error(&timeout)
}

const OPENAPI_PROTOBUF: HeaderValue =
    HeaderValue::from_static("application/com.github.proto-openapi.spec.v2.v1.0+protobuf");

fn wants_protobuf(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accept.contains("proto-openapi.spec.v2")
}
