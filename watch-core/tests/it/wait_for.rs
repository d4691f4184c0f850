//! Waiting for one object.

use std::time::Duration;

use watch_core::{
    Cause, Config, ConfigBuilder, Done, Input, Instant, LastKnown, ListSemantics, Object, ObjectState, OnExpired,
    Outcome, Output, Request, Resource, ResponseHead, TimedOut, TransportError, TransportErrorKind, WaitFor,
};

use crate::rig::{error, event, initial_end, list, status};
use crate::transcript::query;

type Predicate = fn(Option<&Object>) -> bool;

fn is_gone(pod: Option<&Object>) -> bool {
    pod.is_none()
}

fn is_at_12(pod: Option<&Object>) -> bool {
    pod.is_some_and(|pod| pod.resource_version().to_string() == "12")
}

fn never(_: Option<&Object>) -> bool {
    false
}

fn config() -> ConfigBuilder {
    Config::builder(Resource::core("v1", "pods")).namespace("default").name("web").deadline(Duration::from_secs(60))
}

/// The response to a request.
#[derive(Clone)]
enum Answer {
    /// A 200 with this body, which doesn't end.
    Open(String),
    /// A body with this status, which ends.
    Reply(u16, String),
    /// The same, with a `Retry-After` of this many seconds.
    Later(u64),
    Refused,
    /// No response.
    Silence,
}

use Answer::{Later, Open, Refused, Reply};

fn open(body: impl Into<String>) -> Answer {
    Open(body.into())
}

/// A wait that runs on the clock that it requests.
struct Driven {
    waiting: WaitFor<Predicate>,
    /// When each request was sent, in milliseconds.
    requests: Vec<(u128, Request)>,
    now: Instant,
}

impl Driven {
    fn new(config: ConfigBuilder, predicate: Predicate) -> Self {
        let waiting = WaitFor::new(config.build().unwrap(), predicate).unwrap();
        Self { waiting, requests: Vec::new(), now: Instant::ORIGIN }
    }

    /// Answers the requests in turn until the end. The last answer serves all later requests.
    fn run(config: ConfigBuilder, predicate: Predicate, answers: &[Answer]) -> Self {
        let mut driven = Self::new(config, predicate);
        let mut left = answers.iter();
        while driven.step(|| left.next().unwrap_or(&answers[answers.len() - 1]).clone()) {}
        driven
    }

    /// One poll and its output. Returns false once it is over.
    fn step(&mut self, mut answer: impl FnMut() -> Answer) -> bool {
        match self.waiting.poll(self.now) {
            Output::Send(request) => {
                let id = request.id;
                self.requests.push((self.now.since_origin().as_millis(), request));
                for input in inputs(id, answer()) {
                    self.waiting.handle(input).unwrap();
                }
            }
            Output::Wait(wait) => self.now = wait.until.unwrap(),
            Output::Done(_) => return false,
            Output::Abort(_) | Output::Event(_) | Output::Notice(_) => {}
        }
        true
    }

    fn last(&self) -> &LastKnown {
        match self.waiting.outcome() {
            Some(Outcome::DeadlineReached(last)) => last,
            other => panic!("{other:?}, requests {:?}", self.summary()),
        }
    }

    /// `55000 LIST` for each request.
    fn summary(&self) -> Vec<String> {
        let kind = |request: &Request| match query(request, "sendInitialEvents") {
            Some(_) => "STREAMING LIST".to_owned(),
            None => request.kind.to_string(),
        };
        self.requests.iter().map(|(at, request)| format!("{at} {}", kind(request))).collect()
    }

    fn seconds(&self) -> f64 {
        self.now.since_origin().as_secs_f64()
    }
}

fn inputs(id: watch_core::RequestId, answer: Answer) -> Vec<Input> {
    let head = |status| Input::Response { id, head: ResponseHead::new(status) };
    let body = |body: String| Input::Body { id, bytes: body.into() };
    match answer {
        Open(text) => vec![head(200), body(text)],
        Reply(code, text) => vec![head(code), body(text), Input::End { id }],
        Later(seconds) => {
            let head = ResponseHead::new(429).with_retry_after(Duration::from_secs(seconds));
            vec![Input::Response { id, head }, body(status(429, "TooManyRequests", "busy")), Input::End { id }]
        }
        Refused => {
            let error = TransportError::new(TransportErrorKind::Refused, "");
            vec![Input::Failed { id, error }]
        }
        Answer::Silence => Vec::new(),
    }
}

fn forbidden() -> Answer {
    Reply(403, status(403, "Forbidden", "no"))
}

/// A streaming list of the pod at 5, as of 10; then the watch is silent.
fn at_5() -> Answer {
    open(event("ADDED", "web@5") + &initial_end("10"))
}

fn version(last: &LastKnown) -> String {
    last.state.object().map_or_else(|| format!("{:?}", last.state), |pod| pod.resource_version().to_string())
}

/// A watch without a version begins with what exists. There is no version to resume from yet, but the object was seen.
#[test]
fn what_a_watch_without_a_version_begins_with_has_its_time() {
    let answers = [Reply(410, status(410, "Expired", "old")), open(event("ADDED", "web@5")), Answer::Silence];
    let driven = Driven::run(config().on_expired(OnExpired::RestartWithoutVersion), never, &answers);
    let last = driven.last();
    assert!(last.state.object().is_some(), "{last:?}");
    assert_eq!(last.as_of, Some(Instant::ORIGIN), "{:?}", driven.summary());
}

#[test]
fn it_is_over_at_once_if_the_present_state_will_do() {
    let driven = Driven::run(config(), is_gone, &[open(initial_end("10"))]);
    assert_eq!(driven.waiting.outcome(), Some(&Outcome::Met(None)));
    assert_eq!(driven.summary(), ["0 STREAMING LIST"]);
    assert_eq!(driven.now, Instant::ORIGIN);
}

#[test]
fn absence_does_not_count_before_the_list_is_complete() {
    let deleted = event("DELETED", "web@6");
    for begun in [event("ADDED", "web@5"), String::new(), deleted.clone(), event("ADDED", "web@5") + &deleted] {
        let driven = Driven::run(config(), is_gone, &[open(begun.clone()), Answer::Silence]);
        assert_eq!(driven.last().state, ObjectState::Unknown, "{begun}");
    }
    for body in [
        event("ADDED", "web@5") + &initial_end("10") + &event("DELETED", "web@11"),
        event("ADDED", "web@5") + &deleted + &initial_end("10"),
    ] {
        let driven = Driven::run(config(), is_gone, &[open(body)]);
        assert_eq!(driven.waiting.outcome(), Some(&Outcome::Met(None)));
    }
}

#[test]
fn a_change_that_was_missed_in_a_gap_is_found_in_the_next_list() {
    let first = open(event("ADDED", "web@5") + &initial_end("10") + &error(410, "Expired", "old"));
    let driven = Driven::run(config(), is_at_12, &[first.clone(), open(event("ADDED", "web@12") + &initial_end("20"))]);
    let Some(Outcome::Met(Some(pod))) = driven.waiting.outcome() else { panic!("{:?}", driven.waiting) };
    assert_eq!(pod.name(), "web");
    assert_eq!(driven.requests.len(), 2);
    let driven = Driven::run(config(), is_gone, &[first, open(initial_end("20"))]);
    assert_eq!(driven.waiting.outcome(), Some(&Outcome::Met(None)));
}

/// The connection is half-open: no events arrive on the watch, and no end.
#[test]
fn a_state_that_a_dead_watch_hides_is_found_by_the_final_read() {
    let read = |pods: &[&str]| Reply(200, list("20", pods));
    for (predicate, answer, met) in
        [(is_at_12 as Predicate, read(&["web@12"]), Some("12")), (is_gone as Predicate, read(&[]), None)]
    {
        let driven = Driven::run(config(), predicate, &[at_5(), answer]);
        let Some(Outcome::Met(object)) = driven.waiting.outcome() else { panic!("{:?}", driven.waiting.outcome()) };
        assert_eq!(object.as_ref().map(|pod| pod.resource_version().to_string()).as_deref(), met);
        assert_eq!(driven.summary(), ["0 STREAMING LIST", "55000 LIST"]);
        assert_eq!(driven.seconds(), 55.0);
    }
}

#[test]
fn the_final_read_is_a_consistent_list_of_the_name() {
    for semantics in [ListSemantics::Any, ListSemantics::Consistent, ListSemantics::NotOlderThan("3".parse().unwrap())]
    {
        let driven =
            Driven::run(config().list_semantics(semantics), never, &[at_5(), Reply(200, list("10", &["web@5"]))]);
        let (_, read) = &driven.requests[1];
        assert_eq!(read.http.uri().path(), "/api/v1/namespaces/default/pods");
        assert_eq!(query(read, "fieldSelector").as_deref(), Some("metadata.name=web"));
        assert_eq!((query(read, "resourceVersion"), query(read, "sendInitialEvents")), (None, None));
    }
}

#[test]
fn after_the_final_read_it_watches_until_the_exact_deadline() {
    let read = Reply(200, list("20", &["web@5"]));
    let driven = Driven::run(config(), is_at_12, &[at_5(), read.clone(), Answer::Silence]);
    assert_eq!(driven.summary(), ["0 STREAMING LIST", "55000 LIST", "55000 WATCH"]);
    assert_eq!(driven.seconds(), 60.0);
    let (_, watch) = &driven.requests[2];
    assert_eq!(query(watch, "resourceVersion").as_deref(), Some("20"));
    assert_eq!(query(watch, "timeoutSeconds").as_deref(), Some("5"));
    assert_eq!(query(&driven.requests[0].1, "timeoutSeconds").as_deref(), Some("60"));

    let last = driven.last();
    assert_eq!((version(last).as_str(), &last.trouble, last.is_known()), ("5", &None, true));
    assert_eq!(last.as_of.unwrap().since_origin(), Duration::from_secs(55));

    let late = open(event("MODIFIED", "web@21") + &event("MODIFIED", "web@22"));
    let driven = Driven::run(config(), is_at_12, &[at_5(), read.clone(), late]);
    assert_eq!((version(driven.last()).as_str(), driven.last().is_known()), ("22", true));
    let met = open(event("MODIFIED", "web@12").replace("\"12\"", "\"21\""));
    let is_at_21: Predicate = |pod| pod.is_some_and(|pod| pod.resource_version().to_string() == "21");
    let driven = Driven::run(config(), is_at_21, &[at_5(), read, met]);
    assert!(matches!(driven.waiting.outcome(), Some(Outcome::Met(Some(_)))));
}

#[test]
fn a_final_read_that_is_not_answered_leaves_the_state_in_doubt() {
    for (answer, of) in [
        (Answer::Silence, TimedOut::Head),
        (open(list("20", &["web@12"]).split_at(60).0), TimedOut::List),
        (open(""), TimedOut::List),
    ] {
        let driven = Driven::run(config(), is_at_12, &[at_5(), answer]);
        let last = driven.last();
        assert_eq!((version(last).as_str(), last.is_known()), ("5", false));
        assert_eq!(last.as_of, Some(Instant::ORIGIN));
        let lasted = Duration::from_secs(5);
        assert_eq!(last.trouble.as_ref().unwrap().cause, Cause::Timeout { of, lasted });
        assert_eq!(driven.seconds(), 60.0);
    }
}

#[test]
fn a_wait_that_is_always_forbidden_ends_with_that_reason() {
    let driven = Driven::run(config(), is_gone, &[forbidden()]);
    let last = driven.last();
    assert_eq!((&last.state, last.as_of, last.is_known()), (&ObjectState::Unknown, None, false));
    let trouble = last.trouble.as_ref().unwrap().to_string();
    assert_eq!(trouble, "LIST of pods web in default: the server returned 403 Forbidden: no");
    assert!(driven.summary().contains(&"55000 LIST".to_owned()), "{:?}", driven.summary());
}

#[test]
fn an_unreachable_server_is_reported_as_the_reason() {
    let driven = Driven::run(config(), is_gone, &[Refused]);
    let last = driven.last();
    assert_eq!(last.state, ObjectState::Unknown);
    assert!(last.trouble.as_ref().unwrap().to_string().contains("connection refused"), "{last:?}");
    // It existed, and was deleted.
    let driven = Driven::run(config(), never, &[open(initial_end("10") + &error(410, "Expired", "old")), Refused]);
    let last = driven.last();
    assert_eq!((&last.state, last.as_of, last.is_known()), (&ObjectState::Absent, Some(Instant::ORIGIN), false));
    assert!(last.trouble.as_ref().unwrap().to_string().contains("connection refused"), "{last:?}");
}

#[test]
fn trouble_that_was_overcome_is_not_reported() {
    let read = Reply(200, list("10", &["web@5"]));
    let driven = Driven::run(config(), never, &[Refused, forbidden(), at_5(), read.clone(), Answer::Silence]);
    assert_eq!((version(driven.last()).as_str(), &driven.last().trouble), ("5", &None));
    // There is trouble after the final read: the state is that of the final read.
    let driven = Driven::run(config(), never, &[at_5(), read, forbidden()]);
    let last = driven.last();
    assert_eq!(last.as_of.unwrap().since_origin(), Duration::from_secs(55));
    assert!(last.trouble.as_ref().unwrap().to_string().contains("403"), "{last:?}");
}

#[test]
fn a_final_read_that_fails_is_tried_again() {
    let failed = Reply(500, status(500, "InternalError", "etcd"));
    let read = Reply(200, list("20", &["web@12"]));
    let driven = Driven::run(config(), is_at_12, &[at_5(), failed, read]);
    assert!(matches!(driven.waiting.outcome(), Some(Outcome::Met(Some(_)))), "{:?}", driven.summary());
    assert!((55.0..60.0).contains(&driven.seconds()));
}

/// A fallback to LIST counts the attempts again. So their number doesn't show whether the final read has failed.
#[test]
fn a_final_read_that_failed_before_a_fallback_did_not_time_out() {
    let failed = Reply(500, status(500, "InternalError", "etcd"));
    let unsupported = Reply(400, status(400, "BadRequest", "sendInitialEvents is forbidden"));
    let answers = [Later(54), Answer::Silence, failed, unsupported, Answer::Silence];
    let driven = Driven::run(config(), never, &answers);
    assert_eq!(driven.summary()[1..3], ["54000 STREAMING LIST", "55000 LIST"]);
    assert_eq!(driven.requests.len(), 5, "{:?}", driven.summary());
    assert!(driven.last().trouble.as_ref().unwrap().to_string().contains("400"), "{:?}", driven.last());
}

#[test]
fn a_list_that_hangs_is_retried() {
    // The head of a response may take 65 s.
    let driven = Driven::run(config(), is_at_12, &[Answer::Silence, Reply(200, list("20", &["web@12"]))]);
    assert!(matches!(driven.waiting.outcome(), Some(Outcome::Met(Some(_)))));
    assert_eq!(driven.summary(), ["0 STREAMING LIST", "55000 LIST"]);
}

#[test]
fn the_final_read_skips_a_backoff_but_not_retry_after() {
    let is_sent_at_55 = |driven: &Driven| driven.summary().contains(&"55000 LIST".to_owned());
    assert!(is_sent_at_55(&Driven::run(config(), never, &[Refused])));

    // Until 40 s, again until 80 s: beyond the deadline, so there is no final read.
    let driven = Driven::run(config(), never, &[Later(40)]);
    assert_eq!(driven.requests.len(), 2, "{:?}", driven.summary());
    assert_eq!(driven.seconds(), 60.0);
    assert!(driven.last().trouble.as_ref().unwrap().to_string().contains("429"));
    // Until 57 s: then it is sent.
    let driven = Driven::run(config(), is_at_12, &[Later(57), Reply(200, list("20", &["web@12"]))]);
    assert_eq!(driven.summary(), ["0 STREAMING LIST", "57000 LIST"]);
    assert!(matches!(driven.waiting.outcome(), Some(Outcome::Met(Some(_)))));
}

#[test]
fn the_final_read_has_a_quarter_of_a_short_deadline() {
    for (deadline, at) in [(2000, 1500), (10, 7), (19_000, 14_250), (3_600_000, 3_595_000)] {
        let config = config().deadline(Duration::from_millis(deadline));
        let driven = Driven::run(config, never, &[at_5(), at_5(), Answer::Silence]);
        let lists: Vec<_> = driven.summary().into_iter().filter(|request| request.ends_with(" LIST")).collect();
        assert!(lists.contains(&format!("{at} LIST")), "{deadline}: {lists:?}");
        assert_eq!(driven.now.since_origin(), Duration::from_millis(deadline));
    }
    let driven = Driven::run(config().deadline(Duration::ZERO), never, &[at_5()]);
    assert_eq!((driven.last().state.clone(), driven.requests.len()), (ObjectState::Unknown, 0));
}

#[test]
fn what_was_handed_in_counts_before_the_final_read() {
    let mut driven = Driven::new(config(), is_at_12);
    while driven.now == Instant::ORIGIN {
        driven.step(at_5);
    }
    let id = driven.requests[0].1.id;
    driven.waiting.handle(Input::Body { id, bytes: event("MODIFIED", "web@12").into() }).unwrap();
    for late in [56, 70] {
        let mut late_driver = Driven { now: Instant::from_origin(Duration::from_secs(late)), ..clone(&driven) };
        while late_driver.step(|| Answer::Silence) {}
        assert!(matches!(late_driver.waiting.outcome(), Some(Outcome::Met(Some(_)))));
        assert_eq!(late_driver.requests.len(), 1);
    }
}

fn clone(driven: &Driven) -> Driven {
    let Driven { waiting, requests, now } = driven;
    Driven { waiting: waiting.clone(), requests: requests.clone(), now: *now }
}

/// A computer slept: its clock is past the deadline at the next poll.
#[test]
fn a_driver_that_is_late_gets_its_final_read_all_the_same() {
    for first in [at_5(), Refused, Answer::Silence] {
        let mut driven = Driven::new(config(), is_at_12);
        while driven.now == Instant::ORIGIN {
            driven.step(|| first.clone());
        }
        driven.now = Instant::from_origin(Duration::from_secs(7200));
        let mut unanswered = clone(&driven);
        while driven.step(|| Reply(200, list("20", &["web@12"]))) {}
        assert!(matches!(driven.waiting.outcome(), Some(Outcome::Met(Some(_)))));
        while unanswered.step(|| Answer::Silence) {}
        assert!(!unanswered.last().is_known());
        let freshness = unanswered.waiting.watcher().freshness();
        assert_eq!(freshness.trouble.is_some(), freshness.trouble_since.is_some(), "{freshness:?}");
        assert_eq!(unanswered.seconds(), 7205.0);
    }
}

#[test]
fn a_stop_returns_the_last_known_state() {
    for (answer, expected) in [(at_5(), ("5".to_owned(), false)), (forbidden(), ("Unknown".to_owned(), true))] {
        let mut driven = Driven::new(config(), is_at_12);
        while driven.now == Instant::ORIGIN {
            driven.step(|| answer.clone());
        }
        driven.waiting.handle(Input::Stop).unwrap();
        driven.waiting.handle(Input::Stop).unwrap();
        while driven.step(|| Answer::Silence) {}
        let Some(Outcome::Ended { done, last }) = driven.waiting.outcome() else { panic!() };
        assert_eq!(**done, Done::Stopped);
        assert_eq!((version(last), last.trouble.is_some()), expected);
    }
}

#[test]
fn a_wait_that_gives_up_returns_the_reason() {
    let driven = Driven::run(config().give_up_after(Duration::from_secs(20)), is_gone, &[forbidden()]);
    let Some(Outcome::Ended { done, last }) = driven.waiting.outcome() else { panic!() };
    assert!(matches!(**done, Done::GaveUp { .. }));
    assert_eq!(
        (&last.state, last.trouble.as_ref().unwrap().cause.status().unwrap().code),
        (&ObjectState::Unknown, 403)
    );
}

#[test]
fn a_wait_with_no_deadline_has_no_final_read() {
    let builder = Config::builder(Resource::core("v1", "pods")).namespace("default").name("web");
    let mut driven = Driven::new(builder, never);
    while driven.now.since_origin() < Duration::from_secs(200) {
        driven.step(at_5);
    }
    assert_eq!(driven.summary(), ["0 STREAMING LIST"]);
}

#[test]
fn a_refusal_ends_it_with_the_servers_words() {
    let config = config().bookmarks(false);
    let driven = Driven::run(config, is_gone, &[Reply(400, status(400, "BadRequest", "field label not supported"))]);
    let Some(Outcome::Ended { done, last }) = driven.waiting.outcome() else { panic!() };
    assert_eq!(
        done.to_string(),
        "refused, not retried: LIST of pods web in default: the server returned 400 BadRequest: field label not supported"
    );
    assert_eq!(last.state, ObjectState::Unknown);
    assert!(done.to_string().ends_with(&last.trouble.as_ref().unwrap().to_string()));
}

/// The text of each end, for the log. After it, each poll returns the same.
#[test]
fn each_end_has_a_text() {
    fn end(mut driven: Driven) -> String {
        let Output::Done(done) = driven.waiting.poll(driven.now) else { panic!("it goes on: {:?}", driven.summary()) };
        done.to_string()
    }
    let mut stopped = Driven::new(config(), never);
    stopped.step(at_5);
    stopped.waiting.handle(Input::Stop).unwrap();
    while stopped.step(at_5) {}
    assert_eq!(end(stopped), "stopped");

    // If the predicate holds, the wait ends by its own stop.
    assert_eq!(end(Driven::run(config(), is_gone, &[open(initial_end("10"))])), "stopped");

    assert_eq!(end(Driven::run(config(), never, &[at_5(), Answer::Silence])), "deadline reached");

    let config_that_stops = config().on_expired(OnExpired::Stop);
    let expired = open(event("ADDED", "web@5") + &initial_end("10") + &error(410, "Expired", "too old"));
    assert_eq!(
        end(Driven::run(config_that_stops, never, &[expired])),
        "the version to resume from expired: WATCH of pods web in default after 10: the server returned 410 Expired: too old"
    );

    let config_that_gives_up = config().give_up_after(Duration::ZERO);
    assert_eq!(
        end(Driven::run(config_that_gives_up, never, &[forbidden()])),
        "gave up after 1 attempt, the last: streaming list of pods web in default: the server returned 403 Forbidden: no"
    );

    let refused = Reply(400, status(400, "BadRequest", "field label not supported"));
    assert_eq!(
        end(Driven::run(config().bookmarks(false), is_gone, &[refused])),
        "refused, not retried: LIST of pods web in default: the server returned 400 BadRequest: field label not supported"
    );
}

/// An end other than by the predicate or the deadline is an outcome with that reason, and with the last known state.
#[test]
fn a_version_that_expired_may_end_it_with_what_was_known() {
    let expired = open(event("ADDED", "web@5") + &initial_end("10") + &error(410, "Expired", "too old"));
    let driven = Driven::run(config().on_expired(OnExpired::Stop), never, &[expired]);
    let Some(Outcome::Ended { done, last }) = driven.waiting.outcome() else { panic!("{:?}", driven.waiting) };
    let Done::Expired(trouble) = &**done else { panic!("{done}") };
    assert_eq!((version(last).as_str(), last.is_known()), ("5", false));
    assert_eq!(last.trouble.as_ref(), Some(trouble));
}

#[test]
fn the_deletion_of_a_former_object_is_not_that_of_this_one() {
    let earlier = event("DELETED", "web@13").replace("uid-web", "uid-before");
    let now = event("ADDED", "web@12");
    for body in [now.clone() + &initial_end("12") + &earlier, now + &earlier + &initial_end("13")] {
        let driven = Driven::run(config(), is_gone, &[open(body.clone()), Answer::Silence]);
        assert_eq!(version(driven.last()), "12", "{body}");
    }
}

#[test]
fn it_requires_the_name_of_an_object() {
    let config = Config::builder(Resource::core("v1", "pods")).labels("app=web").build().unwrap();
    let error = WaitFor::new(config, is_gone).unwrap_err();
    assert!(error.to_string().starts_with("no `name` was given: a wait needs the name of one object"), "{error}");
}

#[test]
fn it_begins_with_the_present_state() {
    let config =
        Config::builder(Resource::core("v1", "pods")).name("web").start(watch_core::Start::Now).build().unwrap();
    let error = WaitFor::new(config, is_gone).unwrap_err();
    assert!(error.to_string().starts_with("`start` isn't the initial list"), "{error}");
}

/// The list broke off, and the watch that follows has no list: its events are the state.
#[test]
fn after_a_list_that_broke_off_each_event_is_judged() {
    for kind in ["ADDED", "MODIFIED"] {
        let config = config().on_expired(OnExpired::RestartWithoutVersion);
        let broken_off = open(event("ADDED", "web@5") + &error(410, "Expired", "old"));
        let driven = Driven::run(config, is_at_12, &[broken_off, open(event(kind, "web@12"))]);
        assert!(matches!(driven.waiting.outcome(), Some(Outcome::Met(Some(_)))), "{kind}: {:?}", driven.summary());
        assert!(driven.seconds() < 50.0, "{kind}: before the final read");
    }
    let config = config().on_expired(OnExpired::RestartWithoutVersion);
    let broken_off = open(event("ADDED", "web@5") + &error(410, "Expired", "old"));
    let driven = Driven::run(config, is_gone, &[broken_off, open(event("DELETED", "web@12"))]);
    assert!(matches!(driven.waiting.outcome(), Some(Outcome::Met(None))), "{:?}", driven.summary());
    assert!(driven.seconds() < 50.0);
}

/// Only a `Retry-After` that is being waited for puts the final read off.
#[test]
fn a_retry_after_that_is_over_does_not_prevent_the_final_read() {
    let read = || Reply(200, list("20", &["web@12"]));
    let driven = Driven::run(config(), is_at_12, &[Later(1), at_5(), read()]);
    assert_eq!(driven.summary()[2..], ["55000 LIST"], "{:?}", driven.summary());
    assert!(matches!(driven.waiting.outcome(), Some(Outcome::Met(Some(_)))));
    // Nor while the response to the next attempt is awaited.
    let driven = Driven::run(config(), is_at_12, &[Later(1), Answer::Silence, read()]);
    assert_eq!(driven.summary()[2..], ["55000 LIST"], "{:?}", driven.summary());
    assert!(matches!(driven.waiting.outcome(), Some(Outcome::Met(Some(_)))));
}

/// A list that may be old doesn't show the state at the deadline.
#[test]
fn the_final_read_is_consistent_though_no_list_was_complete() {
    let driven = Driven::run(config().list_semantics(ListSemantics::Any), never, &[Answer::Silence]);
    let (at, last) = driven.requests.last().unwrap();
    assert_eq!((*at, query(last, "resourceVersion"), query(last, "watch")), (55_000, None, None));
    let (_, first) = &driven.requests[0];
    assert_eq!(query(first, "resourceVersion").as_deref(), Some("0"));
}

/// The streaming list has the object, and then breaks off. It is gone when the next list comes.
#[test]
fn an_object_of_a_broken_list_does_not_count_in_the_next() {
    let answers = [open(event("ADDED", "web@5")), Reply(200, list("10", &[]))];
    let driven = Driven::run(config(), is_gone, &answers);
    assert_eq!(driven.waiting.outcome(), Some(&Outcome::Met(None)));
    assert_eq!(driven.requests.len(), 2, "that list is enough: {:?}", driven.summary());
}
