//! The outputs of a machine, one per line: short enough to write down, complete enough to compare.
//!
//! Times are left out, so that transcripts can be compared whenever their bytes arrived.

use std::hash::{DefaultHasher, Hash, Hasher};

use watch_core::{Event, Notice, Object, Output, Request, RequestKind};

/// Returns one line for an output; a wait has none, because it isn't an event.
pub(crate) fn line(output: &Output) -> Option<String> {
    Some(match output {
        Output::Send(request) => sent(request),
        Output::Abort(_) => "abort".into(),
        Output::Event(event) => event.to_string(),
        Output::Notice(notice) => noticed(notice),
        Output::Done(done) => format!("done: {done}"),
        Output::Wait(_) => return None,
    })
}

/// `> LIST`, `> LIST of one`, `> LIST page TOKEN`, `> LIST >=10`, `> STREAMING LIST`, `> WATCH`, `> WATCH 10`.
fn sent(request: &Request) -> String {
    let query = |name| query(request, name);
    let version = query("resourceVersion");
    let what = match (request.kind, query("sendInitialEvents"), version, query("continue")) {
        (RequestKind::List, _, None, None) if query("limit").as_deref() == Some("1") => "LIST of one".into(),
        (RequestKind::List, _, None, None) => "LIST".into(),
        (RequestKind::List, _, None, Some(token)) => format!("LIST page {token}"),
        (RequestKind::List, _, Some(version), _) => format!("LIST >={version}"),
        (RequestKind::Watch, Some(_), None, _) => "STREAMING LIST".into(),
        (RequestKind::Watch, Some(_), Some(version), _) => format!("STREAMING LIST >={version}"),
        (RequestKind::Watch, None, None, _) => "WATCH".into(),
        (RequestKind::Watch, None, Some(version), _) => format!("WATCH {version}"),
    };
    let unpaged = if request.kind == RequestKind::List && query("limit").is_none() { " unpaged" } else { "" };
    let refresh = if request.refresh_credentials { " with fresh credentials" } else { "" };
    format!("> {what}{unpaged}{refresh}")
}

/// A parameter of the query, decoded.
pub(crate) fn query(request: &Request, name: &str) -> Option<String> {
    let pairs = form_urlencoded::parse(request.http.uri().query().unwrap_or_default().as_bytes());
    pairs.into_iter().find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
}

fn noticed(notice: &Notice) -> String {
    match notice {
        Notice::Retrying { trouble, attempt, next, .. } => {
            format!("~ {} {attempt}: {}", format!("{next:?}").to_lowercase(), trouble.cause)
        }
        Notice::NeedsAttention { trouble, .. } => format!("~ blocked: {}", trouble.cause),
        Notice::Relisted { cause, from, to, .. } => format!("~ relisted ({cause}) from {from} to {to}"),
        Notice::FellBack { trouble } => format!("~ fell back: {}", trouble.cause),
        Notice::Skipped { .. } => format!("~ {notice}"),
        other => format!("~ {other}"),
    }
}

/// An event with a hash of all bytes of its object: two events that look the same may differ in those.
pub(crate) fn with_bytes(event: &Event) -> String {
    let number = |object: &Object| {
        let mut hasher = DefaultHasher::new();
        object.raw().hash(&mut hasher);
        object.uid().hash(&mut hasher);
        hasher.finish()
    };
    match event {
        Event::Initial(object) | Event::Added(object) | Event::Modified(object) | Event::Deleted(object) => {
            format!("{event} {:x}", number(object))
        }
        Event::InitialBegin { .. } | Event::InitialEnd { .. } | Event::Bookmark { .. } => event.to_string(),
    }
}
