//! Waiting for one object.

use std::time::Duration;

use watch_core::{Config, Input, Instant, Object, Outcome, Output, Request, Resource, ResponseHead, WaitFor};

use crate::rig::{error, event, initial_end};

type Predicate = fn(Option<&Object>) -> bool;

fn is_gone(pod: Option<&Object>) -> bool {
    pod.is_none()
}

fn is_at_12(pod: Option<&Object>) -> bool {
    pod.is_some_and(|pod| pod.resource_version().to_string() == "12")
}

/// Drives a wait against answers, one for each request, until it is over or waits for more than they say.
fn drive(predicate: Predicate, answers: &[&str]) -> (WaitFor<Predicate>, Vec<Request>, Instant) {
    let config = Config::builder(Resource::core("v1", "pods"))
        .namespace("default")
        .name("web")
        .deadline(Duration::from_secs(60))
        .build()
        .unwrap();
    let mut waiting = WaitFor::new(config, predicate).unwrap();
    let (mut now, mut requests, mut answers) = (Instant::ORIGIN, Vec::new(), answers.iter());
    loop {
        match waiting.poll(now) {
            Output::Send(request) => {
                let id = request.id;
                requests.push(request);
                if let Some(answer) = answers.next() {
                    waiting.handle(Input::Response { id, head: ResponseHead::new(200) }).unwrap();
                    waiting.handle(Input::Body { id, bytes: (*answer).to_owned().into() }).unwrap();
                }
            }
            Output::Wait(wait) => now = wait.until.unwrap(),
            Output::Done(_) => return (waiting, requests, now),
            Output::Abort(_) | Output::Event(_) | Output::Notice(_) => {}
        }
    }
}

#[test]
fn it_is_over_at_once_if_the_present_state_will_do() {
    let (waiting, requests, now) = drive(is_gone, &[&initial_end("10")]);
    assert_eq!(waiting.outcome(), Some(&Outcome::Met(None)));
    assert_eq!((requests.len(), now), (1, Instant::ORIGIN));
}

#[test]
fn absence_is_not_believed_before_the_set_is_whole() {
    let (waiting, ..) = drive(is_gone, &[&event("ADDED", "web@5")]);
    assert_eq!(waiting.outcome(), Some(&Outcome::DeadlineReached(None)));
    let (waiting, ..) =
        drive(is_gone, &[&(event("ADDED", "web@5") + &initial_end("10") + &event("DELETED", "web@11"))]);
    assert_eq!(waiting.outcome(), Some(&Outcome::Met(None)));
}

#[test]
fn a_change_that_was_missed_in_a_gap_is_found_in_the_next_set() {
    let first = event("ADDED", "web@5") + &initial_end("10") + &error(410, "Expired", "old");
    let (waiting, requests, _) = drive(is_at_12, &[&first, &(event("ADDED", "web@12") + &initial_end("20"))]);
    let Some(Outcome::Met(Some(pod))) = waiting.outcome() else { panic!("{waiting:?}") };
    assert_eq!(pod.name(), "web");
    assert_eq!(requests.len(), 2);
    let (waiting, ..) = drive(is_gone, &[&first, &initial_end("20")]);
    assert_eq!(waiting.outcome(), Some(&Outcome::Met(None)));
}

#[test]
fn the_deadline_is_exact_and_says_what_was_there() {
    let (waiting, requests, now) = drive(is_at_12, &[&(event("ADDED", "web@5") + &initial_end("10"))]);
    let Some(Outcome::DeadlineReached(Some(pod))) = waiting.outcome() else { panic!("{waiting:?}") };
    assert_eq!(pod.resource_version().to_string(), "5");
    assert_eq!(now.since_origin(), Duration::from_secs(60));
    assert!(requests[0].http.uri().query().unwrap().contains("timeoutSeconds=60"));
}

#[test]
fn a_refusal_ends_it_with_the_servers_words() {
    let config = Config::builder(Resource::core("v1", "pods")).name("web").bookmarks(false).build().unwrap();
    let mut waiting = WaitFor::new(config, is_gone).unwrap();
    let Output::Send(request) = waiting.poll(Instant::ORIGIN) else { panic!() };
    let id = request.id;
    waiting.handle(Input::Response { id, head: ResponseHead::new(400) }).unwrap();
    let status = crate::rig::status(400, "BadRequest", "field label not supported");
    waiting.handle(Input::Body { id, bytes: status.into() }).unwrap();
    waiting.handle(Input::End { id }).unwrap();
    assert!(matches!(waiting.poll(Instant::ORIGIN), Output::Done(_)));
    let Some(Outcome::Ended(done)) = waiting.outcome() else { panic!() };
    assert_eq!(
        done.to_string(),
        "refused for good: LIST of pods web: the server says 400 BadRequest: field label not supported"
    );
}

#[test]
fn the_end_of_an_earlier_object_of_that_name_is_not_the_end_of_this_one() {
    let earlier = event("DELETED", "web@13").replace("uid-web", "uid-before");
    let now = event("ADDED", "web@12");
    for body in [now.clone() + &initial_end("12") + &earlier, now + &earlier + &initial_end("13")] {
        let (waiting, ..) = drive(is_gone, &[&body]);
        assert!(matches!(waiting.outcome(), Some(Outcome::DeadlineReached(Some(_)))), "{body}: {waiting:?}");
    }
}

#[test]
fn it_wants_to_know_which_object() {
    let config = Config::builder(Resource::core("v1", "pods")).labels("app=web").build().unwrap();
    let error = WaitFor::new(config, is_gone).unwrap_err();
    assert!(error.to_string().starts_with("no `name` was given: a wait is for one object"), "{error}");
}
