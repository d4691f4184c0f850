//! Requests: authentication and routing.

use core::time::Duration;

use bytes::Bytes;
use http::{Method, Request};

use super::ApiServer;
use super::active_faults::ActiveFaults;
use super::collection::Collection;
use super::dispatch::dispatch;
use super::exchange::{ExchangeId, ReplyStart};
use super::log::LoggedRequest;
use super::objects::ObjectRequest;
use super::refused::refuse;
use crate::model::discovery;
use crate::model::encode::go_errors::duration_error;
use crate::model::endpoints::reply::Reply;
use crate::model::endpoints::request::ApiRequest;
use crate::model::endpoints::route::{Route, Target};
use crate::model::validation::errors::bad_request;

impl ApiServer {
    /// Begins an exchange with a request. [`Self::poll`] returns the reply.
    pub fn request(&mut self, now: Duration, request: &Request<Bytes>) -> ExchangeId {
        self.tick(now);
        let id = ExchangeId(self.next_exchange);
        self.next_exchange += 1;
        let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
        let logged = self.log.push(LoggedRequest::new(now, request.method(), path, query, request.headers()));
        let route = Route::parse(path, &self.cluster.resources);
        let (faults, fault) = self.rules.match_faults(request.method(), request.uri(), &route);
        self.cluster.add_replicas_up_to(faults.replica);
        let answer = match &faults.refusal {
            Some(refusal) => ReplyStart::complete(refuse(refusal)),
            None => self.answer(now, &route, &ApiRequest::new(request), &faults),
        };
        if let Some(logged) = self.log.get_mut(logged) {
            logged.fault = fault;
        }
        self.open(now, id, answer, &faults, logged);
        id
    }

    fn answer(&mut self, now: Duration, route: &Route, request: &ApiRequest<'_>, faults: &ActiveFaults) -> ReplyStart {
        if let Some(why) = timeout_error(route, request) {
            let status = bad_request(format!("invalid timeout specified in the request URL - {why}"));
            return ReplyStart::complete(Reply::status(&status, request.pretty_errors));
        }
        let user = match self.settings.access.authenticate(request.headers, request.certificate) {
            Ok(user) => user,
            Err(status) => return ReplyStart::complete(Reply::status(&status, request.pretty_errors)),
        };
        match route {
            Route::Resource(target) => self.answer_about(now, &user, target, request, faults),
            other => ReplyStart::complete(discovery::answer(other, request, &self.cluster.resources)),
        }
    }

    /// Answers a request about a resource, or about one of its objects.
    fn answer_about(
        &mut self,
        now: Duration,
        user: &str,
        target: &Target,
        request: &ApiRequest<'_>,
        faults: &ActiveFaults,
    ) -> ReplyStart {
        let verb = target.verb(request.method, request.query);
        if let Err(status) = self.settings.access.authorize(user, verb, target) {
            return ReplyStart::complete(Reply::status(&status, request.pretty_errors));
        }
        if request.method == Method::GET && (target.name.is_none() || target.is_watch_path) {
            return match Collection::read(target, request, self.settings.watch_list, faults) {
                Ok(collection) => self.read(now, &collection, false),
                Err(reply) => ReplyStart::complete(reply),
            };
        }
        let watch_list = self.settings.watch_list;
        let reply = dispatch(ObjectRequest { cluster: &mut self.cluster, watch_list, now, target, request });
        self.cluster.is_dry_run = false;
        self.show_news();
        ReplyStart::complete(reply.unwrap_or_else(|error| error.into_reply(request.pretty_errors)))
    }
}

/// Returns the error of `timeout`, which watches don't have (`WithRequestDeadline`, which runs before authentication).
fn timeout_error(route: &Route, request: &ApiRequest<'_>) -> Option<String> {
    let Route::Resource(target) = route else { return None };
    if target.verb(request.method, request.query) == "watch" {
        return None;
    }
    let mut parameters = form_urlencoded::parse(request.query.as_bytes());
    let (_, timeout) = parameters.find(|(name, value)| name == "timeout" && !value.is_empty())?;
    duration_error(&timeout)
}
