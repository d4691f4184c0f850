//! Headers and bodies of responses.

use watch_test::check::Rng;

use super::header_text;
use crate::probe::objects::SECRET_VALUE;
use crate::probe::seconds::SECONDS;

/// Draws headers, some of them several times, with names in any case.
pub(super) fn headers(rng: &mut Rng) -> Vec<(String, String)> {
    (0..rng.below(5))
        .map(|_| {
            let name = rng.pick(&["Retry-After", "Content-Type", "Content-Encoding", "X-Other"]);
            let value = match name {
                "Retry-After" => retry_after(rng),
                "Content-Type" => content_type(rng),
                "Content-Encoding" => encoding(rng),
                _ => header_text(rng, 20),
            };
            let name = match rng.below(3) {
                0 => name.to_ascii_lowercase(),
                1 => name.to_ascii_uppercase(),
                _ => name.to_owned(),
            };
            (name, value)
        })
        .collect()
}

fn retry_after(rng: &mut Rng) -> String {
    match rng.below(8) {
        0 => "Fri, 31 Dec 1999 23:59:59 GMT".into(),
        1 => {
            rng.pick(&["", "soon", "-1", "+5", "1.5", "0x9", "99999999999999999999999", "18446744073709551615"]).into()
        }
        2 => format!("{}, {}", rng.below(10), rng.below(200)),
        3 => format!("{},Fri, 31 Dec 1999 23:59:59 GMT,{} ", rng.below(10), rng.below(10)),
        4 => header_text(rng, 8),
        _ => rng.skewed(400).to_string(),
    }
}

fn content_type(rng: &mut Rng) -> String {
    match rng.below(6) {
        0 => header_text(rng, 20),
        1 => rng
            .pick(&[
                "text/html; charset=utf-8",
                "text/plain",
                "application/vnd.kubernetes.protobuf",
                "application/jsonx",
            ])
            .into(),
        2 => rng.pick(&["", " ", "application/octet-stream", "Application/Octet-Stream ; x=y"]).into(),
        _ => {
            rng.pick(&["application/json", "APPLICATION/JSON;stream=watch", "application/json ; charset=utf-8"]).into()
        }
    }
}

fn encoding(rng: &mut Rng) -> String {
    let one = |rng: &mut Rng| rng.pick(&["identity", "Identity", "gzip", "GZIP", "br", "", " ", "identity "]);
    match rng.below(3) {
        0 => one(rng).into(),
        1 => format!("{},{}", one(rng), one(rng)),
        _ => format!("{} , {},{}", one(rng), one(rng), one(rng)),
    }
}

/// Draws the body of an error: a `Status`, JSON that isn't one, or a text.
pub(super) fn body(rng: &mut Rng) -> String {
    let message = rng.pick(&[
        "",
        "not now",
        "etcd event received with PrevKv=nil, key=a",
        "Too large resource version: 5, current: 3",
        "Invalid value: \\\"a\\\"",
    ]);
    let reason = rng.pick(&["", "Expired", "Gone", "Forbidden", "Timeout", "TooManyRequests", "Invalid"]);
    let code = rng.pick(&["0", "410", "403", "429", "500", "504", "422"]);
    let causes = rng.pick(&["", ",\"causes\":[{\"reason\":\"ResourceVersionTooLarge\",\"message\":\"hush-hush\"}]"]);
    let seconds = if rng.one_in(2) { "1" } else { rng.pick(&SECONDS).0 };
    match rng.below(8) {
        0 => String::new(),
        1 => format!("<html>{SECRET_VALUE}</html>"),
        2 => format!("{{\"kind\":\"Pod\",\"message\":\"{SECRET_VALUE}\"}}"),
        3 => format!("  {SECRET_VALUE}: {}", "é".repeat(rng.below(100) as usize)),
        _ => format!(
            "{{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"{message} {SECRET_VALUE}\",\"reason\":\"{reason}\",\
             \"code\":{code},\"details\":{{\"retryAfterSeconds\":{seconds}{causes}}}}}{}",
            rng.pick(&["", "\n"])
        ),
    }
}
