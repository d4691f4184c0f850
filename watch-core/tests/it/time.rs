//! Timeouts: which silence counts, and which doesn't.

use std::time::Duration;

use watch_core::{Done, Event, Input, Instant, Output, Phase, RequestKind, TransportErrorKind, Waiting};

use crate::rig::{Rig, bookmark, event, initial_end, list, pod_json, pods, secs};

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn a_missing_head_times_out() {
    let mut rig = Rig::new(pods());
    assert_eq!(rig.wait.unwrap().on, Waiting::Head);
    rig.advance(secs(64));
    assert_eq!(rig.sent.len(), 1, "kube-apiserver's own timeout comes first");
    rig.advance(secs(5));
    assert_eq!((rig.sent.len(), rig.aborted.len()), (2, 1));
    assert!(
        rig.take_notices()[0].starts_with("LIST of pods in default: timeout: no response for 65.0s; "),
        "names what was awaited"
    );
}

#[test]
fn a_silent_list_times_out_and_a_slow_one_does_not() {
    let mut rig = Rig::new(pods());
    rig.open();
    let text = list("10", &["a@5", "b@6", "c@7"]);
    let mut offset = 0;
    for cut in [150, 260, text.len() - 2] {
        rig.body(text[offset..cut].to_owned()).advance(secs(50));
        offset = cut;
    }
    assert_eq!(rig.sent.len(), 1);
    rig.advance(secs(15));
    assert_eq!(rig.aborted.len(), 1);
}

#[test]
fn a_watch_may_be_silent_until_the_server_was_to_end_it() {
    let mut rig = Rig::live(pods()).by_hand();
    let asked: u64 = rig.uri().split("timeoutSeconds=").nth(1).unwrap().parse().unwrap();
    assert!((218..=290).contains(&asked), "{asked}: a quarter by chance");
    rig.advance(secs(asked + 14));
    assert!(rig.aborted.is_empty());
    rig.advance(secs(2));
    assert_eq!(rig.aborted.len(), 1);
    let notices = rig.take_notices();
    assert!(
        notices[0].starts_with("WATCH of pods in default after 10: timeout: no event or bookmark for"),
        "{notices:?}"
    );
    rig.until_sent();
    assert_eq!(rig.uri(), "/api/v1/namespaces/default/pods?limit=1", "the watch was silent: does the server lag?");
    rig.reply(200, list("30", &[]));
    assert!(rig.has_query("resourceVersion=10"), "no, so the watch continues");
}

#[test]
fn a_watch_that_had_bookmarks_times_out_sooner() {
    let mut rig = Rig::live(pods());
    rig.body(bookmark("12")).advance(secs(149));
    assert!(rig.aborted.is_empty());
    rig.advance(secs(2));
    assert_eq!(rig.aborted.len(), 1);
    assert!(rig.take_notices()[0].contains("timeout: no bookmark for 150.0s"));
}

#[test]
fn an_object_that_drips_in_times_out() {
    let mut rig = Rig::live(pods());
    for byte in event("ADDED", "a@11").bytes().take(3) {
        rig.body(vec![byte]).advance(secs(25));
    }
    assert_eq!(rig.aborted.len(), 1);
    assert!(rig.take_notices()[0].contains("timeout: no end of the object for 60.0s"));
}

#[test]
fn an_hour_of_a_slow_consumer_is_no_trouble() {
    let mut rig = Rig::live(pods());
    let id = rig.id();
    let bytes = event("ADDED", "a@11") + &event("ADDED", "b@12") + &event("ADDED", "c@13")[..40];
    rig.watcher.handle(Input::Body { id, bytes: bytes.into() }).unwrap();
    for _ in 0..2 {
        assert!(matches!(rig.watcher.poll(rig.now), Output::Event(Event::Added(_))));
        rig.now = rig.now + HOUR;
    }
    rig.drain();
    assert!(rig.notices.is_empty() && rig.aborted.is_empty(), "{:?}", rig.notices);
    let until = rig.wait.unwrap().until.unwrap();
    assert!(until > rig.now, "there is time left to read what the socket holds");
    rig.body(event("ADDED", "c@13")[40..].to_owned()).end();
    assert_eq!(rig.take_events(), ["ADDED Pod default/c@13"]);
    assert!(rig.has_query("resourceVersion=13"));
}

#[test]
fn time_before_a_request_is_sent_does_not_count() {
    let mut watcher = watch_core::Watcher::new(pods().build().unwrap());
    let now = watch_core::Instant::from_origin(secs(5));
    assert!(matches!(watcher.poll(now), Output::Send(_)));
    let Output::Wait(wait) = watcher.poll(now + HOUR) else { panic!() };
    assert_eq!(wait.until, Some(now + HOUR + secs(65)));
}

#[test]
fn a_clock_that_jumps_causes_one_new_request_and_no_burst() {
    for jump in [8 * HOUR, 1000 * HOUR] {
        let mut rig = Rig::live(pods());
        let before = rig.sent.len();
        rig.now = rig.now + jump;
        rig.drain();
        assert_eq!((rig.watcher.phase(), rig.aborted.len()), (Phase::BackingOff, 1));
        rig.advance(secs(2));
        assert_eq!(rig.sent.len(), before + 1);
    }
}

#[test]
fn a_clock_that_goes_back_changes_nothing() {
    let mut rig = Rig::live(pods());
    let wait = rig.wait;
    rig.now = watch_core::Instant::ORIGIN;
    rig.drain();
    assert_eq!(rig.wait, wait);
}

#[test]
fn what_was_handed_in_counts_before_a_deadline_does() {
    let mut rig = Rig::live(pods());
    let id = rig.id();
    rig.watcher.handle(Input::Body { id, bytes: event("ADDED", "a@11").into() }).unwrap();
    rig.watcher.handle(Input::End { id }).unwrap();
    rig.now = rig.now + HOUR;
    rig.drain();
    assert_eq!(rig.take_events(), ["ADDED Pod default/a@11"]);
    assert!(rig.notices.is_empty(), "{:?}", rig.notices);
}

#[test]
fn the_deadline_shortens_the_watches_and_ends_it_exactly() {
    let mut rig = Rig::new(pods().deadline(secs(100)));
    rig.advance(secs(30)).reply(200, list("10", &[]));
    assert!(rig.has_query("timeoutSeconds=70"), "{}", rig.uri());
    let ended = rig.open().body(bookmark("10")).advance(secs(40)).now;
    rig.end().settle().open();
    assert!(rig.has_query("timeoutSeconds=30"), "{}", rig.uri());
    rig.now = ended + Duration::from_millis(29_999);
    rig.drain();
    assert_eq!(rig.done, None);
    rig.wake();
    assert_eq!(rig.done, Some(Done::DeadlineReached));
    assert_eq!(rig.aborted.len(), 1);
}

#[test]
fn a_remaining_fraction_of_a_second_is_rounded_up() {
    let mut rig = Rig::new(pods().deadline(secs(100)));
    rig.advance(Duration::from_millis(99_100)).reply(200, list("10", &[]));
    assert!(rig.has_query("timeoutSeconds=1"), "{}: 0 would be as long as the server likes", rig.uri());
    let mut rig = Rig::new(pods().deadline(secs(100)));
    rig.advance(Duration::from_millis(49_500)).reply(200, list("10", &[]));
    assert!(rig.has_query("timeoutSeconds=51"), "{}", rig.uri());
}

/// The server counts from when it received the request, so a late head doesn't make the watch longer.
#[test]
fn the_idle_timeout_counts_from_the_request() {
    let mut rig = Rig::new(pods());
    rig.reply(200, list("10", &[]));
    let asked: u64 = rig.uri().split("timeoutSeconds=").nth(1).unwrap().parse().unwrap();
    rig.advance(secs(3)).open().advance(secs(asked - 3 + 14));
    assert!(rig.aborted.is_empty());
    rig.advance(secs(2));
    assert_eq!(rig.aborted.len(), 1);
}

#[test]
fn the_deadline_ends_a_backoff_too() {
    let mut rig = Rig::new(pods().deadline(secs(3)));
    while rig.done.is_none() {
        if rig.wait.unwrap().on == Waiting::Head {
            rig.fail(TransportErrorKind::Refused);
        } else {
            rig.wake();
        }
    }
    assert_eq!(rig.now.since_origin(), secs(1003));
}

#[test]
fn it_gives_up_after_the_configured_time() {
    let mut rig = Rig::live(pods().give_up_after(secs(60)));
    rig.body(event("ADDED", "a@11"));
    let began = rig.now;
    while rig.done.is_none() {
        if rig.wait.unwrap().on == Waiting::Backoff {
            rig.wake();
        } else {
            rig.fail(TransportErrorKind::Reset);
        }
    }
    assert_eq!(rig.now.since(began), secs(60), "exactly");
    let Some(Done::GaveUp { attempts, last }) = &rig.done else { panic!("{:?}", rig.done) };
    assert!(*attempts > 5);
    assert_eq!(last.to_string(), "WATCH of pods in default after 11: connection reset: test");
}

#[test]
fn it_gives_up_during_an_attempt_but_not_an_open_watch() {
    let mut rig = Rig::live(pods().give_up_after(secs(60)));
    rig.body(event("ADDED", "a@11")).fail(TransportErrorKind::Reset);
    let began = rig.now;
    rig.until_sent();
    let mut open = rig.clone();
    rig.advance(secs(600));
    assert!(matches!(rig.done, Some(Done::GaveUp { attempts: 1, .. })), "{:?}", rig.done);
    assert_eq!(rig.aborted, [rig.id()]);
    // A watch that lasts shows that the trouble is over, even without events.
    open.open();
    open.advance(secs(200)).end();
    assert_eq!(open.done, None, "since {began:?}");
    open.until_sent().fail(TransportErrorKind::Reset).until_sent();
    assert_eq!(open.done, None, "a later failure is new");
}

/// The time to give up came while a watch was open, so its end is the beginning of other trouble.
#[test]
fn a_watch_open_when_it_would_have_given_up_ends_the_trouble() {
    let mut rig = Rig::live(pods().give_up_after(secs(10)));
    rig.fail(TransportErrorKind::Reset).until_sent().open().advance(secs(20)).fail(TransportErrorKind::Reset);
    assert_eq!(rig.done, None);
    let began = rig.now;
    assert_eq!(rig.watcher.freshness().trouble_since, Some(began));
    while rig.done.is_none() {
        match rig.wait.unwrap().on {
            Waiting::Backoff => rig.wake(),
            _ => rig.fail(TransportErrorKind::Refused),
        };
    }
    assert_eq!(rig.now.since(began), secs(10));
    // One that ended before isn't enough: nothing shows that the trouble was over.
    let mut rig = Rig::live(pods().give_up_after(secs(10)));
    rig.fail(TransportErrorKind::Reset);
    let began = rig.now;
    rig.until_sent().open().advance(secs(5)).fail(TransportErrorKind::Reset);
    rig.advance(secs(10));
    assert!(rig.done.is_some() && rig.watcher.freshness().trouble_since == Some(began));
}

/// A watch was open when the time to give up came. Its end by the consumer is no reason to give up.
#[test]
fn a_relist_of_an_open_watch_is_no_reason_to_give_up() {
    let mut rig = Rig::live(pods().give_up_after(secs(10)));
    rig.fail(TransportErrorKind::Reset).until_sent().open().advance(secs(12));
    rig.handle(watch_core::Input::Relist);
    assert_eq!(rig.done, None);
    assert_eq!(rig.request().kind, RequestKind::List);
    assert_eq!(rig.watcher.freshness().trouble_since, None);
    rig.reply(200, list("11", &[])).open();
    assert_eq!(rig.done, None);
}

#[test]
fn plain_bookmarks_do_not_save_an_endless_streaming_list() {
    let mut rig = Rig::new(pods().start(watch_core::Start::default()));
    rig.open().body(event("ADDED", "a@5")).advance(secs(25)).body(event("ADDED", "b@6"));
    for _ in 0..3 {
        rig.advance(secs(9)).body(bookmark("7"));
    }
    assert_eq!(rig.sent.len(), 1);
    rig.advance(secs(4));
    assert_eq!(rig.request().kind, RequestKind::List);
    rig.reply(200, list("10", &["a@5"]));
    let events = rig.take_events();
    assert_eq!(events[3..], ["INITIAL (retry)", "INITIAL Pod default/a@5", "INITIAL END @10"], "{events:?}");
    assert!(rig.has_query("resourceVersion=10"));
}

#[test]
fn a_streaming_list_that_ends_resumes_after_its_end_marker() {
    let mut rig = Rig::new(pods().start(watch_core::Start::default()));
    assert!(rig.has_query("sendInitialEvents=true") && rig.has_query("resourceVersionMatch=NotOlderThan"));
    rig.open().body(event("ADDED", "a@50"));
    assert_eq!(rig.watcher.checkpoint(), None);
    rig.fail(TransportErrorKind::Reset).until_sent();
    assert!(rig.has_query("sendInitialEvents=true"));
    rig.open().body(event("ADDED", "a@50")).body(initial_end("60")).body(event("DELETED", "a@61"));
    assert_eq!(
        rig.take_events(),
        [
            "INITIAL (first)",
            "INITIAL Pod default/a@50",
            "INITIAL (retry)",
            "INITIAL Pod default/a@50",
            "INITIAL END @60",
            "DELETED Pod default/a@61"
        ]
    );
    rig.advance(secs(200)).end().settle();
    assert!(rig.has_query("resourceVersion=61") && !rig.uri().contains("sendInitialEvents"), "{}", rig.uri());
}

#[test]
fn a_list_that_never_ends_times_out() {
    let mut rig = Rig::new(pods());
    rig.open().body(r#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"10"},"items":["#);
    for number in 0..20 {
        if rig.aborted.is_empty() {
            let comma = if number == 0 { "" } else { "," };
            let item = format!(r#"{comma}{{"metadata":{{"name":"a-{number}","resourceVersion":"5"}}}}"#);
            rig.body(item).advance(secs(50));
        }
    }
    assert_eq!(rig.now.since_origin(), secs(1600), "ten minutes and no more");
    assert!(rig.take_notices()[0].contains("timeout: no end of the list for 600.0s"));
}

/// Some proxies close idle connections. That isn't a failure, and must neither cause a gap nor end the watch.
#[test]
fn quiet_watches_that_end_without_an_error_reopen_soon() {
    let mut rig = Rig::live(pods().give_up_after(secs(60)));
    // Trouble that was over before.
    rig.fail(TransportErrorKind::Reset).until_sent().open();
    let begin = rig.now;
    let mut open = secs(0);
    while rig.now.since(begin) < secs(3600) {
        rig.advance(secs(20)).end();
        open += secs(20);
        while rig.wait.unwrap().on == Waiting::Backoff {
            rig.wake();
        }
        if rig.request().kind == RequestKind::List {
            rig.reply(200, list("10", &["a@5"]));
        }
        rig.open();
    }
    assert_eq!(rig.done, None);
    assert!(open * 100 >= rig.now.since(begin) * 99, "{open:?} of {:?}", rig.now.since(begin));
    // And if they close sooner, at most every ten seconds.
    let (before, begin) = (rig.sent.len(), rig.now);
    while rig.now.since(begin) < secs(600) {
        rig.advance(secs(2)).end();
        while rig.wait.unwrap().on == Waiting::Backoff {
            rig.wake();
        }
        if rig.request().kind == RequestKind::List {
            rig.reply(200, list("10", &["a@5"]));
        }
        rig.open();
    }
    assert!(rig.sent.len() - before <= 80, "{}", rig.sent.len() - before);
    assert_eq!(rig.done, None);
}

#[test]
fn at_the_end_of_time_it_waits_and_does_not_spin() {
    let mut rig = Rig::live(pods());
    rig.now = Instant::from_origin(Duration::MAX);
    rig.fail(TransportErrorKind::Reset);
    assert_eq!(rig.wait.unwrap().on, Waiting::Backoff);
}

#[test]
fn a_watch_that_brought_news_is_not_short() {
    for last in [String::new(), bookmark("12"), bookmark("13")] {
        let mut rig = Rig::live(pods());
        rig.take_notices();
        rig.body(event("ADDED", "b@12") + &last).advance(Duration::from_millis(500)).end();
        assert_eq!(rig.take_notices(), [""; 0], "{last}");
    }
    // Events of the same version that can't be remembered aren't news, and don't make what came before them old.
    let mut rig = Rig::live(pods());
    rig.take_notices();
    rig.body((0..20).map(|number| event("ADDED", &format!("pod-{number}@12"))).collect::<String>()).end();
    assert_eq!(rig.take_notices(), [""; 0]);
}

/// The time that an object may take begins with its first piece, not with that of an earlier object.
#[test]
fn the_time_of_an_object_counts_from_its_own_first_piece() {
    for is_list in [false, true] {
        let mut rig = Rig::new(pods());
        if is_list {
            rig.open().body(list("20", &[]).replace("]}\n", ""));
        } else {
            rig.reply(200, list("10", &[])).open();
        }
        for version in 11..14 {
            let object = if is_list {
                let comma = if version == 11 { "" } else { "," };
                format!("{comma}{}", pod_json(&format!("a{version}@{version}")))
            } else {
                event("ADDED", &format!("a{version}@{version}"))
            };
            rig.events.clear();
            rig.body(object[..40].to_owned()).advance(secs(29)).body(object[40..].to_owned());
            assert!(rig.take_events().last().is_some_and(|last| last.ends_with(&format!("@{version}"))), "{version}");
            rig.advance(secs(29));
            assert!(rig.aborted.is_empty() && rig.notices.is_empty(), "list: {is_list}, {version}: {:?}", rig.notices);
        }
    }
}
