//! Lines of what a machine receives and does, and of what a server logs.

use core::time::Duration;

use watch_core::{Cause, Event, Input, Notice, Output, RequestKind, Trouble};

use super::timeline::{Line, Mark, Who};
use crate::fault::End;
use crate::model::LoggedRequest;

/// The most characters of a body that a line shows.
const SHOWN: usize = 160;

impl Line {
    /// Creates the line of an input of a client's machine.
    pub fn of_input(at: Duration, client: usize, input: &Input) -> Self {
        let line = |what: String| Self::new(at, Who::ToClient(client), what);
        match input {
            Input::Response { id, head } => {
                let wait = head.retry_after.map_or_else(String::new, |after| format!(", Retry-After {after:?}"));
                line(format!("{}{wait} ({id})", head.status))
                    .drawn(Mark::Answer, head.status.to_string())
                    .of_exchange(*id)
            }
            Input::Body { bytes, .. } => line(excerpt(bytes)),
            Input::End { id } => line(format!("end ({id})")).drawn(Mark::Over, "end").of_exchange(*id),
            Input::Failed { id, error } => {
                let kind = format!("{:?}", error.kind);
                line(format!("{kind}: {} ({id})", error.message))
                    .drawn(Mark::Over, kind.to_lowercase())
                    .of_exchange(*id)
            }
            Input::Relist => Self::new(at, Who::Client(client), "a relist is requested").drawn(Mark::Fault, "relist"),
            Input::Stop => Self::new(at, Who::Client(client), "a stop is requested").drawn(Mark::Fault, "stop"),
        }
    }

    /// Creates the line of an output of a client's machine.
    pub fn of_output(at: Duration, client: usize, output: &Output) -> Self {
        let line = |what: String| Self::new(at, Who::Client(client), what);
        match output {
            Output::Send(request) => {
                let (mark, version) = request_mark(request.kind == RequestKind::Watch, request.uri());
                line(format!("{} {} ({})", request.kind, request.uri(), request.id))
                    .drawn(mark, version)
                    .of_exchange(request.id)
            }
            Output::Abort(id) => line(format!("aborts {id}")).drawn(Mark::Over, "aborted").of_exchange(*id),
            Output::Event(event) => {
                let (mark, label) = match event {
                    Event::InitialBegin { .. } | Event::Initial(_) => (Mark::Initial, String::new()),
                    Event::InitialEnd { resource_version } => (Mark::Initial, resource_version.to_string()),
                    Event::Added(object) | Event::Modified(object) | Event::Deleted(object) => {
                        (Mark::Event, object.resource_version().to_string())
                    }
                    Event::Bookmark { resource_version } => (Mark::Event, resource_version.to_string()),
                };
                line(event.to_string()).drawn(mark, label)
            }
            Output::Notice(notice) => {
                let (mark, label) = match notice {
                    Notice::Retrying { trouble, .. }
                    | Notice::NeedsAttention { trouble, .. }
                    | Notice::FellBack { trouble } => {
                        (Mark::Problem { retry_after: trouble.retry_after }, problem(trouble))
                    }
                    _ => (Mark::Note, String::new()),
                };
                line(notice.to_string()).drawn(mark, label)
            }
            Output::Wait(wait) => {
                let until = wait.until.map_or_else(String::new, |until| format!(" until {until}"));
                let mark = if wait.on == watch_core::Waiting::Backoff { Mark::Backoff } else { Mark::Note };
                line(format!("waits for {:?}{until}", wait.on)).drawn(mark, "")
            }
            Output::Done(done) => line(format!("done: {done}")).drawn(Mark::Done, done.kind().replace('_', " ")),
        }
    }

    /// Creates the lines of a request as a server logged it: its beginning, its status, and its end, as far as they are
    /// known. `number` is the number of the request.
    pub fn of_request(number: usize, request: &LoggedRequest) -> Vec<Self> {
        let line = |at: Duration, what: String| Self::new(at, Who::Request(number), what);
        let (mark, version) = request_mark(request.is_watch(), &request.query);
        let mut lines = vec![line(request.at, request.to_string()).drawn(mark, version)];
        if let Some(status) = request.status {
            lines.push(line(request.at, status.to_string()).drawn(Mark::Answer, status.to_string()));
        }
        if let Some(at) = request.ended_at {
            let how = match (request.error, request.end) {
                (Some(error), _) => error.to_string(),
                (None, Some(End::Complete)) => "end".into(),
                (None, Some(End::Cut)) => "cut".into(),
                (None, Some(End::Reset)) => "reset".into(),
                (None, None) => "client left".into(),
            };
            lines.push(line(at, how.clone()).drawn(Mark::Over, how));
        }
        lines
    }
}

/// Returns how a request is drawn, and the version that it begins after.
fn request_mark(is_watch: bool, uri: &str) -> (Mark, String) {
    let query = uri.split_once('?').map_or(uri, |(_, query)| query);
    let value = |name: &str| {
        let mut parameters = form_urlencoded::parse(query.as_bytes());
        parameters.find(|(given, _)| given == name).map(|(_, value)| value.into_owned())
    };
    let mark = match (is_watch, value("sendInitialEvents").as_deref()) {
        (true, Some("true")) => Mark::StreamingList,
        (true, _) => Mark::Watch,
        (false, _) => Mark::List,
    };
    let version = if mark == Mark::Watch { value("resourceVersion") } else { None };
    (mark, version.unwrap_or_default())
}

/// Returns the cause of a failure in a word or two.
fn problem(trouble: &Trouble) -> String {
    match (&trouble.cause, trouble.cause.http_status()) {
        (_, Some(status)) => status.to_string(),
        (Cause::Transport(error), None) => format!("{:?}", error.kind).to_lowercase(),
        (cause, None) => cause.kind().replace('_', " "),
    }
}

/// Returns the number of bytes, and the beginning of the text.
fn excerpt(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let short: String = text.chars().take(SHOWN).collect();
    let dots = if short.len() < text.len() { "…" } else { "" };
    format!("{} bytes {short:?}{dots}", bytes.len())
}
