//! What comes next on each exchange.

use core::time::Duration;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use watch_core::wire::Status;

use super::active_faults::Befalls;
use super::exchange::{End, Exchange, ExchangeId, Output, ResponseHead, State, Step};
use super::list::Listed;
use super::log::LoggedRequest;
use super::start::Started;
use super::watch::{Next, Watch};
use crate::model::ApiServer;
use crate::model::endpoints::collection::Collection;
use crate::model::endpoints::list_options::cause;
use crate::model::endpoints::reply::{JSON, Reply, stream_headers};

impl ApiServer {
    /// What happens next on an exchange. After [`Step::End`] it is forgotten.
    pub fn poll(&mut self, now: Duration, id: ExchangeId) -> Step {
        self.tick(now);
        let Some(mut exchange) = self.exchanges.remove(&id) else {
            return Step::End(End::Cut);
        };
        let step = self.step(now, &mut exchange);
        let logged = self.log.get_mut(exchange.logged);
        if let Some(logged) = logged {
            logged.bytes = exchange.output.sent;
            match &step {
                Step::Head(head) => logged.status = Some(head.status.as_u16()),
                Step::End(end) => {
                    logged.end = Some(*end);
                    logged.ended_at = Some(now);
                }
                // Whoever has a body of known length needn't ask for its end.
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

    /// The client has gone away.
    pub fn close(&mut self, now: Duration, id: ExchangeId) {
        if let Some(exchange) = self.exchanges.remove(&id)
            && let Some(logged) = self.log.get_mut(exchange.logged)
        {
            logged.ended_at.get_or_insert(now);
        }
    }

    /// The number of an exchange's request in the log.
    pub(crate) fn log_number(&self, id: ExchangeId) -> Option<usize> {
        self.exchanges.get(&id).map(|exchange| exchange.logged)
    }

    /// A request by its number in the log; `None` if it was forgotten.
    pub(crate) fn logged(&self, number: usize) -> Option<&LoggedRequest> {
        self.log.get(number)
    }

    /// The exchanges that have something to send since the last call, or may have.
    pub fn take_woken(&mut self) -> impl Iterator<Item = ExchangeId> + use<> {
        core::mem::take(&mut self.woken).into_iter()
    }

    /// When something happens that no exchange waits for by itself.
    pub fn next_tick(&self) -> Option<Duration> {
        [self.next_stage(), self.next_pass()].into_iter().flatten().min()
    }

    /// Lets happen what is due by now.
    pub fn tick(&mut self, now: Duration) {
        if self.next_stage().is_some_and(|at| at <= now) {
            self.establish(now);
        }
        self.run_controllers(now);
        if let (Some(at), Some(interval)) = (self.next_progress, self.config.progress_interval)
            && at <= now
        {
            for replica in 0..self.replicas.len() {
                self.progress(replica);
            }
            self.next_progress = Some(now + interval.max(Duration::from_millis(1)));
        }
    }

    fn step(&mut self, now: Duration, exchange: &mut Exchange) -> Step {
        if let Some(end) = exchange.cut {
            return Step::End(end);
        }
        if let State::Fresh { collection, needs, until } = &exchange.state {
            let (collection, needs, until) = (collection.clone(), *needs, *until);
            self.progress(collection.replica);
            let is_there = self.cached_version(&collection) >= needs;
            if !is_there && now < until {
                return Step::Wait(Some(until));
            }
            let (state, head) = self.answer(now, &collection, !is_there);
            exchange.state = state;
            exchange.head = head;
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
                // Or the length would give away that something is missing.
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

    /// What the server has to say, before any fault is done to it.
    fn produce(&self, now: Duration, state: &mut State) -> Next {
        match state {
            State::Reply(body) if body.is_empty() => Next::End,
            State::Reply(body) => Next::Bytes(core::mem::take(body)),
            State::Fresh { until, .. } => Next::Wait(*until),
            State::Watch(watch) => {
                let (replica, resource) = (watch.replica, watch.resource.clone());
                watch.next(now, || {
                    let cache = self.cache(replica, &resource.stored_in()).filter(|_| self.resources.has(&resource));
                    cache.map_or(0, |cache| cache.version)
                })
            }
        }
    }

    /// Begins to answer a LIST or WATCH. `is_late`: it has waited for the cache as long as it may.
    pub(crate) fn answer(
        &mut self,
        now: Duration,
        collection: &Collection,
        is_late: bool,
    ) -> (State, Option<ResponseHead>) {
        if let Some(refusal) = self.unready(now, collection) {
            return whole(Reply::status(&refusal, collection.pretty_errors));
        }
        let needs = if collection.is_watch {
            match self.start_watch(now, collection) {
                Ok(Started::Watch(watch)) => return streamed(watch),
                Ok(Started::WaitFor(needs)) => needs,
                Err(status) => return whole(Reply::status(&status, collection.pretty_errors)),
            }
        } else {
            match self.list(now, collection) {
                Ok(Listed::Reply(reply)) => return whole(reply),
                Ok(Listed::WaitFor(needs)) => needs,
                Err(status) => return whole(Reply::status(&status, collection.pretty_errors)),
            }
        };
        if !is_late {
            let until = now + self.config.freshness_timeout;
            return (State::Fresh { collection: Box::new(collection.clone()), needs, until }, None);
        }
        let status = too_large(needs, self.cached_version(collection));
        if collection.is_watch {
            streamed(self.failed_watch(now, collection, &status))
        } else {
            whole(Reply::status(&status, collection.pretty_errors))
        }
    }

    pub(crate) fn open(
        &mut self,
        now: Duration,
        id: ExchangeId,
        answer: (State, Option<ResponseHead>),
        befalls: &Befalls,
        logged: usize,
    ) {
        let (state, head) = answer;
        let output = Output::new(befalls.shaping);
        let head_at = now + befalls.shaping.head_delay;
        let content_type = befalls.content_type.clone();
        self.exchanges.insert(id, Exchange { state, head, head_at, content_type, output, cut: None, logged });
    }

    pub(crate) fn set_unready(&mut self, resource: &str, since: Duration, until: Duration) {
        for replica in &mut self.replicas {
            if let Some(cache) = replica.caches.get_mut(resource) {
                cache.unready = Some((since, until));
            }
        }
    }

    /// The refusal of a cache that is being filled (`storage/cacher/util.go`).
    fn unready(&self, now: Duration, collection: &Collection) -> Option<Status> {
        let (since, until) = self.cache(collection.replica, &collection.resource.stored_in())?.unready?;
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

/// `NewTooLargeResourceVersionError` of apiserver/pkg/storage.
pub(crate) fn too_large(needs: u64, current: u64) -> Status {
    let message = format!("Timeout: Too large resource version: {needs}, current: {current}");
    let mut status = Status::new(504, "Timeout", message);
    status.details.causes.push(cause("ResourceVersionTooLarge", "Too large resource version".into(), ""));
    status.details.retry_after_seconds = 1;
    status
}

/// A reply whose body is known.
pub(crate) fn whole(reply: Reply) -> (State, Option<ResponseHead>) {
    let head = ResponseHead { status: reply.status, headers: reply.headers, length: Some(reply.body.len() as u64) };
    (State::Reply(reply.body), Some(head))
}

fn streamed(watch: Box<Watch>) -> (State, Option<ResponseHead>) {
    let headers: HeaderMap = stream_headers();
    (State::Watch(watch), Some(ResponseHead { status: StatusCode::OK, headers, length: None }))
}

impl Exchange {
    pub(crate) const fn is_watch(&self) -> bool {
        matches!(self.state, State::Watch(_))
    }

    /// Whether all of a body was sent that was known from the beginning.
    const fn is_sent(&self) -> bool {
        matches!(&self.state, State::Reply(body) if body.is_empty()) && self.output.pending.is_empty()
    }

    pub(crate) const fn is_waiting(&self) -> bool {
        matches!(self.state, State::Fresh { .. })
    }

    pub(crate) const fn watch_mut(&mut self) -> Option<&mut Watch> {
        match &mut self.state {
            State::Watch(watch) => Some(watch),
            _ => None,
        }
    }
}
