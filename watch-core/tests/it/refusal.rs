//! How long the body of an error may take.

use std::time::Duration;

use watch_core::{Cause, Notice, ResponseHead, Trouble};

use crate::rig::{Rig, pods, status};

/// How long the end may take after a complete body: an exchange that is aborted costs a connection.
const LAST: Duration = Duration::from_millis(250);

/// The failure from an error whose body begins like this and never ends, and how long that takes.
fn never_ending(content_type: &str, pieces: &[&str], apart: Duration) -> (Trouble, Duration) {
    let mut rig = Rig::live_soon(pods());
    let began = rig.now;
    rig.head(ResponseHead::new(503).with_content_type(content_type));
    for piece in pieces {
        if rig.notices.is_empty() {
            rig.body((*piece).to_owned());
        }
        if rig.notices.is_empty() {
            rig.advance(apart);
        }
    }
    while rig.notices.is_empty() {
        rig.wake();
    }
    let Notice::Retrying { trouble, .. } = &rig.notices[0] else { panic!("{:?}", rig.notices) };
    assert_eq!(rig.aborted.len(), 1);
    ((**trouble).clone(), rig.now.since(began))
}

#[test]
fn a_complete_status_suffices_whether_the_body_ends_or_not() {
    let complete = status(503, "ServiceUnavailable", "a } in a string");
    for content_type in ["application/json", "text/plain"] {
        let (trouble, took) = never_ending(content_type, &[&complete], Duration::ZERO);
        assert_eq!(took, LAST, "{content_type}");
        assert!(trouble.cause.status().is_some_and(|status| status.code == 503), "{trouble}");
    }
    let pieces: Vec<_> = complete.trim_end().split_inclusive(' ').collect();
    let (trouble, took) = never_ending("application/json", &pieces, Duration::from_millis(100));
    assert!(trouble.cause.status().is_some(), "{trouble}");
    assert_eq!(took, LAST + Duration::from_millis(100) * (pieces.len() as u32 - 1));
    // A line break after it, in a piece of its own, doesn't make it incomplete.
    let (_, took) = never_ending("application/json", &[complete.trim_end(), "\n"], Duration::from_millis(100));
    assert_eq!(took, LAST);
}

#[test]
fn a_status_after_another_document_suffices_in_any_pieces() {
    let status = status(503, "ServiceUnavailable", "no");
    for pieces in [&["{\"a\":1}\n", &status][..], &[&format!("{{\"a\":1}}\n{status}")]] {
        let (_, took) = never_ending("application/json", pieces, Duration::ZERO);
        assert_eq!(took, LAST, "{pieces:?}");
    }
}

#[test]
fn a_body_that_is_no_status_is_read_as_far_as_it_is_quoted() {
    let (trouble, took) = never_ending("text/plain", &[&"no ".repeat(40)], Duration::ZERO);
    assert_eq!(took, LAST);
    assert!(matches!(trouble.cause, Cause::UnexpectedResponse { status: 503, .. }), "{trouble}");
}

#[test]
fn two_seconds_of_nothing_are_enough_and_ten_in_all() {
    for pieces in [&[][..], &["service unavailable"], &["{\"kind\":\"Status\""]] {
        let (trouble, took) = never_ending("text/plain", pieces, Duration::ZERO);
        assert_eq!(took, Duration::from_secs(2), "{pieces:?}");
        assert!(matches!(trouble.cause, Cause::UnexpectedResponse { status: 503, .. }), "{trouble}");
    }
    let (_, took) = never_ending("text/plain", &["a"; 30], Duration::from_secs(1));
    assert_eq!(took, Duration::from_secs(10));
    let (_, took) = never_ending("application/json", &["  "; 30], Duration::from_secs(1));
    assert_eq!(took, Duration::from_secs(10));
}

#[test]
fn a_refusal_that_ends_is_not_aborted() {
    for body in [status(503, "ServiceUnavailable", "no"), "no ".repeat(100)] {
        let mut rig = Rig::live_soon(pods());
        rig.head(ResponseHead::new(503).with_content_type("text/plain")).body(body).advance(LAST / 2).end();
        assert_eq!(rig.notices.len(), 1);
        assert!(rig.aborted.is_empty());
    }
    // More bytes without information don't postpone the end.
    let (_, took) = never_ending("text/plain", &["no ".repeat(40).as_str(); 20], LAST / 5);
    assert_eq!(took, LAST);
}
