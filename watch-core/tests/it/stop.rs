//! `Stop` ends the watch in every state, and nothing comes after it.

use std::time::Duration;

use watch_core::{Done, Input, Phase, TransportErrorKind};

use crate::rig::{Rig, bookmark, event, initial_end, list, page, pods, status};

/// A way into each state, and into each of its stages.
pub(crate) fn everywhere() -> Vec<(&'static str, Phase, Rig)> {
    let auto = || pods().start(watch_core::Start::default());
    let rig = |phase, name, mut rig: Rig, walk: fn(&mut Rig) -> &mut Rig| {
        walk(&mut rig);
        (name, phase, rig)
    };
    vec![
        rig(Phase::Opening, "list sent", Rig::new(pods()), |rig| rig),
        rig(Phase::Listing, "list open", Rig::new(pods()), |rig| rig.open()),
        rig(Phase::Listing, "list half read", Rig::new(pods()), |rig| {
            rig.open().body(list("10", &["a@5", "b@6"])[..200].to_owned())
        }),
        rig(Phase::Opening, "second page sent", Rig::new(pods()), |rig| rig.reply(200, page("10", "t", &["a@5"]))),
        rig(Phase::Refused, "refusal half read", Rig::new(pods()), |rig| {
            rig.head(watch_core::ResponseHead::new(403)).body("{")
        }),
        rig(Phase::Opening, "watch sent", Rig::new(pods()), |rig| rig.reply(200, list("10", &[]))),
        rig(Phase::Live, "watch open", Rig::live(pods()), |rig| rig),
        rig(Phase::Live, "watch with half an event", Rig::live(pods()), |rig| {
            rig.body(event("ADDED", "a@11")[..30].to_owned())
        }),
        rig(Phase::StreamingList, "streaming list open", Rig::new(auto()), |rig| rig.open()),
        rig(Phase::StreamingList, "streaming list half read", Rig::new(auto()), |rig| {
            rig.open().body(event("ADDED", "a@5"))
        }),
        rig(Phase::Live, "streaming list complete", Rig::new(auto()), |rig| rig.open().body(initial_end("10"))),
        rig(Phase::BackingOff, "backing off", Rig::new(pods()), |rig| rig.fail(TransportErrorKind::Refused)),
        rig(Phase::Done, "refused for good", Rig::new(pods()), |rig| {
            rig.reply(400, status(400, "BadRequest", "no such field"))
        }),
    ]
}

#[test]
fn stop_ends_it_in_every_state_and_aborts_what_is_open() {
    for (name, phase, mut rig) in everywhere() {
        assert_eq!(rig.watcher.phase(), phase, "{name}");
        let (events, requests, aborted) = (rig.events.len(), rig.sent.len(), rig.aborted.len());
        let was_open = !matches!(phase, Phase::BackingOff | Phase::Done);
        let id = rig.id();
        rig.handle(Input::Stop);
        if phase == Phase::Done {
            assert!(matches!(rig.done, Some(Done::Refused(_))), "{name}: what ended it first is what ended it");
        } else {
            assert_eq!(rig.done, Some(Done::Stopped), "{name}");
        }
        assert_eq!(rig.aborted.len() - aborted, usize::from(was_open), "{name}");
        // More inputs of the exchange, more time, another request of the consumer: all are too late.
        rig.handle(Input::Body { id, bytes: event("ADDED", "late@99").into() });
        rig.handle(Input::End { id });
        rig.handle(Input::Relist);
        rig.advance(Duration::from_secs(86_400));
        assert_eq!((rig.events.len(), rig.sent.len()), (events, requests), "{name}");
        assert!(rig.done.is_some() && rig.wait.is_none(), "{name}");
    }
}

#[test]
fn stop_between_two_polls_drops_the_events_that_were_not_polled() {
    let mut rig = Rig::live(pods());
    let id = rig.id();
    let bytes = event("ADDED", "a@11") + &event("ADDED", "b@12") + &bookmark("13");
    rig.watcher.handle(Input::Body { id, bytes: bytes.into() }).unwrap();
    assert!(matches!(rig.watcher.poll(rig.now), watch_core::Output::Event(_)));
    assert_eq!(
        rig.watcher.checkpoint().unwrap().resource_version().to_string(),
        "11",
        "what was polled is what counts"
    );
    rig.handle(Input::Stop);
    assert!(rig.events.is_empty());
    assert_eq!(rig.watcher.checkpoint().unwrap().resource_version().to_string(), "11");
}

#[test]
fn relist_in_every_state_requests_the_complete_list_once() {
    for (name, phase, mut rig) in everywhere() {
        let (requests, aborted) = (rig.sent.len(), rig.aborted.len());
        rig.handle(Input::Relist);
        if phase == Phase::Done {
            assert_eq!(rig.sent.len(), requests, "{name}");
            continue;
        }
        if phase == Phase::BackingOff {
            assert_eq!(rig.sent.len(), requests, "{name}: the wait isn't cut short");
            rig.until_sent();
        }
        assert_eq!(rig.sent.len(), requests + 1, "{name}");
        assert_eq!(rig.aborted.len() - aborted, usize::from(phase != Phase::BackingOff), "{name}");
        assert!(!rig.uri().contains("resourceVersion="), "{name}: {}", rig.uri());
        assert_eq!(rig.watcher.checkpoint(), None, "{name}");
    }
}

/// The version is given up at once, so a checkpoint from before would skip the list.
#[test]
fn after_a_relist_was_requested_there_is_no_checkpoint() {
    let mut rig = Rig::live(pods());
    rig.body(event("ADDED", "a@11"));
    assert!(rig.watcher.checkpoint().is_some());
    rig.watcher.handle(Input::Relist).unwrap();
    assert!(rig.watcher.checkpoint().is_none());
    assert!(rig.watcher.freshness().resource_version.is_none());
    assert!(rig.watcher.freshness().synced_as_of.is_some(), "the consumer still has what it had");
}

/// The server may have requested the wait.
#[test]
fn a_relist_does_not_cut_a_wait_short() {
    let mut rig = Rig::live(pods());
    let head = watch_core::ResponseHead::new(429).with_retry_after(crate::rig::secs(40));
    rig.body(event("ADDED", "a@11")).advance(crate::rig::secs(60)).end().settle().head(head).end();
    let (before, sent) = (rig.now, rig.sent.len());
    rig.advance(crate::rig::secs(10)).handle(Input::Relist);
    assert_eq!(rig.sent.len(), sent);
    rig.until_sent();
    assert_eq!(rig.now.since(before), crate::rig::secs(40));
    assert_eq!(rig.uri(), "/api/v1/namespaces/default/pods?limit=500");
}
