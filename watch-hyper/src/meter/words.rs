//! The values of labels: a bounded number, none of them chosen by a server or an object.

use watch_core::{Cause, Config, Done, InitialCause, RequestKind, TransportErrorKind};

/// Returns what is watched, without the name of a single object: `pods in default`.
pub(super) fn target(config: &Config) -> String {
    match config.namespace() {
        Some(namespace) => format!("{} in {namespace}", config.resource()),
        None => config.resource().to_string(),
    }
}

/// Returns the keys of a selector (`spec.nodeName`, `job-name`), without the values, which are often names of objects.
/// `tier in (a, b),!canary` becomes `tier,canary`.
pub(super) fn keys(selector: &str) -> String {
    let mut keys = String::new();
    let (mut is_key, mut is_set, mut is_escaped) = (true, false, false);
    for c in selector.chars() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            ')' => is_set = false,
            '(' => is_set = true,
            ',' if !is_set => {
                is_key = true;
                keys.push(',');
            }
            // The `!` that excludes a key precedes it.
            '!' | ' ' if is_key && (keys.is_empty() || keys.ends_with(',')) => {}
            '=' | '!' | '<' | '>' | ' ' => is_key = false,
            _ if is_key => keys.push(c),
            _ => {}
        }
    }
    keys
}

pub(super) const fn verb(kind: RequestKind) -> &'static str {
    match kind {
        RequestKind::List => "LIST",
        RequestKind::Watch => "WATCH",
    }
}

/// Each cause that [`cause`] returns without a status.
const CAUSES: &[&str] = &[
    "resolve",
    "connect",
    "tls",
    "credentials",
    "connection_lost",
    "transport",
    "timeout",
    "unexpected_response",
    "unreadable",
    "short_watch",
    "history",
    "list",
    OTHER,
];

/// The statuses that API servers commonly return. Others are [`OTHER`], because a server can choose any number.
const STATUSES: &[(u16, &str)] = &[
    (401, "401"),
    (403, "403"),
    (404, "404"),
    (410, "410"),
    (429, "429"),
    (500, "500"),
    (502, "502"),
    (503, "503"),
    (504, "504"),
];

const OTHER: &str = "other";

/// The failures that need attention (`Verdict::Blocked` of watch-core). Others are [`OTHER`].
const BLOCKED: &[Why] = &[
    ("resolve", ""),
    ("tls", ""),
    ("credentials", ""),
    ("unexpected_response", ""),
    ("unreadable", ""),
    ("list", ""),
    ("status", "401"),
    ("status", "403"),
    ("status", "404"),
    ("status", "410"),
    ("status", OTHER),
    (OTHER, ""),
];

/// The labels `cause` and `status`. For Prometheus, an empty label is an absent one.
pub(super) type Why = (&'static str, &'static str);

/// Returns all results of [`cause`], so that their counters begin at 0.
pub(super) fn causes() -> impl Iterator<Item = Why> {
    let statuses = STATUSES.iter().map(|(_, status)| *status).chain([OTHER]);
    CAUSES.iter().map(|cause| (*cause, "")).chain(statuses.map(|status| ("status", status)))
}

/// Returns all results of [`blocked`], so that their counters begin at 0.
pub(super) fn all_blocked() -> impl Iterator<Item = Why> {
    BLOCKED.iter().copied()
}

/// Returns the cause of trouble in as few classes as an operator needs, and the status of an HTTP error or ERROR event
/// of the API server.
pub(super) fn cause(cause: &Cause) -> Why {
    let word = match cause {
        Cause::Status(status) => {
            let known = STATUSES.iter().find(|(code, _)| *code == status.code);
            return ("status", known.map_or(OTHER, |(_, word)| *word));
        }
        Cause::Transport(error) => match error.kind {
            TransportErrorKind::Resolve => "resolve",
            TransportErrorKind::Refused | TransportErrorKind::Connect => "connect",
            TransportErrorKind::Tls => "tls",
            TransportErrorKind::Credentials => "credentials",
            TransportErrorKind::Reset | TransportErrorKind::Truncated => "connection_lost",
            TransportErrorKind::Timeout => "timeout",
            // `Protocol`, `Other`, and kinds of later releases.
            _ => "transport",
        },
        Cause::Truncated { .. } => "connection_lost",
        Cause::Timeout { .. } | Cause::SlowOpening { .. } => "timeout",
        Cause::UnexpectedResponse { .. } => "unexpected_response",
        Cause::Rollback { .. } | Cause::OldEvent { .. } | Cause::OldBookmark { .. } => "history",
        Cause::NoVersion
        | Cause::TooManyObjects { .. }
        | Cause::NoInitialEnd
        | Cause::MixedPages { .. }
        | Cause::EndlessList { .. } => "list",
        // The other causes have watch-core's own words. A later release may add some.
        _ => known(CAUSES, cause.kind()),
    };
    (word, "")
}

/// Returns the cause of trouble that needs attention.
pub(super) fn blocked(trouble: &Cause) -> Why {
    match cause(trouble) {
        why if BLOCKED.contains(&why) => why,
        ("status", _) => ("status", OTHER),
        _ => (OTHER, ""),
    }
}

pub(super) const RESTARTS: &[&str] = &["expired", "rollback", "out_of_order", "broken", "trouble", "relist", OTHER];

/// Returns the cause of a relist. `First` and `Retry` aren't relists, so they are [`OTHER`].
pub(super) fn restart(cause: InitialCause) -> &'static str {
    known(RESTARTS, cause.kind())
}

/// The watch was dropped before its end.
pub(super) const DROPPED: &str = "dropped";

pub(super) const ENDS: &[&str] = &["stopped", "deadline", "expired", "refused", "gave_up", DROPPED, OTHER];

pub(super) fn end(done: &Done) -> &'static str {
    match done {
        Done::DeadlineReached => "deadline",
        done => known(ENDS, done.kind()),
    }
}

/// Returns the word if it is one of these words; otherwise [`OTHER`]. These words have counters from the start. A later
/// release of watch-core may have more words.
fn known(words: &[&'static str], word: &'static str) -> &'static str {
    if words.contains(&word) { word } else { OTHER }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use watch_core::wire::{Frames, Status, WireError};
    use watch_core::{ResourceVersion, TimedOut, TransportError};

    use super::*;

    #[test]
    fn selectors_have_no_values() {
        for (selector, expected) in [
            ("metadata.name=web-0", "metadata.name"),
            (
                r"spec.nodeName!=a\,b\=c,metadata.name=x,status.phase==Running",
                "spec.nodeName,metadata.name,status.phase",
            ),
            ("job-name=job-17", "job-name"),
            ("app = web, job-name==job-17", "app,job-name"),
            ("tier in (a, b),env notin (c),!canary,x", "tier,env,canary,x"),
            ("! canary , age>3,age<5", "canary,age,age"),
            ("app in (),b=", "app,b"),
            ("", ""),
        ] {
            assert_eq!(keys(selector), expected, "{selector}");
        }
    }

    /// All kinds that there are now.
    fn kinds() -> Vec<(Cause, &'static str)> {
        let version = || "5".parse::<ResourceVersion>().unwrap();
        let lasted = Duration::from_secs(1);
        let mut frames = Frames::new(8, 1);
        frames.push("]".into());
        let error = frames.next().unwrap_err();
        let mut kinds = vec![
            (Cause::Timeout { of: TimedOut::Head, lasted }, "timeout"),
            (Cause::SlowOpening { lasted }, "timeout"),
            (Cause::Unreadable(WireError::Frame(error)), "unreadable"),
            (Cause::NoVersion, "list"),
            (Cause::TooManyObjects { limit: 1 }, "list"),
            (Cause::NoInitialEnd, "list"),
            (Cause::MixedPages { first: version(), then: version() }, "list"),
            (Cause::EndlessList { pages: 1 }, "list"),
            (Cause::Truncated { bytes: 1 }, "connection_lost"),
            (Cause::ShortWatch { lasted }, "short_watch"),
            (Cause::Rollback { seen: version(), found: version() }, "history"),
            (Cause::OldEvent { seen: version(), found: version() }, "history"),
            (Cause::OldBookmark { seen: version(), found: version() }, "history"),
        ];
        kinds.extend([200, 429, 503, 65535].map(|status| {
            (
                Cause::UnexpectedResponse { status, kind: "text/html".into(), excerpt: "".into(), cut_at: None },
                "unexpected_response",
            )
        }));
        let transport = [
            (TransportErrorKind::Resolve, "resolve"),
            (TransportErrorKind::Refused, "connect"),
            (TransportErrorKind::Connect, "connect"),
            (TransportErrorKind::Tls, "tls"),
            (TransportErrorKind::Credentials, "credentials"),
            (TransportErrorKind::Reset, "connection_lost"),
            (TransportErrorKind::Truncated, "connection_lost"),
            (TransportErrorKind::Timeout, "timeout"),
            (TransportErrorKind::Protocol, "transport"),
            (TransportErrorKind::Other, "transport"),
        ];
        kinds.extend(transport.map(|(kind, word)| (Cause::Transport(TransportError::new(kind, "")), word)));
        kinds
    }

    #[test]
    fn every_kind_of_trouble_has_a_label_from_the_start() {
        let (causes, blocks): (Vec<_>, Vec<_>) = (causes().collect(), all_blocked().collect());
        for (kind, word) in kinds() {
            assert_eq!(cause(&kind), (word, ""), "{kind:?}");
            assert!(causes.contains(&cause(&kind)), "{kind:?}");
            assert!(blocks.contains(&blocked(&kind)), "{kind:?}");
        }
        // Any number that a server may choose.
        for code in 0..=u16::MAX {
            let kind = Cause::Status(Box::new(Status::new(code, "", "")));
            assert!(causes.contains(&cause(&kind)), "{code}");
            assert!(blocks.contains(&blocked(&kind)), "{code}");
        }
    }

    #[test]
    fn each_restart_has_its_word() {
        use InitialCause::{Broken, Expired, First, OutOfOrder, Relist, Retry, Rollback, Trouble};
        for cause in [Broken, Expired, Rollback, OutOfOrder, Trouble, Relist] {
            assert!(RESTARTS.contains(&restart(cause)) && restart(cause) != OTHER, "{cause}");
        }
        assert_eq!([First, Retry].map(restart), [OTHER; 2]);
    }

    #[test]
    fn each_end_has_its_word() {
        for (done, word) in [(Done::Stopped, "stopped"), (Done::DeadlineReached, "deadline")] {
            assert!(ENDS.contains(&word) && end(&done) == word, "{done}");
        }
    }
}
