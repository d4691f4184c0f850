//! The table in `policy.rs`, row by row.

use watch_core::{Cause, Done, Notice, OnExpired, Phase, RequestKind, ResponseHead, Start, TransportErrorKind};

use crate::rig::{Rig, bookmark, error, event, initial_end, list, page, pods, secs, status};

/// What follows a failure on a watch at version 11.
#[derive(Debug, PartialEq)]
enum Came {
    /// The next request resumes, after at least this many seconds.
    Resumed(u64),
    Relisted(u64),
    Ended,
}

pub(crate) fn live() -> Rig {
    let mut rig = Rig::live(pods());
    rig.body(event("ADDED", "a@11"));
    rig.take_events();
    rig
}

fn what_came(rig: &mut Rig) -> Came {
    if rig.done.is_some() {
        return Came::Ended;
    }
    let (before, mut sent) = (rig.now, rig.sent.len());
    if rig.wait.unwrap().on == watch_core::Waiting::Backoff {
        rig.until_sent();
    }
    if rig.uri().ends_with("limit=1") {
        // The first request with fresh credentials is the version check.
        sent += 1;
        rig.reply(200, page("900", "t", &["a@5"]));
    }
    // The first wait of the backoff is 0.8 to 1.6 s.
    let waited = Some(rig.now.since(before)).filter(|waited| *waited >= secs(2)).map_or(0, |waited| waited.as_secs());
    assert!(rig.sent.len() <= sent + 1);
    match rig.request().kind {
        RequestKind::Watch => {
            assert!(rig.has_query("resourceVersion=11"), "{}", rig.uri());
            Came::Resumed(waited)
        }
        RequestKind::List => {
            assert!(!rig.uri().contains("resourceVersion"), "{}", rig.uri());
            Came::Relisted(waited)
        }
    }
}

type Row = (&'static str, fn(&mut Rig), Came);

/// In-stream ERROR and HTTP status take the same path, so most rows exist as both.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("410 Expired in the stream", |rig| _ = rig.body(error(410, "Expired", "old")), Came::Relisted(0)),
    ("410 Gone in the stream", |rig| _ = rig.body(error(410, "Gone", "old")), Came::Relisted(0)),
    ("410 without a reason", |rig| _ = rig.body(error(410, "", "old")), Came::Relisted(0)),
    ("Expired without a code", |rig| _ = rig.body(error(0, "Expired", "old")), Came::Relisted(0)),
    ("410 as HTTP status", |rig| _ = reopened(rig).reply(410, status(410, "Expired", "old")), Came::Relisted(0)),
    ("410 as HTTP status in plain text", |rig| _ = reopened(rig).reply(410, "gone"), Came::Relisted(0)),
    ("504 too large, by its cause", |rig| _ = rig.body(too_large()), Came::Relisted(3)),
    ("504 too large, by its message", |rig| _ = rig.body(error(504, "Timeout", "Too large resource version: 9, current: 5")), Came::Relisted(0)),
    ("504 of another kind", |rig| _ = rig.body(error(504, "Timeout", "storage")), Came::Resumed(0)),
    ("429 in the stream", |rig| _ = rig.body(error(429, "TooManyRequests", "slow down")), Came::Resumed(0)),
    ("429 with Retry-After", |rig| {
        let head = ResponseHead::new(429).with_content_type("text/plain").with_retry_after(secs(17));
        reopened(rig).head(head).body("Too many requests").end();
    }, Came::Resumed(17)),
    ("429 with details.retryAfterSeconds", |rig| {
        reopened(rig).reply(429, r#"{"kind":"Status","reason":"TooManyRequests","details":{"retryAfterSeconds":7},"code":429}"#);
    }, Came::Resumed(7)),
    ("an absurd Retry-After is capped", |rig| {
        reopened(rig).head(ResponseHead::new(503).with_retry_after(secs(1 << 40))).end();
    }, Came::Resumed(300)),
    ("500 of a history that was compacted", |rig| _ = rig.body(error(500, "InternalError", PREV_KV)), Came::Relisted(0)),
    ("the same as HTTP status", |rig| _ = reopened(rig).reply(500, status(500, "InternalError", PREV_KV)), Came::Relisted(0)),
    ("the same without a code", |rig| _ = rig.body(error(0, "", PREV_KV)), Came::Relisted(0)),
    ("500 InternalError", |rig| _ = rig.body(error(500, "InternalError", "etcd")), Came::Resumed(0)),
    ("503", |rig| _ = reopened(rig).reply(503, status(503, "ServiceUnavailable", "")), Came::Resumed(0)),
    ("502 from a proxy", |rig| {
        reopened(rig).head(ResponseHead::new(502).with_content_type("text/html")).body("<html>bad gateway").end();
    }, Came::Resumed(0)),
    ("409", |rig| _ = reopened(rig).reply(409, status(409, "Conflict", "")), Came::Resumed(0)),
    ("401", |rig| _ = reopened(rig).reply(401, status(401, "Unauthorized", "")), Came::Resumed(0)),
    ("403", |rig| _ = reopened(rig).reply(403, status(403, "Forbidden", "")), Came::Resumed(0)),
    ("404 in plain text", |rig| _ = reopened(rig).reply(404, "404 page not found\n"), Came::Resumed(0)),
    ("405", |rig| _ = reopened(rig).reply(405, status(405, "MethodNotAllowed", "")), Came::Ended),
    ("400", |rig| _ = reopened(rig).reply(400, status(400, "BadRequest", "")), Came::Ended),
    ("422", |rig| _ = reopened(rig).reply(422, status(422, "Invalid", "")), Came::Ended),
    ("400 from a proxy", |rig| _ = reopened(rig).reply(400, "<html>400</html>"), Came::Resumed(0)),
    ("302", |rig| _ = reopened(rig).reply(302, ""), Came::Resumed(0)),
    ("204", |rig| _ = reopened(rig).reply(204, ""), Came::Resumed(0)),
    ("HTML with 200", |rig| {
        reopened(rig).head(ResponseHead::new(200).with_content_type("text/html")).body("<html>").end();
    }, Came::Resumed(0)),
    ("gzip that was not requested", |rig| {
        let mut head = ResponseHead::new(200).with_content_type("application/json");
        head.content_encoding = Some("gzip".into());
        reopened(rig).head(head).body(&[0x1f, 0x8b][..]).end();
    }, Came::Resumed(0)),
    ("connection refused", |rig| _ = reopened(rig).fail(TransportErrorKind::Refused), Came::Resumed(0)),
    ("reset", |rig| _ = rig.fail(TransportErrorKind::Reset), Came::Resumed(0)),
    ("an event cut off by a clean end", |rig| _ = rig.body(event("ADDED", "b@12")[..50].to_owned()).end(), Came::Resumed(0)),
    ("an unreadable event", |rig| _ = rig.body("{\"type\":\"ADDED\",\"object\":{}}\n"), Came::Resumed(0)),
    ("an event from the past", |rig| _ = rig.body(event("MODIFIED", "b@9")), Came::Relisted(0)),
    ("an ERROR without a Status", |rig| _ = rig.body("{\"type\":\"ERROR\",\"object\":{\"kind\":\"Pod\"}}\n"), Came::Resumed(0)),
    ("a Status without its envelope", |rig| _ = rig.body(status(410, "Expired", "old")), Came::Relisted(0)),
    ("an unknown type", |rig| _ = rig.body(event("SYNC", "b@12")), Came::Resumed(0)),
];

/// As kube-apiserver writes it (`apierrors.NewInternalError` of what `etcd3/event.go` returns).
const PREV_KV: &str = "Internal error occurred: etcd event received with PrevKv=nil (key=/registry/pods/default/a, modRevision=12, type=PUT)";

/// The watch ended without an error and is being opened again.
fn reopened(rig: &mut Rig) -> &mut Rig {
    rig.advance(secs(60)).end().settle()
}

pub(crate) fn too_large() -> String {
    let details = r#""details":{"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}],"retryAfterSeconds":3}"#;
    format!(r#"{{"type":"ERROR","object":{{"kind":"Status","reason":"Timeout",{details},"code":504}}}}{}"#, "\n")
}

#[test]
fn each_row_of_the_table_on_a_watch() {
    for (name, trouble, came) in ROWS {
        let mut rig = live();
        trouble(&mut rig);
        assert!(rig.events.is_empty(), "{name}: {:?}", rig.events);
        assert_eq!(&what_came(&mut rig), came, "{name}: {:?}", rig.notices);
        assert_eq!(rig.notices.len(), usize::from(*came != Came::Ended), "{name}: reported once: {:?}", rig.notices);
    }
}

#[test]
fn after_error_that_watch_emits_nothing() {
    let mut rig = live();
    rig.body(error(500, "InternalError", "etcd") + &event("ADDED", "late@12"));
    assert!(rig.events.is_empty());
    assert_eq!(rig.aborted.len(), 1);
}

#[test]
fn a_restart_leaves_a_record() {
    let mut rig = live();
    rig.body(bookmark("11")).advance(secs(100)).body(error(410, "Expired", "old"));
    rig.advance(secs(3)).reply(200, list("90", &[]));
    let Some(Notice::Relisted { from, to, gap, .. }) = rig.notices.last() else { panic!("{:?}", rig.notices) };
    assert_eq!((from.to_string(), to.to_string(), *gap), ("11".into(), "90".into(), Some(secs(103))));
}

/// The machine doesn't know what the list changed, because it doesn't remember the earlier objects.
#[test]
fn a_relist_reports_how_many_objects_the_new_list_has() {
    let objects = |rig: &Rig| match rig.notices.last() {
        Some(Notice::Relisted { objects, changes: None, .. }) => *objects,
        other => panic!("{other:?}"),
    };
    let mut rig = live();
    rig.body(error(410, "Expired", "old"));
    rig.reply(200, page("90", "t", &["a@5", "b@6"])).reply(200, list("90", &["c@7"]));
    assert_eq!(objects(&rig), Some(3));
    assert_eq!(
        rig.notices.last().unwrap().to_string(),
        "relisted (version expired) from 11 to 90, gap 0.0ns; objects: 3"
    );
    rig.open().handle(watch_core::Input::Relist).reply(200, list("91", &[]));
    assert_eq!(objects(&rig), Some(0));
    // A list that wasn't completed doesn't count.
    rig.open().handle(watch_core::Input::Relist).reply(200, page("92", "t", &["a@5", "b@6"]));
    rig.fail(TransportErrorKind::Reset).until_sent().reply(200, list("93", &["a@5"]));
    assert_eq!(objects(&rig), Some(1));
    // A streaming list counts in the same way.
    let mut rig = Rig::new(pods().start(Start::default()));
    rig.open().body(initial_end("10") + &event("ADDED", "a@11") + &error(410, "Expired", "old"));
    rig.open().body(event("ADDED", "a@11") + &event("ADDED", "b@12") + &initial_end("20"));
    assert_eq!(objects(&rig), Some(2));
    // Without a list, there is nothing to count.
    let mut rig = Rig::live(pods().on_expired(OnExpired::RestartWithoutVersion));
    rig.body(error(410, "Expired", "old")).open().body(event("ADDED", "a@11") + &event("MODIFIED", "a@12"));
    assert_eq!(objects(&rig), None);
}

#[test]
fn trouble_has_fields_for_what_is_watched() {
    let trouble = |config: watch_core::ConfigBuilder| {
        let mut rig = Rig::new(config);
        rig.fail(TransportErrorKind::Reset);
        let Some(Notice::Retrying { trouble, .. }) = rig.notices.pop() else { panic!("it is tried again") };
        assert_eq!(trouble.target.as_ref(), rig.watcher.config().target());
        let resource = (trouble.resource.group().to_owned(), trouble.resource.plural().to_owned());
        (resource, trouble.namespace.as_deref().map(str::to_owned), trouble.name.as_deref().map(str::to_owned))
    };
    let text = |text: &str| Some(text.to_owned());
    let pods_resource = (String::new(), "pods".to_owned());
    assert_eq!(trouble(pods()), (pods_resource.clone(), text("default"), None));
    assert_eq!(trouble(pods().name("web-0")), (pods_resource, text("default"), text("web-0")));
    let deployments = watch_core::Config::builder(watch_core::Resource::new("apps", "v1", "deployments"));
    assert_eq!(trouble(deployments), (("apps".into(), "deployments".into()), None, None));
}

#[test]
fn a_410_on_a_page_restarts_the_list_as_one_page() {
    let gone = r#"{"kind":"Status","metadata":{"continue":"inconsistent"},"reason":"Expired","code":410}"#;
    let mut rig = Rig::new(pods());
    rig.reply(200, page("10", "t", &["a@5"])).reply(410, gone);
    assert_eq!(rig.uri(), "/api/v1/namespaces/default/pods");
    rig.reply(200, list("20", &["a@5"]));
    assert_eq!(rig.take_events()[2..], ["INITIAL (retry)", "INITIAL Pod default/a@5", "INITIAL END @20"]);
    assert!(rig.has_query("resourceVersion=20"));
}

/// Only the list that couldn't be paged is requested in one page.
#[test]
fn paging_is_tried_again_with_the_next_list() {
    let mut rig = Rig::new(pods());
    rig.reply(200, page("10", "t", &["a@5"])).reply(410, status(410, "Expired", "old"));
    assert!(!rig.uri().contains("limit="), "{}", rig.uri());
    // It is the same list until it is complete.
    rig.reply(503, status(503, "ServiceUnavailable", "starting")).until_sent();
    assert!(!rig.uri().contains("limit="), "{}", rig.uri());
    rig.reply(200, list("20", &["a@5"])).open().handle(watch_core::Input::Relist);
    assert!(rig.has_query("limit=500"), "{}", rig.uri());
}

/// `Retry` says that the list before wasn't completed, whatever ended it.
#[test]
fn the_list_after_one_that_broke_off_is_its_retry() {
    let ends: [fn(&mut Rig); 4] = [
        |rig| _ = rig.handle(watch_core::Input::Relist),
        |rig| _ = rig.body(error(410, "Expired", "old")),
        |rig| _ = rig.fail(TransportErrorKind::Reset),
        |rig| _ = rig.end(),
    ];
    for (number, end) in ends.into_iter().enumerate() {
        let mut rig = Rig::new(pods().start(Start::default()));
        rig.open().body(event("ADDED", "a@5"));
        end(&mut rig);
        rig.settle().open().body(event("ADDED", "a@5") + &initial_end("10"));
        assert_eq!(
            rig.take_events(),
            [
                "INITIAL (first)",
                "INITIAL Pod default/a@5",
                "INITIAL (retry)",
                "INITIAL Pod default/a@5",
                "INITIAL END @10"
            ],
            "{number}"
        );
        // The next one isn't.
        rig.handle(watch_core::Input::Relist).open().body(initial_end("11"));
        assert_eq!(rig.take_events(), ["INITIAL (requested)", "INITIAL END @11"], "{number}");
    }
}

#[test]
fn pages_of_different_versions_are_never_mixed() {
    let mut rig = Rig::new(pods());
    rig.reply(200, page("10", "t", &["a@5"])).reply(200, page("20", "", &["b@15"]));
    assert_eq!(rig.uri(), "/api/v1/namespaces/default/pods");
    assert_eq!(rig.take_events(), ["INITIAL (first)", "INITIAL Pod default/a@5"], "nothing of the second page");
}

#[test]
fn forbidden_is_reported_once_and_recovers() {
    let mut rig = Rig::new(pods());
    for _ in 0..5 {
        rig.reply(403, status(403, "Forbidden", "pods is forbidden")).until_sent();
    }
    assert_eq!(rig.notices.len(), 1);
    assert!(matches!(rig.notices[0], Notice::NeedsAttention { .. }));
    rig.reply(200, list("10", &[]));
    assert_eq!(rig.take_events().len(), 2);
}

#[test]
fn unauthorized_requests_fresh_credentials() {
    let mut rig = Rig::new(pods());
    assert!(!rig.request().refresh_credentials);
    rig.reply(401, status(401, "Unauthorized", "")).until_sent();
    assert!(rig.request().refresh_credentials);
    rig.reply(200, list("10", &[]));
    assert!(!rig.request().refresh_credentials);
}

#[test]
fn an_unreadable_event_is_never_passed_by() {
    let poison = || event("MODIFIED", "b@12").replace("\"resourceVersion\":\"12\"", "\"resourceVersion\":12");
    let mut rig = live();
    rig.body(poison() + &event("ADDED", "c@13")).until_sent();
    assert!(rig.has_query("resourceVersion=11"), "resumes before it");
    rig.open().body(poison()).until_sent();
    assert_eq!(rig.request().kind, RequestKind::List, "then relists to avoid it");
    let bad = list("20", &["b@12"]).replace("\"resourceVersion\":\"12\"", "\"resourceVersion\":12");
    rig.reply(200, bad);
    assert!(rig.take_events().is_empty() || rig.watcher.checkpoint().is_none());
    assert!(
        rig.notices.iter().any(|notice| matches!(notice, Notice::NeedsAttention { trouble, .. }
        if matches!(trouble.cause, Cause::Unreadable(_)))),
        "then says that it can't: {:?}",
        rig.notices
    );
}

#[test]
fn short_watches_lead_to_a_relist_as_an_expired_version_does() {
    let mut rig = live();
    rig.end().until_sent();
    assert!(rig.has_query("resourceVersion=11"));
    rig.open().end().until_sent();
    assert!(rig.has_query("resourceVersion=11"));
    rig.open().end().until_sent();
    assert_eq!(rig.request().kind, RequestKind::List);
}

#[test]
fn expiry_may_end_it() {
    let mut rig = Rig::live(pods().on_expired(OnExpired::Stop));
    rig.body(error(410, "Expired", "old"));
    let Some(Done::Expired(trouble)) = rig.done else { panic!("{:?}", rig.done) };
    assert_eq!(trouble.to_string(), "WATCH of pods in default after 10: the server returned 410 Expired: old");
}

#[test]
fn expiry_may_restart_without_a_version() {
    let mut rig = Rig::live(pods().on_expired(OnExpired::RestartWithoutVersion));
    rig.body(event("ADDED", "a@11")).body(error(410, "Expired", "old"));
    rig.take_events();
    assert_eq!(rig.request().kind, RequestKind::Watch);
    assert!(!rig.uri().contains("resourceVersion"), "{}", rig.uri());
    // The existing objects come first, in no order: none is a place to resume from.
    rig.open().body(event("ADDED", "b@90") + &event("ADDED", "a@50"));
    assert_eq!(rig.watcher.checkpoint(), None);
    // The first bookmark is one.
    rig.body(initial_end("95"));
    assert_eq!(rig.watcher.checkpoint().unwrap().resource_version().to_string(), "95");
    rig.fail(TransportErrorKind::Reset).until_sent();
    assert!(rig.has_query("resourceVersion=95"));
    assert_eq!(rig.take_events(), ["ADDED Pod default/b@90", "ADDED Pod default/a@50", "BOOKMARK @95"]);
}

/// The objects with which a watch without a version begins aren't news; a change after them is.
#[test]
fn a_change_on_a_watch_without_a_version_is_news() {
    for change in ["MODIFIED", "DELETED"] {
        let mut rig = Rig::live(pods().on_expired(OnExpired::RestartWithoutVersion));
        rig.body(error(410, "Expired", "old")).open();
        rig.take_notices();
        let mut objects_only = rig.clone();
        rig.body(event("ADDED", "a@50") + &event(change, "a@91")).advance(secs(0)).end();
        let is_short = |rig: &mut Rig| rig.take_notices().iter().any(|notice| notice.contains("without a new event"));
        assert!(!is_short(&mut rig), "{change}");
        objects_only.body(event("ADDED", "a@50")).end();
        assert!(is_short(&mut objects_only));
    }
}

#[test]
fn a_start_from_now_finds_its_version_and_resumes_from_it() {
    let mut rig = Rig::new(pods().start(Start::Now));
    assert_eq!(rig.uri(), "/api/v1/namespaces/default/pods?limit=1");
    rig.reply(200, page("77", "more", &["a@5"]));
    assert!(rig.has_query("resourceVersion=77"), "{}", rig.uri());
    assert!(rig.events.is_empty());
    rig.fail(TransportErrorKind::Reset).until_sent();
    assert!(rig.has_query("resourceVersion=77"), "nothing is missed in between");
}

#[test]
fn a_start_from_a_version_has_no_initial_list() {
    let mut rig = Rig::new(pods().start(Start::From("42".parse().unwrap())));
    assert!(rig.has_query("resourceVersion=42") && rig.has_query("watch=true"));
    rig.open().body(event("ADDED", "a@43"));
    assert_eq!(rig.take_events(), ["ADDED Pod default/a@43"]);
}

#[test]
fn duplicates_are_skipped_and_reported_once_a_watch() {
    let mut rig = live();
    rig.body((event("MODIFIED", "a@11") + &event("MODIFIED", "twin@11")).repeat(3));
    assert_eq!(
        rig.take_events(),
        ["MODIFIED Pod default/a@11", "MODIFIED Pod default/twin@11"],
        "something else, or another object, at the same version is news"
    );
    assert_eq!(rig.take_notices(), ["skipped a duplicate event (11)"]);
    rig.fail(TransportErrorKind::Reset).until_sent().open().body(event("MODIFIED", "twin@11"));
    assert_eq!(rig.take_events(), [""; 0], "they are remembered across a reconnect");
    assert_eq!(rig.take_notices().last().unwrap(), "skipped a duplicate event (11)");
}

#[test]
fn events_without_news_do_not_keep_a_watch_open() {
    for nothing in [event("MODIFIED", "a@12"), bookmark("").replace(r#""resourceVersion":"""#, "")] {
        let mut rig = live();
        rig.body(bookmark("12"));
        for _ in 0..20 {
            if rig.aborted.is_empty() {
                rig.body(nothing.clone()).advance(secs(10));
            }
        }
        assert_eq!(rig.aborted.len(), 1, "{nothing}");
        let notices = rig.take_notices();
        assert!(
            notices.iter().any(|notice| notice.contains("timeout: no bookmark for 150.0s")),
            "{nothing}: {notices:?}"
        );
    }
}

#[test]
fn a_bookmark_from_the_past_leads_to_a_version_check() {
    let mut rig = live().by_hand();
    rig.body(bookmark("9")).until_sent();
    assert!(
        rig.take_notices()[0]
            .starts_with("WATCH of pods in default after 11: bookmark out of order: version 9 after 11; retrying")
    );
    assert_eq!(rig.uri(), "/api/v1/namespaces/default/pods?limit=1");
    let mut lagging = rig.clone();
    rig.reply(200, page("11", "t", &["a@5"]));
    assert!(rig.has_query("resourceVersion=11"), "the server does not lag");
    for _ in 0..3 {
        lagging.reply(200, page("9", "t", &["a@5"])).until_sent();
    }
    assert_eq!(lagging.uri(), "/api/v1/namespaces/default/pods?limit=500", "it lags");
    // If they continue, the machine relists.
    for _ in 0..2 {
        assert_eq!(rig.request().kind, RequestKind::Watch);
        rig.open().body(bookmark("9")).until_sent();
        if rig.uri().ends_with("limit=1") {
            rig.reply(200, page("11", "t", &["a@5"]));
        }
    }
    assert_eq!(rig.uri(), "/api/v1/namespaces/default/pods?limit=500");
}

/// A refusal of streaming lists is remembered, also in the checkpoint.
#[test]
fn a_long_kind_of_a_list_is_rejected() {
    let mut rig = Rig::new(pods());
    rig.reply(200, list("10", &["a@5"]).replace("PodList", &format!("{}List", "x".repeat(100_000))));
    assert!(rig.events.is_empty());
    assert!(rig.take_notices()[0].contains("list kind: it is longer than 320 bytes"));
}

/// Priority and fairness writes 429 as plain text; a relist would make its load worse.
#[test]
fn a_busy_server_gets_no_relist_after_any_failure() {
    let mut rig = live();
    for _ in 0..2 {
        rig.body(error(500, "InternalError", "oops")).until_sent();
        if rig.uri().ends_with("limit=1") {
            rig.reply(200, page("11", "t", &["a@5"]));
        }
        rig.open();
    }
    for _ in 0..6 {
        rig.fail(TransportErrorKind::Reset).until_sent();
        rig.reply(429, "Too many requests, please try again later.\n").until_sent();
        assert!(!rig.uri().contains("limit=500"), "{}", rig.uri());
    }
}

/// Versions that aren't numbers are compared as texts: the same event again is a duplicate.
#[test]
fn duplicates_are_found_whatever_the_form_of_versions() {
    for version in ["v-11", "011", "18446744073709551616", "11"] {
        let mut rig = Rig::live(pods());
        let twice = event("MODIFIED", &format!("a@{version}")).repeat(2);
        rig.body(twice + &event("DELETED", &format!("a@{version}")));
        let expected = [format!("MODIFIED Pod default/a@{version}"), format!("DELETED Pod default/a@{version}")];
        assert_eq!(rig.take_events(), expected);
        assert_eq!(rig.watcher.counters().duplicates, 1, "{version}");
    }
}

/// Each watch reports each kind of skipped event once.
#[test]
fn what_is_skipped_is_reported_once_on_each_watch() {
    let without = bookmark("").replace(r#""resourceVersion":"""#, "");
    let too_long = bookmark(&"7".repeat(5000));
    let mut rig = live();
    for _ in 0..2 {
        rig.take_notices();
        rig.body(without.clone() + &too_long + &without + &too_long + &bookmark("0"));
        let notices = rig.take_notices();
        assert_eq!(notices.len(), 2, "{notices:?}");
        assert!(notices[1].contains("5000 bytes"), "{notices:?}");
        rig.fail(TransportErrorKind::Reset).until_sent().open();
    }
}

/// Only a watch has a version that can expire. A 410 for a list is a failure of the server.
#[test]
fn a_list_that_is_gone_does_not_stop_it_where_expiry_does() {
    let config = || pods().on_expired(OnExpired::Stop);
    let gone = || status(410, "Expired", "too old");
    let mut first = Rig::new(config());
    first.reply(410, gone());
    let mut second = Rig::new(config());
    second.reply(200, page("10", "t", &["a@5"])).reply(410, gone());
    let mut streaming = Rig::new(config().start(Start::default()));
    streaming.reply(410, gone());
    let mut in_stream = Rig::new(config().start(Start::default()));
    in_stream.open().body(error(410, "Expired", "too old"));
    for (name, mut rig) in
        [("list", first), ("page", second), ("streaming list", streaming), ("in a stream", in_stream)]
    {
        rig.settle();
        assert_eq!((rig.done.as_ref(), rig.watcher.phase()), (None, Phase::Opening), "{name}");
    }
}
