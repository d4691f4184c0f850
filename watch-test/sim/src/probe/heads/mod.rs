//! Checks how heads of responses and bodies of errors are read: the values, whether the response is accepted, and the
//! wait.

mod answers;

use core::time::Duration;

use watch_core::{
    Cause, Config, InitialList, Notice, Output, Phase, RequestKind, Resource, ResponseHead, Start, Trouble, Watcher,
};
use watch_test::check::Rng;

use self::answers::{body, headers};
use super::objects::SECRET_VALUE;
use super::rig::{Rig, parameters, request};
use super::{hashed, text};
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};

pub(super) fn probe(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let status = match rng.below(3) {
        0 => 200,
        1 => rng.pick(&[400, 401, 403, 404, 405, 406, 409, 410, 413, 414, 415, 422, 429, 431, 500, 503, 504]),
        _ => rng.between(100, 599) as u16,
    };
    let headers = headers(rng);
    let body = body(rng);
    let asked = rng.pick(&[Asked::List, Asked::Page, Asked::Watch, Asked::StreamingList]);
    transcript.note(|| format!("{asked:?} {status} {headers:?} {body:?}"));
    let head = headers.iter().fold(ResponseHead::new(status), |head, (name, value)| head.with_header(name, value));
    read(&headers, &head)?;
    hashed::optional(transcript, head.retry_after, hashed::time);
    let wait = Duration::from_secs(rng.below(9));
    hashed::optional(transcript, head.clone().with_retry_after(wait).retry_after, hashed::time);
    hashed::optional(transcript, head.content_type.as_deref(), hashed::text);
    hashed::optional(transcript, head.content_encoding.as_deref(), hashed::text);
    of_http(status, &headers, &head)?;
    let ends = !rng.one_in(4);
    let answers = ["events", "secrets"].map(|plural| {
        let before = &mut rng.clone();
        answered(before, plural, asked, head.clone(), &body, ends, transcript)
    });
    let [events, secrets] = answers;
    let (events, secrets) = (events?, secrets?);
    accepted(&headers, status, asked, &events)?;
    refused(status, &headers, &body, asked, &events.outputs)?;
    check_secrets(&events, &secrets)
}

/// The kind of the request that the head answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    List,
    /// The second page of a list.
    Page,
    Watch,
    StreamingList,
}

const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(120);

/// The reaction to a head.
struct Answered {
    outputs: Vec<Output>,
    /// The phase after the head, before the body.
    phase: Phase,
}

fn answered(
    rng: &mut Rng,
    plural: &str,
    asked: Asked,
    head: ResponseHead,
    body: &str,
    ends: bool,
    transcript: &mut Transcript,
) -> Result<Answered, Violation> {
    let version = "5".parse().or_else(|_| broken(Oracle::Reference, "the version 5 is refused"))?;
    let mut timing = watch_core::Timing::default();
    timing.longest_retry_after = LONGEST_RETRY_AFTER;
    let config = Config::builder(Resource::core("v1", plural))
        .timing(timing)
        .start(match asked {
            Asked::List | Asked::Page => Start::InitialList(InitialList::List),
            Asked::Watch => Start::From(version),
            Asked::StreamingList => Start::InitialList(InitialList::Auto),
        })
        .build()
        .or_else(|error| broken(Oracle::Reference, format!("{plural} can't be watched: {error}")))?;
    let mut rig = Rig::new(Watcher::new(config));
    rig.poll(transcript)?;
    if asked == Asked::Page {
        let page = "{\"kind\":\"List\",\"metadata\":{\"resourceVersion\":\"7\",\"continue\":\"next\"},\"items\":[]}";
        rig.answer(page)?;
        rig.poll(transcript)?;
    }
    rig.head(head)?;
    let mut outputs = rig.poll(transcript)?;
    let phase = rig.phase();
    rig.body(super::rig::pieces(rng, body.as_bytes()))?;
    if ends {
        rig.end()?;
    }
    outputs.extend(rig.poll(transcript)?);
    for _ in 0..3 {
        rig.sleep(&outputs);
        outputs.extend(rig.poll(transcript)?);
    }
    Ok(Answered { outputs, phase })
}

/// Returns the values of all headers of this name, in their order.
fn values<'a>(headers: &'a [(String, String)], name: &'a str) -> impl Iterator<Item = &'a str> {
    headers.iter().filter(move |(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// Returns the encodings that can't be read: all but `identity`.
fn foreign(headers: &[(String, String)]) -> impl Iterator<Item = &str> {
    let is_foreign = |value: &&str| {
        value.split(',').map(str::trim).any(|one| !one.is_empty() && !one.eq_ignore_ascii_case("identity"))
    };
    values(headers, "content-encoding").filter(is_foreign)
}

fn content_type(headers: &[(String, String)]) -> Option<&str> {
    values(headers, "content-type").find(|value| !value.is_empty())
}

/// Returns the expected wait. Of several `Retry-After`, the longest counts. A date is ignored, and so is any other text
/// that isn't a number.
fn retry_after(headers: &[(String, String)]) -> Option<Duration> {
    let digits = |one: &str| !one.is_empty() && one.chars().all(|c| c.is_ascii_digit());
    values(headers, "retry-after")
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|one| digits(one))
        .map(|one| Duration::from_secs(one.parse().unwrap_or(u64::MAX)))
        .max()
}

/// The documentation of `ResponseHead::with_header`.
fn read(headers: &[(String, String)], head: &ResponseHead) -> Result<(), Violation> {
    let not_blank = |text: &Option<Box<str>>| text.clone().filter(|text| !text.trim().is_empty());
    let found_type = not_blank(&head.content_type);
    let found_encoding = not_blank(&head.content_encoding);
    let is_encoding_right = match foreign(headers).next() {
        Some(encoding) => found_encoding.as_deref() == Some(encoding),
        None => true,
    };
    if head.retry_after != retry_after(headers)
        || found_type.as_deref() != content_type(headers)
        || !is_encoding_right
        || head.decompressed
    {
        return broken(Oracle::Reference, format!("the headers {headers:?} are read as {head:?}"));
    }
    Ok(())
}

/// A head of the `http` crate is read in the same way.
fn of_http(status: u16, headers: &[(String, String)], head: &ResponseHead) -> Result<(), Violation> {
    let mut builder = http::Response::builder().status(status);
    for (name, value) in headers {
        builder = builder.header(name, value);
    }
    let Ok(response) = builder.body(()) else { return Ok(()) };
    let (mut parts, ()) = response.into_parts();
    // A value that isn't a text is ignored.
    if let Ok(value) = http::HeaderValue::from_bytes(b"7\xff") {
        parts.headers.append("retry-after", value);
    }
    let found = ResponseHead::from(&parts);
    // The `http` crate groups headers by name, which keeps the order within each.
    if found == *head {
        return Ok(());
    }
    broken(Oracle::Reference, format!("the head of the http crate is read as {found:?}, not {head:?}"))
}

fn is_accepted(headers: &[(String, String)], status: u16) -> bool {
    let is_json = content_type(headers).is_none_or(|content_type| {
        let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        essence == "application/json" || essence == "application/octet-stream"
    });
    status == 200 && is_json && foreign(headers).next().is_none()
}

/// A body is read if it is JSON, or may be.
fn accepted(headers: &[(String, String)], status: u16, asked: Asked, answered: &Answered) -> Result<(), Violation> {
    let expected = match (is_accepted(headers, status), asked) {
        (false, _) => Phase::Refused,
        (true, Asked::List | Asked::Page) => Phase::Listing,
        (true, Asked::Watch) => Phase::Live,
        (true, Asked::StreamingList) => Phase::StreamingList,
    };
    if answered.phase == expected {
        return Ok(());
    }
    broken(Oracle::Reference, format!("{status} {headers:?} leads to {:?}, not {expected:?}", answered.phase))
}

/// Checks the report of a refused answer, and the outputs after it.
fn refused(
    status: u16,
    headers: &[(String, String)],
    body: &str,
    asked: Asked,
    outputs: &[Output],
) -> Result<(), Violation> {
    if is_accepted(headers, status) {
        return Ok(());
    }
    let reported = outputs.iter().find_map(reported);
    if let Some((trouble, after)) = reported {
        cause(status, headers, body, trouble)?;
        let asked_for = retry_after(headers).unwrap_or_default().min(LONGEST_RETRY_AFTER);
        if after.is_some_and(|after| after < asked_for) {
            return broken(Oracle::Patience, format!("it waits for {after:?}, but Retry-After is {asked_for:?}"));
        }
    }
    let next = request(outputs).map(|request| (request.kind, parameters(request)));
    let has = |name: &str| next.iter().flat_map(|(_, sent)| sent).any(|(other, _)| other == name);
    let is_right = match (asked, status) {
        _ if adds_to_status(status, body) => true,
        // A token that makes the request too long: the list is requested in one page.
        (Asked::Page, 413 | 414 | 431) => {
            next.as_ref().is_some_and(|(kind, _)| *kind == RequestKind::List) && !has("continue") && !has("limit")
        }
        // The server doesn't have streaming lists.
        (Asked::StreamingList, 404 | 405 | 406 | 415 | 422) => {
            !has("sendInitialEvents")
                && outputs.iter().any(|output| matches!(output, Output::Notice(Notice::FellBack { .. })))
        }
        _ => true,
    };
    if is_right {
        return Ok(());
    }
    broken(Oracle::Reference, format!("{status} of {asked:?} is followed by {outputs:?}"))
}

/// Returns whether the body is a `Status` with more information than the status of the response.
fn adds_to_status(status: u16, body: &str) -> bool {
    let Ok(document) = serde_json::from_str::<serde_json::Value>(body) else { return false };
    let text = |name: &str| document[name].as_str().unwrap_or_default().to_owned();
    let is_other = document["code"].as_u64().is_some_and(|code| code != 0 && code != u64::from(status));
    let is_known = text("message").contains("PrevKv") || text("message").contains("Too large");
    document.is_object()
        && (is_other || is_known || !text("reason").is_empty() || document["details"]["causes"].is_array())
}

fn reported(output: &Output) -> Option<(&Trouble, Option<Duration>)> {
    match output {
        Output::Notice(Notice::Retrying { trouble, after, .. } | Notice::NeedsAttention { trouble, after }) => {
            Some((trouble, Some(*after)))
        }
        Output::Notice(Notice::FellBack { trouble }) => Some((trouble, None)),
        _ => None,
    }
}

fn cause(status: u16, headers: &[(String, String)], body: &str, trouble: &Trouble) -> Result<(), Violation> {
    let is_right = match &trouble.cause {
        // A status without a code has that of the response.
        Cause::Status(found) => {
            let document = serde_json::from_str::<serde_json::Value>(body).unwrap_or_default();
            let code = document["code"].as_u64().unwrap_or(0);
            status != 200 && document.is_object() && (code == 0 || code == u64::from(found.code))
        }
        Cause::UnexpectedResponse { status: found, kind, excerpt, .. } => {
            let shown = foreign(headers).next().or_else(|| content_type(headers)).unwrap_or_default();
            let beginning: String = shown.chars().take(60).collect();
            let is_beginning = body.trim_start().starts_with(&**excerpt) || excerpt.contains('\u{fffd}');
            *found == status && kind.contains(&beginning) && is_beginning
        }
        _ => false,
    };
    if is_right {
        return Ok(());
    }
    broken(Oracle::Reference, format!("{status} {headers:?} {body:?} is reported as {:?}", trouble.cause))
}

/// Checks that a watch of Secrets reacts in the same manner, and shows nothing of the body.
fn check_secrets(events: &Answered, secrets: &Answered) -> Result<(), Violation> {
    let (one, other) = (decisions(&events.outputs), decisions(&secrets.outputs));
    if one != other || events.phase != secrets.phase {
        return broken(Oracle::Reference, format!("for Secrets the reaction is {other:?}, not {one:?}"));
    }
    for output in &secrets.outputs {
        let shown = format!("{output:?}");
        if shown.contains(SECRET_VALUE) {
            return broken(Oracle::Reference, format!("a watch of Secrets shows {shown}"));
        }
    }
    Ok(())
}

/// Returns the outputs without their texts.
fn decisions(outputs: &[Output]) -> Vec<String> {
    outputs
        .iter()
        .map(|output| match output {
            Output::Send(request) => {
                format!("{} {:?} {}", request.kind, parameters(request), request.refresh_credentials)
            }
            Output::Wait(wait) => format!("{wait:?}"),
            Output::Done(done) => done.kind().to_owned(),
            Output::Notice(notice) => {
                let (trouble, after) = reported(output).unzip();
                let kind = trouble.map(|trouble| (trouble.cause.kind(), trouble.cause.http_status()));
                format!("{:?} {kind:?} {after:?}", core::mem::discriminant(notice))
            }
            Output::Event(event) => event.to_string(),
            Output::Abort(id) => id.to_string(),
        })
        .collect()
}

/// Draws a valid text for a header.
fn header_text(rng: &mut Rng, most: u64) -> String {
    text::any(rng, most).chars().filter(|c| (' '..='~').contains(c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_head_that_is_read_in_another_way_is_found() {
        let headers = pairs(&[("Retry-After", "9"), ("retry-after", "3"), ("Content-Encoding", "gzip, identity")]);
        let head = |retry_after| ResponseHead::new(503).with_retry_after(Duration::from_secs(retry_after));
        let right = head(9).with_header("content-encoding", "gzip, identity");
        assert_eq!(read(&headers, &right), Ok(()));
        assert!(read(&headers, &head(9)).is_err());
        assert!(read(&headers, &head(3).with_header("content-encoding", "gzip, identity")).is_err());
        assert!(!is_accepted(&headers, 200));
        assert!(of_http(503, &headers, &head(3)).is_err());
    }

    #[test]
    fn an_answer_taken_wrongly_or_showing_a_secret_is_found() {
        let answered = |phase, outputs: Vec<Output>| Answered { outputs, phase };
        let live = answered(Phase::Live, Vec::new());
        assert!(accepted(&pairs(&[("content-type", "text/html")]), 200, Asked::Watch, &live).is_err());
        assert_eq!(accepted(&[], 200, Asked::Watch, &live), Ok(()));
        assert!(refused(414, &[], "", Asked::Page, &[]).is_err());
        assert!(refused(404, &[], "", Asked::StreamingList, &[]).is_err());
        let other = answered(Phase::Refused, Vec::new());
        assert!(check_secrets(&live, &other).is_err());
    }
}
