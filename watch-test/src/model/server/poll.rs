//! The next step of each exchange.

use core::time::Duration;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};
use watch_core::wire::Status;

use super::ApiServer;
use super::active_faults::ActiveFaults;
use super::collection::Collection;
use super::exchange::{Exchange, ExchangeId, Output, ReplyStart, State, Step};
use super::list::Listed;
use super::log::LoggedRequest;
use super::start::Started;
use super::watch::Next;
use crate::fault::End;
use crate::model::endpoints::reply::{JSON, Reply};
use crate::model::validation::errors::too_large;

impl ApiServer {
    /// Returns the next step of an exchange. After [`Step::End`] the exchange is removed.
    pub fn poll(&mut self, now: Duration, id: ExchangeId) -> Step {
        self.tick(now);
        let Some(mut exchange) = self.exchanges.remove(&id) else {
            return Step::End(End::Cut);
        };
        let step = self.step(now, &mut exchange);
        let logged = self.log.get_mut(exchange.logged);
        if let Some(logged) = logged {
            logged.bytes = exchange.output.sent;
            if matches!(step, Step::Body(_)) {
                logged.error = exchange.error();
            }
            match &step {
                Step::Head(head) => logged.status = Some(head.status.as_u16()),
                Step::End(end) => {
                    logged.end = Some(*end);
                    logged.ended_at = Some(now);
                }
                // A client with a body of known length needn't poll for its end.
                Step::Body(_) if exchange.is_sent() => {
                    logged.end = Some(End::Complete);
                    logged.ended_at = Some(now);
                }
                _ => {}
            }
        }
        if !matches!(step, Step::End(_)) {
            self.exchanges.insert(id, exchange);
        }
        step
    }

    /// Removes an exchange, since its client disconnected.
    pub fn close(&mut self, now: Duration, id: ExchangeId) {
        if let Some(exchange) = self.exchanges.remove(&id)
            && let Some(logged) = self.log.get_mut(exchange.logged)
        {
            logged.ended_at.get_or_insert(now);
        }
    }

    /// Returns the number of an exchange's request in the log.
    pub(crate) fn log_number(&self, id: ExchangeId) -> Option<usize> {
        self.exchanges.get(&id).map(|exchange| exchange.logged)
    }

    /// Returns a request by its number in the log, or `None` if it was removed.
    pub(crate) fn logged(&self, number: usize) -> Option<&LoggedRequest> {
        self.log.get(number)
    }

    fn step(&mut self, now: Duration, exchange: &mut Exchange) -> Step {
        if let Some(end) = exchange.cut {
            return Step::End(end);
        }
        if let State::Fresh { collection, needs, until } = &exchange.state {
            let (collection, needs, until) = (collection.clone(), *needs, *until);
            self.cluster.progress(collection.replica);
            let is_there = collection.cached_version(&self.cluster) >= needs;
            if !is_there && now < until {
                return Step::Wait(Some(until));
            }
            let answer = self.read(now, &collection, !is_there);
            exchange.state = answer.state;
            exchange.head = answer.head;
        }
        if let Some(head) = &exchange.head {
            let at = exchange.head_at;
            if now < at {
                return Step::Wait(Some(at));
            }
            let mut head = head.clone();
            exchange.head = None;
            self.stamp(&mut head.headers);
            if let Some(content_type) = &exchange.content_type
                && head.headers.get(CONTENT_TYPE) == Some(&JSON)
            {
                head.headers.remove(CONTENT_TYPE);
                head.headers.extend(content_type.clone().map(|value| (CONTENT_TYPE, value)));
            }
            if matches!(exchange.output.shaping.cut, Some((_, End::Complete))) {
                // Otherwise the length would show that something is missing.
                head.length = None;
            }
            return Step::Head(head);
        }
        if let Some(step) = exchange.output.gate(now) {
            return step;
        }
        if exchange.output.pending.is_empty() {
            match self.produce(now, &mut exchange.state) {
                Next::Bytes(bytes) => exchange.output.pending = bytes,
                Next::Wait(until) => return Step::Wait(Some(until)),
                Next::End => return Step::End(End::Complete),
            }
        }
        Step::Body(exchange.output.take(now))
    }

    /// Returns what the server sends, before faults are applied.
    fn produce(&self, now: Duration, state: &mut State) -> Next {
        match state {
            State::Reply(body) if body.is_empty() => Next::End,
            State::Reply(body) => Next::Bytes(core::mem::take(body)),
            State::Fresh { until, .. } => Next::Wait(*until),
            State::Watch(watch) => {
                let (replica, resource) = (watch.replica, watch.resource.clone());
                watch.next(now, || {
                    let cache = self.cluster.cache(replica, &resource.stored_in());
                    cache.filter(|_| self.cluster.resources.has(&resource)).map_or(0, |cache| cache.version)
                })
            }
        }
    }

    /// Begins to answer a LIST or WATCH. `is_late`: it has waited for the cache for the longest allowed time.
    pub(super) fn read(&mut self, now: Duration, collection: &Collection, is_late: bool) -> ReplyStart {
        if let Some(refusal) = self.unready(now, collection) {
            return ReplyStart::complete(Reply::status(&refusal, collection.pretty_errors));
        }
        let needs = if collection.is_watch {
            match self.start_watch(now, collection) {
                Ok(Started::Watch(watch)) => return ReplyStart::streamed(watch),
                Ok(Started::WaitFor(needs)) => needs,
                Err(status) => return ReplyStart::complete(Reply::status(&status, collection.pretty_errors)),
            }
        } else {
            match collection.list(&mut self.cluster, now) {
                Ok(Listed::Reply(reply)) => return ReplyStart::complete(reply),
                Ok(Listed::WaitFor(needs)) => needs,
                Err(status) => return ReplyStart::complete(Reply::status(&status, collection.pretty_errors)),
            }
        };
        if !is_late {
            let until = now + self.settings.freshness_timeout;
            let state = State::Fresh { collection: Box::new(collection.clone()), needs, until };
            return ReplyStart { state, head: None };
        }
        let status = too_large(needs, collection.cached_version(&self.cluster));
        if collection.is_watch {
            ReplyStart::streamed(self.failed_watch(now, collection, &status))
        } else {
            ReplyStart::complete(Reply::status(&status, collection.pretty_errors))
        }
    }

    pub(super) fn open(
        &mut self,
        now: Duration,
        id: ExchangeId,
        answer: ReplyStart,
        faults: &ActiveFaults,
        logged: usize,
    ) {
        let ReplyStart { state, head } = answer;
        let output = Output::new(faults.shaping);
        let head_at = now + faults.shaping.head_delay;
        let content_type = faults.content_type.clone();
        self.exchanges.insert(id, Exchange { state, head, head_at, content_type, output, cut: None, logged });
    }

    /// The headers that every reply has.
    fn stamp(&mut self, headers: &mut HeaderMap) {
        const AUDIT_ID: HeaderName = HeaderName::from_static("audit-id");
        if let Ok(id) = HeaderValue::try_from(self.cluster.rng.uuid()) {
            headers.insert(AUDIT_ID, id);
        }
    }

    /// Returns the refusal of a cache that is being filled (`storage/cacher/util.go`).
    fn unready(&self, now: Duration, collection: &Collection) -> Option<Status> {
        let (since, until) = self.cluster.cache(collection.replica, &collection.resource.stored_in())?.unready?;
        // A page without selectors is read from etcd.
        let goes_past =
            !collection.is_watch && collection.options.limit.is_some() && collection.selection.is_everything();
        if now >= until || goes_past {
            return None;
        }
        let mut status = Status::new(429, "TooManyRequests", "storage is (re)initializing");
        status.details.retry_after_seconds =
            (0.06 * now.saturating_sub(since).as_secs_f64()).exp().clamp(1.0, 30.0) as i64;
        Some(status)
    }
}
