//! The configuration is respected: ends come when they are due, pages have the configured size, credentials are fresh
//! after 401, the configured representation is requested, and watches differ in length.

use core::time::Duration;

use http::header::ACCEPT;
use watch_core::{During, Event, Notice, Output, Phase, Request, RequestKind, Trouble};

use crate::plan::ClientSetup;
use crate::violation::{Oracle, Violation, broken};

/// The number of consecutive watches that can't all have the full length by chance. Each is shorter by a random part,
/// up to a quarter.
const ALIKE: u32 = 5;
const LONG: u64 = 240;

/// The additional time after a driver hands in an input when the time is over: once for a punctual driver, and once for a
/// late one (`memory/waited.rs`).
const HANDED_IN_LATE: Duration = Duration::from_millis(1_015);

#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// The beginning of the trouble without an event or an open watch.
    trouble: Option<Duration>,
    /// Whether the clock went back, so the waited time isn't known.
    has_lost_time: bool,
    /// Whether there was trouble since the last complete list. The next list may then be requested in one page.
    had_trouble: bool,
    /// Whether credentials were refused since the last request.
    is_refused: bool,
    /// Whether the last response was 401. It isn't reported each time.
    was_unauthorized: bool,
    /// The number of consecutive watches with the full length.
    full: u32,
}

impl Settings {
    /// Records that the clock went back.
    pub(crate) const fn clock_went_back(&mut self) {
        self.has_lost_time = true;
    }

    /// Records that the consumer requested a relist, or that a watch was opened.
    pub(crate) const fn begins_again(&mut self) {
        self.trouble = None;
    }

    /// Checks an output of the machine, at this time after its first poll.
    pub(crate) fn output(
        &mut self,
        since: Duration,
        output: &Output,
        phase: Phase,
        setup: &ClientSetup,
    ) -> Result<(), Violation> {
        match output {
            Output::Notice(
                Notice::Retrying { trouble, .. }
                | Notice::NeedsAttention { trouble, .. }
                | Notice::FellBack { trouble },
            ) => self.trouble(since, trouble, setup),
            Output::Send(request) => self.request(request, setup),
            Output::Wait(_) => self.wait(since, phase, setup),
            Output::Event(event) => {
                if !matches!(event, Event::InitialBegin { .. } | Event::Initial(_)) {
                    self.trouble = None;
                }
                if matches!(event, Event::InitialEnd { .. }) {
                    self.had_trouble = false;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Records the head of a response.
    pub(crate) const fn answered(&mut self, status: u16) {
        self.was_unauthorized = status == 401;
    }

    fn trouble(&mut self, since: Duration, trouble: &Trouble, setup: &ClientSetup) -> Result<(), Violation> {
        self.trouble.get_or_insert(since);
        self.had_trouble = true;
        self.is_refused |= trouble.cause.http_status() == Some(401);
        if setup.stop_on_expired
            && trouble.cause.http_status() == Some(410)
            && matches!(trouble.during, During::Watch { .. })
        {
            return broken(Oracle::Endings, format!("{trouble}, and it continues, although it should end"));
        }
        Ok(())
    }

    fn wait(&mut self, since: Duration, phase: Phase, setup: &ClientSetup) -> Result<(), Violation> {
        let is_due = |limit: Option<u64>, time: Duration| limit.is_some_and(|limit| time >= Duration::from_secs(limit));
        if is_due(setup.deadline, since) {
            return broken(Oracle::Endings, format!("it waits {since:?} after it began, although it should end"));
        }
        if matches!(phase, Phase::Live | Phase::StreamingList) {
            self.trouble = None;
        }
        let lasted = self.trouble.map_or(Duration::ZERO, |trouble| since.saturating_sub(trouble));
        if is_due(setup.patience, lasted.saturating_sub(HANDED_IN_LATE)) && !self.has_lost_time {
            return broken(
                Oracle::Endings,
                format!("it waits after {lasted:?} of trouble, although it should give up"),
            );
        }
        Ok(())
    }

    fn request(&mut self, request: &Request, setup: &ClientSetup) -> Result<(), Violation> {
        let uri = request.http.uri();
        let broken = |why: &str| broken(Oracle::Requests, format!("{why}: {uri}"));
        let is_refused = core::mem::take(&mut self.is_refused);
        if is_refused && !request.refresh_credentials {
            return broken("credentials were refused, but the next request doesn't ask for fresh ones");
        }
        let was_unauthorized = core::mem::take(&mut self.was_unauthorized);
        if !is_refused && !was_unauthorized && request.refresh_credentials {
            return broken("it requests fresh credentials, although none were refused since the last request");
        }
        let accept = request.http.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
        if accept.contains("PartialObjectMetadata") != setup.metadata {
            return broken("it requests another representation of the objects");
        }
        let query = uri.query().unwrap_or_default();
        let given = |name: &str| form_urlencoded::parse(query.as_bytes()).find(|given| given.0 == name);
        let number = |name: &str| given(name).and_then(|(_, text)| text.parse::<u64>().ok());
        if request.kind == RequestKind::Watch {
            let is_full = setup.deadline.is_none() && number("timeoutSeconds") == Some(setup.watch);
            self.full = if is_full && setup.watch >= LONG { self.full + 1 } else { 0 };
            return if self.full < ALIKE {
                Ok(())
            } else {
                broken("all watches have the full length, so they end together")
            };
        }
        let page = setup.page.filter(|page| *page > 0).map(u64::from);
        let is_right = match number("limit") {
            _ if given("resourceVersion").is_some() => true,
            // A version check.
            Some(1) if given("continue").is_none() => true,
            None if self.had_trouble => true,
            limit => limit == page,
        };
        if is_right { Ok(()) } else { broken(&format!("pages were to have {page:?} objects")) }
    }
}
