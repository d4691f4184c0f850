//! Hashes the texts of outputs that come from the server, and the names of kinds, which metrics have as labels.

use watch_core::{Cause, Done, Notice, Output, Trouble};

use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};

/// `hides`: the texts of the server are hidden, so what replaces them isn't hashed.
pub(super) fn output(transcript: &mut Transcript, output: &Output, hides: bool) {
    match output {
        Output::Notice(
            Notice::Retrying { trouble: of, .. }
            | Notice::NeedsAttention { trouble: of, .. }
            | Notice::FellBack { trouble: of },
        ) => trouble(transcript, of, hides),
        Output::Notice(Notice::Relisted { cause, .. }) => transcript.count(cause.kind().as_bytes()),
        Output::Done(done) => {
            transcript.count(done.kind().as_bytes());
            if let Done::Refused(of) | Done::Expired(of) | Done::GaveUp { last: of, .. } = done {
                trouble(transcript, of, hides);
            }
        }
        _ => {}
    }
}

fn trouble(transcript: &mut Transcript, trouble: &Trouble, hides: bool) {
    let Trouble { during, cause, target, resource, namespace, name, .. } = trouble;
    let own = [&**target, resource.group(), resource.version(), resource.plural()];
    let of = [namespace.as_deref(), name.as_deref()].map(Option::unwrap_or_default);
    own.iter().chain(&of).for_each(|text| transcript.count(text.as_bytes()));
    transcript.count(during.kind().as_bytes());
    transcript.count(cause.kind().as_bytes());
    transcript.number(u64::from(cause.http_status().unwrap_or_default()));
    transcript.number(u64::from(cause.status().is_some()));
    if hides {
        return;
    }
    match cause {
        Cause::Status(status) => {
            let details = &status.details;
            let texts = [&status.message, &details.name, &details.group, &details.kind];
            texts.iter().for_each(|text| transcript.count(text.as_bytes()));
            for cause in &details.causes {
                [&cause.reason, &cause.message, &cause.field].iter().for_each(|text| transcript.count(text.as_bytes()));
            }
        }
        Cause::Transport(error) => transcript.count(error.message.as_bytes()),
        Cause::UnexpectedResponse { kind, excerpt, cut_at, .. } => {
            transcript.number(cut_at.map_or(u64::MAX, |bytes| bytes as u64));
            transcript.count(kind.as_bytes());
            transcript.count(excerpt.as_bytes());
        }
        _ => {}
    }
}

/// Checks that both forms of a request are the same.
pub(super) fn same_request(output: &Output) -> Result<(), Violation> {
    let Output::Send(request) = output else { return Ok(()) };
    let uri = request.http.uri().path_and_query().map(|uri| uri.as_str());
    let headers = |name: &str| request.http.headers().get(name).map(|value| value.as_bytes());
    let is_same = uri == Some(request.uri())
        && request.http.method() == http::Method::GET
        && request.headers().count() == request.http.headers().len()
        && request.headers().all(|(name, value)| headers(name) == Some(value.as_bytes()));
    if is_same {
        return Ok(());
    }
    broken(Oracle::Requests, format!("{} has other headers or another URI than {:?}", request.uri(), request.http))
}
