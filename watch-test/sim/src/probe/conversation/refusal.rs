//! The errors of the random server: as responses and as events of a watch.

use watch_core::{ResponseHead, TransportErrorKind};
use watch_test::check::Rng;

use super::answer::{Answer, Fact, Pause};
use super::cutter::Cutter;
use super::documents::{VALUE, json};
use crate::probe::seconds::SECONDS;

/// An error. A server can send it repeatedly.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    status: u16,
    body: Option<String>,
    content_type: Option<&'static str>,
    retry_after: Vec<&'static str>,
    encoding: Option<&'static str>,
}

const STATUSES: [u16; 28] = [
    400, 401, 401, 403, 403, 404, 405, 406, 407, 408, 409, 410, 410, 413, 414, 415, 422, 422, 429, 429, 431, 500, 502,
    503, 504, 302, 206, 204,
];

const REASONS: [&str; 14] = [
    "",
    "",
    "Expired",
    "Gone",
    "Timeout",
    "ServerTimeout",
    "TooManyRequests",
    "Invalid",
    "BadRequest",
    "Forbidden",
    "NotFound",
    "InternalError",
    "ServiceUnavailable",
    "Unknown",
];

const MESSAGES: [&str; 6] = [
    "",
    "no",
    "Too large resource version: 9, current: 1",
    "etcd event received with PrevKv=nil, key=/a",
    "The resourceVersion for the provided watch is too old.",
    "a \"quoted\" \u{7} message",
];

impl Refusal {
    /// Draws an error. `likely`: the statuses that have a special meaning for the request.
    pub(super) fn draw(rng: &mut Rng, likely: &[u16]) -> Self {
        let status = if rng.one_in(2) { rng.pick(&STATUSES) } else { rng.pick(likely) };
        let (body, content_type) = match rng.below(10) {
            0..=5 => (Some(status_json(rng, status)), Some("application/json")),
            6 => (Some(format!("<html>{VALUE}{}</html>", "x".repeat(rng.below(300) as usize))), Some("text/html")),
            7 => (Some("Too many requests, please try again later.\n".into()), Some("text/plain; charset=utf-8")),
            8 => (Some(r#"{"error":"no"}"#.into()), None),
            _ => (None, None),
        };
        let lines: &[&[&'static str]] = &[
            &[],
            &[],
            &[],
            &["1"],
            &["5"],
            &["30", "1"],
            &["1", "7"],
            &["400"],
            &["0"],
            &["-1"],
            &["x, 3"],
            &["Wed, 21 Oct 2026 07:28:00 GMT"],
            &["99999999999999999999"],
        ];
        Self {
            status,
            body,
            content_type,
            retry_after: rng.pick(lines).to_vec(),
            encoding: rng.weighted(&[(None, 12), (Some("gzip"), 1), (Some("identity"), 1)]),
        }
    }

    /// Answers with the error. `is_open`: the body has no end.
    pub(super) fn answer(&self, rng: &mut Rng, cutter: Cutter) -> Answer {
        let mut answer = Answer::default();
        let mut head = ResponseHead::new(self.status);
        if let Some(content_type) = self.content_type {
            head = head.with_header("Content-Type", content_type);
        }
        if let Some(encoding) = self.encoding {
            head = head.with_header("Content-Encoding", encoding);
        }
        for value in &self.retry_after {
            head = head.with_header("retry-after", value);
        }
        answer.add(cutter.before_head(rng), Fact::Head(head));
        let mut body = self.body.clone().unwrap_or_default();
        let how = rng.below(8);
        if how == 0 {
            body.truncate(rng.below(body.len() as u64 + 1) as usize);
        }
        cutter.body(rng, &mut answer, body.as_bytes());
        let pause = if rng.one_in(4) { Pause::draw(rng) } else { Pause::None };
        match how {
            0 | 1 => {}
            2 => answer.add(pause, Fact::Failed(TransportErrorKind::Reset)),
            _ => answer.add(pause, Fact::End),
        }
        answer
    }
}

/// Draws a `Status`. Mostly it fits the HTTP status.
pub(super) fn status_json(rng: &mut Rng, status: u16) -> String {
    let code =
        rng.weighted(&[(Some(u64::from(status)), 8), (None, 1), (Some(0), 1), (Some(410), 1), (Some(70_000), 1)]);
    let reason = if rng.one_in(2) { reason_of(status) } else { rng.pick(&REASONS) };
    let message = rng.pick(&MESSAGES);
    let message = if message.is_empty() { String::new() } else { format!("{message} {VALUE}") };
    let kind = rng.weighted(&[(r#""kind":"Status","#, 9), ("", 1), (r#""kind":"Other","#, 1)]);
    let mut details = Vec::new();
    match rng.below(6) {
        0 => details.push(format!(
            r#""causes":[{{"reason":"ResourceVersionTooLarge","message":"Too large resource version {VALUE}"}}]"#
        )),
        1 => details.push(format!(r#""causes":[{{"reason":"FieldValueInvalid","message":"Invalid value: {VALUE}"}}]"#)),
        _ => {}
    }
    match rng.below(6) {
        0 => details.push(r#""retryAfterSeconds":1"#.into()),
        1 => details.push(format!(r#""retryAfterSeconds":{}"#, rng.pick(&SECONDS).0)),
        _ => {}
    }
    let mut members = vec![r#""apiVersion":"v1","status":"Failure""#.to_owned()];
    if rng.one_in(8) {
        members.push(r#""metadata":{"continue":"inconsistent"}"#.into());
    }
    if !message.is_empty() {
        members.push(format!(r#""message":{}"#, json(&message)));
    }
    if !reason.is_empty() {
        members.push(format!(r#""reason":{}"#, json(reason)));
    }
    if !details.is_empty() {
        members.push(format!(r#""details":{{{}}}"#, details.join(",")));
    }
    members.extend(code.map(|code| format!(r#""code":{code}"#)));
    format!("{{{kind}{}}}", members.join(","))
}

const fn reason_of(status: u16) -> &'static str {
    match status {
        400 => "BadRequest",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "NotFound",
        405 => "MethodNotAllowed",
        406 => "NotAcceptable",
        410 => "Expired",
        413 => "RequestEntityTooLarge",
        415 => "UnsupportedMediaType",
        422 => "Invalid",
        429 => "TooManyRequests",
        500 => "InternalError",
        503 => "ServiceUnavailable",
        504 => "Timeout",
        _ => "",
    }
}

/// Draws the status of an error in a stream.
pub(super) fn error_json(rng: &mut Rng) -> String {
    let status = rng.weighted(&[(410, 8), (500, 3), (504, 3), (429, 2), (403, 1), (401, 1), (400, 1), (404, 1)]);
    status_json(rng, status)
}
