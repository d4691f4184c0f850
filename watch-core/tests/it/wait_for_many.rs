//! Waiting for several objects.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;
use watch_core::{
    Cause, Condition, Config, ConfigBuilder, Done, FromObject, Input, Instant, LastKnownOfMany, Object, OutcomeOfMany,
    Output, Request, Resource, ResponseHead, Start, Verdict, WaitForMany, conditions,
};

use crate::rig::{error, initial_end, status};
use crate::transcript::query;

/// A pod at a version, ready or not: `a@5`, `a@5!`.
fn pod(text: &str) -> String {
    let (name, version) = text.trim_end_matches('!').split_once('@').unwrap();
    let metadata =
        json!({ "name": name, "namespace": "default", "uid": format!("uid-{name}"), "resourceVersion": version });
    json!({ "kind": "Pod", "apiVersion": "v1", "metadata": metadata, "ready": text.ends_with('!') }).to_string()
}

fn event(kind: &str, text: &str) -> String {
    format!(r#"{{"type":"{kind}","object":{}}}"#, pod(text))
}

fn list(version: &str, pods: &[&str]) -> String {
    let items = pods.iter().map(|text| pod(text)).collect::<Vec<_>>().join(",");
    format!(r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{"resourceVersion":"{version}"}},"items":[{items}]}}"#)
}

fn is_ready(pod: Option<&Object>) -> bool {
    pod.is_some_and(|pod| pod.decode::<serde_json::Value>().unwrap()["ready"] == true)
}

fn is_gone(pod: Option<&Object>) -> bool {
    pod.is_none()
}

fn config() -> ConfigBuilder {
    Config::builder(Resource::core("v1", "pods"))
        .namespace("default")
        .labels("app=web")
        .deadline(Duration::from_secs(60))
}

type Predicate = fn(Option<&Object>) -> bool;

fn all(predicate: Predicate) -> WaitForMany<Predicate> {
    WaitForMany::all(config().build().unwrap(), predicate).unwrap()
}

fn any(predicate: Predicate) -> WaitForMany<Predicate> {
    WaitForMany::any(config().build().unwrap(), predicate).unwrap()
}

/// The end of a wait: its outcome, its time in seconds, and its requests.
struct End {
    outcome: OutcomeOfMany,
    at: f64,
    requests: Vec<Request>,
}

/// Runs a wait on the clock that it requests, and answers each request with a status and a body. A body of a watch stays
/// open. After the last answer, the server is silent.
fn run<P: FnMut(Option<&Object>) -> R, R: Into<Verdict>>(waiting: WaitForMany<P>, answers: &[(u16, String)]) -> End {
    let mut left = answers.iter().cloned();
    run_with(waiting, |_| left.next())
}

fn run_with<P: FnMut(Option<&Object>) -> R, R: Into<Verdict>>(
    mut waiting: WaitForMany<P>,
    mut answer: impl FnMut(&Request) -> Option<(u16, String)>,
) -> End {
    let (mut now, mut requests) = (Instant::ORIGIN, Vec::new());
    loop {
        match waiting.poll(now) {
            Output::Send(request) => {
                let id = request.id;
                if let Some((status, body)) = answer(&request) {
                    waiting.handle(Input::Response { id, head: ResponseHead::new(status) }).unwrap();
                    waiting.handle(Input::Body { id, bytes: body.into() }).unwrap();
                    if query(&request, "watch").is_none() || status != 200 {
                        waiting.handle(Input::End { id }).unwrap();
                    }
                }
                requests.push(request);
            }
            Output::Wait(wait) => now = wait.until.expect("a deadline"),
            Output::Done(_) => {
                let outcome = waiting.outcome().unwrap().clone();
                return End { outcome, at: now.since_origin().as_secs_f64(), requests };
            }
            Output::Abort(_) | Output::Event(_) | Output::Notice(_) => {}
        }
    }
}

fn streamed(events: &[String]) -> (u16, String) {
    (200, events.concat())
}

fn named(objects: &[Object]) -> Vec<String> {
    objects.iter().map(|object| format!("{}@{}", object.name(), object.resource_version())).collect()
}

fn met(end: &End) -> Vec<String> {
    match &end.outcome {
        OutcomeOfMany::Met(objects) => named(objects),
        other => panic!("{other:?}"),
    }
}

fn last(end: &End) -> &LastKnownOfMany {
    match &end.outcome {
        OutcomeOfMany::DeadlineReached(last) => last,
        other => panic!("{other:?}"),
    }
}

#[test]
fn all_is_met_when_all_meet_it_at_the_same_time() {
    let mut events = vec![event("ADDED", "a@1!"), event("ADDED", "b@2"), initial_end("10")];
    events.extend([event("MODIFIED", "a@11"), event("MODIFIED", "b@12!")]);
    let end = run(all(is_ready), &[streamed(&events)]);
    assert_eq!((named(&last(&end).met), named(&last(&end).unmet)), (vec!["b@12".into()], vec!["a@11".into()]));
    events.push(event("MODIFIED", "a@13!"));
    let end = run(all(is_ready), &[streamed(&events)]);
    assert_eq!((met(&end), end.at), (vec!["a@13".into(), "b@12".into()], 0.0));
    assert_eq!(query(&end.requests[0], "labelSelector").as_deref(), Some("app=web"));
}

#[test]
fn any_is_met_by_one() {
    let events = [event("ADDED", "a@1"), event("ADDED", "b@2!"), initial_end("10")];
    assert_eq!(met(&run(any(is_ready), &[streamed(&events)])), ["b@2"]);
    let end = run(any(is_ready), &[streamed(&[event("ADDED", "a@1"), initial_end("10")])]);
    assert_eq!((last(&end).met.len(), last(&end).unmet.len()), (0, 1));
}

#[test]
fn a_list_without_objects_is_absence() {
    let nothing = || vec![initial_end("10")];
    assert_eq!(met(&run(all(is_gone), &[streamed(&nothing())])), [""; 0]);
    assert_eq!(met(&run(any(is_gone), &[streamed(&nothing())])), [""; 0]);
    assert!(last(&run(all(is_ready), &[streamed(&nothing())])).unmet.is_empty(), "nothing is not all");
    let created = [initial_end("10"), event("ADDED", "a@11!")];
    assert_eq!(met(&run(all(is_ready), &[streamed(&created)])), ["a@11"]);
    let deleted = [
        event("ADDED", "a@1"),
        event("ADDED", "b@2"),
        initial_end("10"),
        event("DELETED", "a@11"),
        event("DELETED", "b@12"),
    ];
    assert_eq!(met(&run(all(is_gone), &[streamed(&deleted)])), [""; 0]);
    assert_eq!(named(&last(&run(all(is_gone), &[streamed(&deleted[..4])])).unmet), ["b@2"]);
}

#[test]
fn nothing_is_judged_while_a_list_is_incomplete() {
    for waiting in [all(is_ready), any(is_ready), all(conditions::is_created)] {
        let end = run(waiting, &[streamed(&[event("ADDED", "a@1!")])]);
        assert_eq!((last(&end).as_of, last(&end).is_known()), (None, false));
    }
    let events = [event("ADDED", "a@1!"), event("ADDED", "b@2"), initial_end("10")];
    assert_eq!(named(&last(&run(all(is_ready), &[streamed(&events)])).unmet), ["b@2"]);
    // The same for a relist: `b` isn't judged before `c` has come.
    let first = [event("ADDED", "b@2"), initial_end("10"), error(410, "Expired", "old")];
    let relisted = [event("ADDED", "b@12!"), event("ADDED", "c@13"), initial_end("20")];
    let end = run(all(is_ready), &[streamed(&first), streamed(&relisted)]);
    assert_eq!((named(&last(&end).met), named(&last(&end).unmet)), (vec!["b@12".into()], vec!["c@13".into()]));
}

#[test]
fn a_relist_finds_what_was_deleted_in_a_gap() {
    let first = [event("ADDED", "a@1!"), event("ADDED", "b@2"), initial_end("10"), error(410, "Expired", "old")];
    let end = run(all(is_ready), &[streamed(&first), streamed(&[event("ADDED", "a@1!"), initial_end("20")])]);
    assert_eq!(met(&end), ["a@1"]);
}

#[test]
fn given_names_are_required_and_all_others_ignored() {
    let events = [event("ADDED", "a@1!"), event("ADDED", "other@2"), initial_end("10")];
    let with_names = |mut waiting: WaitForMany<Predicate>| {
        waiting.names(["b", "a", "b"]).unwrap();
        waiting
    };
    let end = run(with_names(all(is_ready)), &[streamed(&events)]);
    assert_eq!((named(&last(&end).met), last(&end).absent.clone()), (vec!["a@1".into()], vec!["b".into()]));
    let with_b = [&events[..], &[event("ADDED", "b@11!")]].concat();
    assert_eq!(met(&run(with_names(all(is_ready)), &[streamed(&with_b)])), ["a@1", "b@11"]);
    assert_eq!(met(&run(with_names(any(is_ready)), &[streamed(&events)])), ["a@1"]);
    assert_eq!(met(&run(with_names(any(is_gone)), &[streamed(&events)])), [""; 0], "`b` is gone");
    let gone = [&with_b[..], &[event("DELETED", "b@12"), event("DELETED", "a@13")]].concat();
    assert_eq!(met(&run(with_names(all(is_gone)), &[streamed(&gone)])), [""; 0]);
}

#[test]
fn a_state_that_a_dead_watch_hides_is_found_by_the_final_read() {
    let first = streamed(&[event("ADDED", "a@1"), event("ADDED", "b@2!"), initial_end("10")]);
    let end = run(all(is_ready), &[first.clone(), (200, list("20", &["a@11!", "b@2!"]))]);
    assert_eq!((met(&end), end.at, end.requests.len()), (vec!["a@11".into(), "b@2".into()], 55.0, 2));
    // It wasn't met: the outcome is what was read.
    let end = run(all(is_ready), &[first.clone(), (200, list("20", &["a@11!", "c@12"]))]);
    let known = last(&end);
    assert_eq!((named(&known.met), named(&known.unmet)), (vec!["a@11".into()], vec!["c@12".into()]));
    assert_eq!((known.is_known(), known.as_of.unwrap().since_origin().as_secs(), end.at), (true, 55, 60.0));
    // It failed: the outcome has the reason.
    let failed = (403, status(403, "Forbidden", "no"));
    let end = run(all(is_ready), &[first, failed.clone(), failed.clone(), failed]);
    assert!(!last(&end).is_known());
    assert_eq!(last(&end).trouble.as_ref().unwrap().cause.status().unwrap().code, 403);
}

#[test]
fn a_stop_returns_what_is_known() {
    let mut waiting = all(is_ready);
    let Output::Send(request) = waiting.poll(Instant::ORIGIN) else { panic!() };
    let id = request.id;
    waiting.handle(Input::Response { id, head: ResponseHead::new(200) }).unwrap();
    let body = event("ADDED", "a@1") + &initial_end("10");
    waiting.handle(Input::Body { id, bytes: body.into() }).unwrap();
    while !matches!(waiting.poll(Instant::ORIGIN), Output::Wait(_)) {}
    waiting.handle(Input::Stop).unwrap();
    while !matches!(waiting.poll(Instant::ORIGIN), Output::Done(_)) {}
    let Some(OutcomeOfMany::Ended { done, last }) = waiting.outcome() else { panic!("{waiting:?}") };
    assert_eq!((&**done, named(&last.unmet), last.is_known()), (&Done::Stopped, vec!["a@1".into()], true));
}

/// An object as the condition needs it.
#[derive(Debug, serde::Deserialize)]
struct Readiness {
    ready: bool,
}

/// The same pod, but `ready` isn't a boolean.
fn broken(text: &str) -> String {
    text.replace(r#""ready":false"#, r#""ready":"soon""#)
}

#[test]
fn an_object_that_does_not_fit_ends_it_and_is_never_met() {
    let typed = |is_all| {
        let condition = conditions::decoded(|pod: Option<&Readiness>| pod.is_some_and(|pod| pod.ready));
        let config = config().build().unwrap();
        if is_all { WaitForMany::all(config, condition) } else { WaitForMany::any(config, condition) }.unwrap()
    };
    let ready = event("ADDED", "a@1!");
    let in_list = [ready.clone(), broken(&event("ADDED", "b@2")), event("ADDED", "c@3"), initial_end("10")];
    // The other one would make it wait longer.
    let in_watch = [ready, event("ADDED", "c@3"), initial_end("10"), broken(&event("MODIFIED", "b@12"))];
    for (events, is_all) in [(&in_list, true), (&in_list, false), (&in_watch, true)] {
        let end = run(typed(is_all), &[streamed(events)]);
        let OutcomeOfMany::Undecodable(object) = &end.outcome else { panic!("{:?}", end.outcome) };
        assert_eq!((object.name(), end.at, end.requests.len()), ("b", 0.0, 1));
        let error = end.outcome.try_map(Readiness::from_object).unwrap_err().to_string();
        assert!(error.starts_with("can't decode Pod default/b@") && error.contains("ready"), "{error}");
    }
    // An object of another name isn't judged.
    let mut waiting = typed(true);
    waiting.names(["a"]).unwrap();
    assert_eq!(met(&run(waiting, &[streamed(&in_list)])), ["a@1"]);
}

/// Its version never passes, so nothing that follows is judged without it.
#[test]
fn an_event_that_can_not_be_read_is_the_last_trouble() {
    let poison = event("MODIFIED", "b@12!").replace(r#""name":"b""#, r#""name":7"#);
    let listed = [event("ADDED", "a@1!"), event("ADDED", "b@2")].concat();
    for (case, events, known) in [
        ("in the list", listed.clone() + &poison, 0),
        ("in the watch", listed + &initial_end("10") + &poison + &event("MODIFIED", "c@13!"), 2),
    ] {
        let list = list("20", &["a@1!", "b@2!"]).replace(r#""name":"b""#, r#""name":7"#);
        let end = run_with(all(is_ready), |request| {
            let is_list = query(request, "watch").is_none();
            Some((200, if is_list { list.clone() } else { events.clone() }))
        });
        let last = last(&end);
        let cause = last.trouble.as_ref().map(|trouble| &trouble.cause);
        assert!(matches!(cause, Some(Cause::Unreadable(_))), "{case}: {cause:?}");
        assert_eq!((last.is_known(), end.at), (false, 60.0), "{case}");
        if known > 0 {
            assert_eq!(named(&last.unmet), ["b@2"], "{case}");
        } else {
            assert_eq!(last.as_of, None, "{case}");
        }
    }
}

#[test]
fn a_refusal_ends_it_with_the_words_of_the_server() {
    let message = "field label not supported: spec.banana";
    let config = config().fields("spec.banana=x").bookmarks(false).build().unwrap();
    let waiting = WaitForMany::all(config, is_ready as Predicate).unwrap();
    let end = run(waiting, &[(400, status(400, "BadRequest", message))]);
    let OutcomeOfMany::Ended { done, .. } = &end.outcome else { panic!("{:?}", end.outcome) };
    assert!(matches!(**done, Done::Refused(_)) && done.to_string().ends_with(message), "{done}");
}

#[test]
fn what_it_can_not_wait_for_is_refused_by_name() {
    let error = all(is_ready).names([""; 0]).unwrap_err().to_string();
    assert_eq!(error, "the list of names is empty");
    assert_eq!(all(is_ready).names(["a", ""]).unwrap_err().to_string(), "the name is empty");
    let config = config().start(Start::Now).build().unwrap();
    let error = WaitForMany::all(config, is_ready).unwrap_err().to_string();
    assert!(error.starts_with("`start` isn't the initial list"), "{error}");
}

#[test]
fn an_outcome_is_mapped_to_a_type() {
    let outcome = OutcomeOfMany::Met(vec![Object::parse(pod("a@1").into()).unwrap()]);
    let versions = outcome.clone().try_map(|object| object.resource_version().to_string().parse::<u64>());
    assert_eq!(versions, Ok(OutcomeOfMany::Met(vec![1])));
    assert_eq!(outcome.try_map(|_| Err::<(), _>("no")), Err("no"));
}

#[test]
fn conditions_are_joined() {
    let object = Object::parse(pod("a@1!").into()).unwrap();
    let judge = |condition: &dyn Fn(Option<&Object>) -> bool| (condition(Some(&object)), condition(None));
    assert_eq!(judge(&is_ready.not()), (false, true));
    assert_eq!(judge(&is_ready.or(is_gone)), (true, true));
    assert_eq!(judge(&is_ready.and(is_gone)), (false, false));
    assert_eq!(judge(&conditions::is_created), (true, false));
    assert_eq!(judge(&conditions::is_deleted("uid-a")), (false, true));
    assert_eq!(judge(&conditions::is_deleted("another")), (true, true));
    assert_eq!(judge(&conditions::is_deleted("another").and(is_ready.not()).not()), (true, false));
}

/// So that a wait with joined conditions can be a task.
#[test]
fn joined_conditions_are_send() {
    fn is_send<T: Send>(_: &T) {}
    is_send(&is_ready.and(is_gone).or(conditions::is_deleted("u")).not());
}

/// A list and what follows it, up to a 410: the pods that are put (and whether they are ready) or deleted. The first
/// `listed` steps happen before the list, so that only the list shows them.
#[derive(Clone, Debug)]
struct Exchange {
    listed: usize,
    steps: Vec<(u8, Option<bool>)>,
}

fn exchanges() -> impl Strategy<Value = Vec<Exchange>> {
    let step = (0..3_u8, prop::option::weighted(0.75, prop::bool::ANY));
    let exchange =
        (0..6_usize, prop::collection::vec(step, 0..10)).prop_map(|(listed, steps)| Exchange { listed, steps });
    prop::collection::vec(exchange, 1..4)
}

/// The pods of the server: their version, and whether they are ready.
type Pods = BTreeMap<u8, (u32, bool)>;

fn text(name: u8, (version, is_ready): (u32, bool)) -> String {
    format!("{name}@{version}{}", if is_ready { "!" } else { "" })
}

fn holds(pods: &Pods, is_all: bool, names: Option<u8>) -> bool {
    // With names: the first `count` ones.
    let counts = |name: u8| names.is_none_or(|count| name < count);
    let (mut ready, mut total) = (0, 0);
    for (_, (_, is_ready)) in pods.iter().filter(|(name, _)| counts(**name)) {
        ready += usize::from(*is_ready);
        total += 1;
    }
    let required = names.map_or(1, usize::from).max(total);
    if is_all { ready == required } else { ready > 0 }
}

/// What the server has at one list, and the events after it.
#[derive(Clone)]
struct Served {
    version: String,
    pods: Vec<String>,
    events: String,
}

impl Served {
    fn new(pods: &Pods, version: u32) -> Self {
        let pods = pods.iter().map(|(name, pod)| text(*name, *pod)).collect();
        Self { version: version.to_string(), pods, events: String::new() }
    }
}

/// Answers a request from what is served first. After its events, the next one is served.
fn serve(served: &mut VecDeque<Served>, request: &Request) -> String {
    let pods: Vec<_> = served[0].pods.iter().map(String::as_str).collect();
    let listed = match (query(request, "watch"), query(request, "sendInitialEvents")) {
        (None, _) => return list(&served[0].version, &pods),
        (Some(_), None) => String::new(),
        (Some(_), Some(_)) => {
            pods.iter().map(|pod| event("ADDED", pod)).collect::<String>() + &initial_end(&served[0].version)
        }
    };
    let events = served[0].events.clone();
    if served.len() > 1 {
        served.pop_front();
    }
    listed + &events
}

/// Applies a step. Returns its event, if it changes anything.
fn apply((name, ready): &(u8, Option<bool>), pods: &mut Pods, version: &mut u32) -> Option<String> {
    let before = pods.get(name).copied();
    *version += 1;
    let (kind, is_ready) = match (*ready, before) {
        (Some(is_ready), Some(_)) => ("MODIFIED", is_ready),
        (Some(is_ready), None) => ("ADDED", is_ready),
        (None, before) => ("DELETED", before?.1),
    };
    match ready {
        Some(_) => drop(pods.insert(*name, (*version, is_ready))),
        None => drop(pods.remove(name)),
    }
    Some(event(kind, &text(*name, (*version, is_ready))))
}

proptest! {
    /// Against a model of the server: the wait ends with the first state that meets the condition, and with no other.
    #[test]
    fn it_ends_with_the_first_state_that_meets_it(exchanges in exchanges(), is_all in prop::bool::ANY, names in prop::option::of(1..3_u8)) {
        let (mut pods, mut version, mut served) = (Pods::new(), 1, VecDeque::new());
        let mut expected: Option<Pods> = None;
        for Exchange { listed, steps } in exchanges {
            let mut judge = |pods: &Pods| {
                if expected.is_none() && holds(pods, is_all, names) {
                    expected = Some(pods.clone());
                }
            };
            let (before, after) = steps.split_at(steps.len().min(listed));
            before.iter().for_each(|step| drop(apply(step, &mut pods, &mut version)));
            judge(&pods);
            let mut exchange = Served::new(&pods, version);
            for step in after {
                let Some(event) = apply(step, &mut pods, &mut version) else { continue };
                exchange.events.push_str(&event);
                judge(&pods);
            }
            exchange.events.push_str(&error(410, "Expired", "old"));
            served.push_back(exchange);
        }
        // The last watch is silent.
        served.push_back(Served::new(&pods, version));
        let mut waiting = if is_all { all(is_ready) } else { any(is_ready) };
        if let Some(count) = names {
            waiting.names((0..count).map(|name| name.to_string())).unwrap();
        }
        let end = run_with(waiting, |request| Some((200, serve(&mut served, request))));
        match (expected, &end.outcome) {
            (Some(pods), OutcomeOfMany::Met(objects)) => {
                let is_given = |name: u8| names.is_none_or(|count| name < count);
                let ready = pods.iter().filter(|(name, (_, is_ready))| *is_ready && is_given(**name));
                let ready: Vec<_> = ready.map(|(name, (version, _))| format!("{name}@{version}")).collect();
                prop_assert_eq!(named(objects), ready);
            }
            (None, OutcomeOfMany::DeadlineReached(last)) => {
                prop_assert!(last.is_known());
                prop_assert_eq!(end.at, 60.0);
            }
            (expected, outcome) => prop_assert!(false, "expected {:?}, found {:?}", expected, outcome),
        }
    }
}
