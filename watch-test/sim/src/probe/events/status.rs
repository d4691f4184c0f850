//! Draws a `Status` as JSON, and its expected fields.

use watch_core::wire::Status;
use watch_test::check::Rng;

use crate::probe::json::Writer;
use crate::probe::objects::shuffle;
use crate::probe::seconds::SECONDS;

/// The expected fields of a status.
#[derive(Clone, Debug)]
pub(super) struct ExpectedStatus {
    code: u16,
    reason: String,
    retry_after: i64,
    pub(super) is_expired: bool,
}

impl ExpectedStatus {
    pub(super) fn is(&self, found: &Status) -> bool {
        let found = (found.code, found.reason.as_str(), found.details.retry_after_seconds, found.is_expired());
        found == (self.code, self.reason.as_str(), self.retry_after, self.is_expired)
    }
}

/// Draws a status, or an object that isn't one.
pub(super) fn drawn(rng: &mut Rng, writer: Writer) -> (String, Option<ExpectedStatus>) {
    let mut members: Vec<(String, String)> = Vec::new();
    let kind = rng.pick(&[Some("\"Status\""), Some("\"Status\""), None, Some("null"), Some("\"Pod\"")]);
    members.extend(kind.map(|kind| ("kind".to_owned(), kind.to_owned())));
    let code =
        rng.pick(&[Some("500"), Some("410"), Some("429"), Some("0"), Some("70000"), Some("-1"), None, Some("null")]);
    members.extend(code.map(|code| ("code".to_owned(), code.to_owned())));
    let status = rng.pick(&[Some("\"Failure\""), Some("\"Success\""), None]);
    members.extend(status.map(|status| ("status".to_owned(), status.to_owned())));
    let reason = rng.pick(&["", "Expired", "Gone", "InternalError", "TooManyRequests", "Odd/Reason"]);
    match (reason, rng.below(3)) {
        ("", 0) => {}
        ("", 1) => members.push(("reason".into(), "null".into())),
        _ => members.push(("reason".into(), writer.string(rng, reason))),
    }
    let message =
        rng.pick(&["", "etcd event received with PrevKv=nil, key=a", "Too large resource version: 5", "later"]);
    if !message.is_empty() {
        members.push(("message".into(), writer.string(rng, message)));
    }
    let (seconds, retry_after) = rng.pick(&SECONDS);
    let (details, retry_after) = match rng.below(6) {
        0 => (None, 0),
        1 => (Some("null".to_owned()), 0),
        2 => (Some(format!("{{\"retryAfterSeconds\":{seconds},\"causes\":null,\"name\":null}}")), retry_after),
        3 => {
            let details = "{\"causes\":[{\"reason\":\"a\",\"message\":null}],\"retryAfterSeconds\":";
            (Some(format!("{details}{seconds}}}")), retry_after)
        }
        _ => (Some(format!("{{\"retryAfterSeconds\":{seconds}}}")), retry_after),
    };
    members.extend(details.map(|details| ("details".to_owned(), details)));
    if rng.one_in(3) {
        members.push(("metadata".into(), rng.pick(&["{}", "{\"continue\":\"t\"}", "null", "{\"a\":[1]}"]).into()));
    }
    if rng.one_in(3) {
        members.push(("unknown".into(), writer.value(rng, 2)));
    }
    shuffle(rng, &mut members);
    let is_status = match kind {
        Some("\"Status\"") => true,
        None | Some("null") => code.is_some_and(|code| code != "null") || status == Some("\"Failure\""),
        Some(_) => false,
    };
    let number = code.and_then(|code| code.parse::<u16>().ok()).unwrap_or(0);
    let is_expired = number == 410 || matches!(reason, "Expired" | "Gone") || message.contains("PrevKv=nil");
    let expected = ExpectedStatus {
        code: if number == 0 && is_expired { 410 } else { number },
        reason: reason.into(),
        retry_after,
        is_expired,
    };
    (writer.object(rng, &members), is_status.then_some(expected))
}
