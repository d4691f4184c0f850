//! Values of labels: few, and none that a server or an object chooses.

use watch_core::{Cause, Config, Done, InitialCause, RequestKind, TransportErrorKind, Trouble};

/// What is watched, without the name if it is one object: `pods in default`.
pub(super) fn target(config: &Config) -> String {
    match config.namespace() {
        Some(namespace) => format!("{} in {namespace}", config.resource()),
        None => config.resource().to_string(),
    }
}

/// The fields that are selected by, without their values, since those are names of objects: `spec.nodeName`.
pub(super) fn fields(selector: &str) -> String {
    let mut fields = String::new();
    let (mut is_name, mut is_escaped) = (true, false);
    for c in selector.chars() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            ',' => {
                is_name = true;
                fields.push(',');
            }
            '=' | '!' => is_name = false,
            _ if is_name => fields.push(c),
            _ => {}
        }
    }
    fields
}

pub(super) const fn verb(kind: RequestKind) -> &'static str {
    match kind {
        RequestKind::List => "LIST",
        RequestKind::Watch => "WATCH",
    }
}

/// Each cause that [`cause`] gives without a status. For counters to begin at 0.
pub(super) const CAUSES: &[&str] = &[
    "resolve",
    "refused",
    "connect",
    "tls",
    "credentials",
    "reset",
    "broke_off",
    "timeout",
    "protocol",
    "transport",
    "silence",
    "unreadable",
    "short_watch",
    "slow_opening",
    "no_initial_end",
    "went_back",
    "old_bookmark",
    "mixed_pages",
    "endless_list",
];

/// Statuses that a cluster's life brings. For counters to begin at 0.
pub(super) const STATUSES: &[u16] = &[401, 403, 404, 410, 429, 500, 502, 503, 504];

/// The cause of trouble, and the HTTP status (or that of the ERROR event) if there is one.
pub(super) fn cause(trouble: &Trouble) -> (&'static str, Option<u16>) {
    let cause = match &trouble.cause {
        Cause::Status(status) => return ("status", Some(status.code)),
        Cause::Foreign { status, .. } => return ("foreign", Some(*status)),
        Cause::Transport(error) => match error.kind {
            TransportErrorKind::Resolve => "resolve",
            TransportErrorKind::Refused => "refused",
            TransportErrorKind::Connect => "connect",
            TransportErrorKind::Tls => "tls",
            TransportErrorKind::Credentials => "credentials",
            TransportErrorKind::Reset => "reset",
            TransportErrorKind::Truncated => "broke_off",
            TransportErrorKind::Timeout => "timeout",
            TransportErrorKind::Protocol => "protocol",
            _ => "transport",
        },
        Cause::Silence { .. } => "silence",
        Cause::Unreadable(_) => "unreadable",
        Cause::Truncated { .. } => "broke_off",
        Cause::ShortWatch { .. } => "short_watch",
        Cause::SlowOpening { .. } => "slow_opening",
        Cause::NoInitialEnd => "no_initial_end",
        Cause::WentBack { .. } => "went_back",
        Cause::OldBookmark { .. } => "old_bookmark",
        Cause::MixedPages { .. } => "mixed_pages",
        Cause::EndlessList { .. } => "endless_list",
        _ => "other",
    };
    (cause, None)
}

pub(super) const RESTARTS: &[InitialCause] = &[
    InitialCause::Expired,
    InitialCause::Rollback,
    InitialCause::OutOfOrder,
    InitialCause::Broken,
    InitialCause::Trouble,
    InitialCause::Relist,
];

pub(super) const fn restart(cause: InitialCause) -> &'static str {
    match cause {
        InitialCause::Expired => "expired",
        InitialCause::Rollback => "rollback",
        InitialCause::OutOfOrder => "out_of_order",
        InitialCause::Broken => "broken",
        InitialCause::Trouble => "trouble",
        InitialCause::Relist => "relist",
        _ => "other",
    }
}

/// It was dropped before it was over.
pub(super) const DROPPED: &str = "dropped";

pub(super) const ENDS: &[&str] = &["stopped", "deadline", "expired", "refused", "gave_up", DROPPED];

pub(super) const fn end(done: &Done) -> &'static str {
    match done {
        Done::Stopped => "stopped",
        Done::DeadlineReached => "deadline",
        Done::Expired(_) => "expired",
        Done::Refused(_) => "refused",
        Done::GaveUp { .. } => "gave_up",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::fields;

    #[test]
    fn fields_have_no_values() {
        assert_eq!(fields("metadata.name=web-0"), "metadata.name");
        assert_eq!(
            fields(r"spec.nodeName!=a\,b\=c,metadata.name=x,status.phase==Running"),
            "spec.nodeName,metadata.name,status.phase"
        );
    }
}
