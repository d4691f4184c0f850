//! The words for programs are the names of the variants, and stay so.

use core::time::Duration;

use watch_core::{Cause, Done, During, InitialCause, TimedOut, TransportError, TransportErrorKind};

/// Returns the name of the variant in snake case.
fn name(value: &impl core::fmt::Debug) -> String {
    let mut word = String::new();
    for c in format!("{value:?}").chars().take_while(|c| c.is_alphabetic()) {
        if c.is_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.extend(c.to_lowercase());
    }
    word
}

#[test]
fn each_kind_is_the_name_of_its_variant() {
    let version = || "5".parse().unwrap();
    let lasted = Duration::from_secs(1);
    for cause in [
        Cause::Transport(TransportError::new(TransportErrorKind::Reset, "")),
        Cause::Timeout { of: TimedOut::Head, lasted },
        Cause::NoVersion,
        Cause::TooManyObjects { limit: 1 },
        Cause::Truncated { bytes: 1 },
        Cause::UnexpectedResponse { status: 200, kind: "text/html".into(), excerpt: "".into(), cut_at: None },
        Cause::ShortWatch { lasted },
        Cause::NoInitialEnd,
        Cause::Rollback { seen: version(), found: version() },
        Cause::OldEvent { seen: version(), found: version() },
        Cause::OldBookmark { seen: version(), found: version() },
        Cause::SlowOpening { lasted },
        Cause::MixedPages { first: version(), then: version() },
        Cause::EndlessList { pages: 1 },
    ] {
        assert_eq!(cause.kind(), name(&cause));
        assert_eq!(cause.http_status(), (cause.kind() == "unexpected_response").then_some(200));
    }
    for during in [During::List { page: 1 }, During::StreamingList, During::VersionCheck, During::Watch { after: None }]
    {
        assert_eq!(during.kind(), name(&during));
    }
    use InitialCause::{Broken, Expired, First, OutOfOrder, Relist, Retry, Rollback, Trouble};
    for cause in [First, Retry, Expired, Rollback, OutOfOrder, Broken, Trouble, Relist] {
        assert_eq!(cause.kind(), name(&cause));
    }
    for done in [Done::Stopped, Done::DeadlineReached] {
        assert_eq!(done.kind(), name(&done));
    }
}
