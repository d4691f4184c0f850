//! The five forms of error bodies, and what they become.

use core::time::Duration;

use watch_core::wire::Status;

const COMPACT: &str = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"no","reason":"Forbidden","details":{"kind":"pods"},"code":403}"#;

fn read(status: &Status) -> (u16, &str, &str) {
    (status.code, &status.reason, &status.message)
}

#[test]
fn the_five_shapes_in_which_errors_come() {
    let pretty = serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(COMPACT).unwrap()).unwrap();
    let without_kind =
        r#"{"metadata":{},"status":"Failure","message":"no","reason":"Timeout","details":{},"code":504}"#;
    for (code, body, expected) in [
        (403, COMPACT.as_bytes(), (403, "Forbidden", "no")),
        (403, pretty.as_bytes(), (403, "Forbidden", "no")),
        (504, without_kind.as_bytes(), (504, "Timeout", "no")),
        (
            429,
            b"Too many requests, please try again later.\n",
            (429, "TooManyRequests", "Too many requests, please try again later."),
        ),
        (403, b"kind: Status\ncode: 403\n", (403, "Forbidden", "kind: Status\ncode: 403")),
        (403, b"k8s\0\x0a\xff", (403, "Forbidden", "k8s\0\n\u{fffd}")),
        (500, b"", (500, "InternalError", "")),
    ] {
        assert_eq!(read(&Status::from_response(code, body)), expected, "{}", String::from_utf8_lossy(body));
    }
}

#[test]
fn missing_fields_are_derived_from_the_http_status() {
    assert_eq!(read(&Status::from_response(409, br#"{"kind":"Status"}"#)), (409, "Conflict", ""));
    assert_eq!(read(&Status::from_response(500, br#"{"kind":"Status","code":403}"#)), (403, "Forbidden", ""));
    assert_eq!(read(&Status::from_response(418, br#"{"kind":"Status","reason":"Teapot"}"#)), (418, "Teapot", ""));
    assert_eq!(read(&Status::from_response(599, b"")), (599, "", ""));
}

#[test]
fn json_of_another_kind_is_no_status() {
    for body in [
        r#"{"kind":"Pod","status":"Failure","code":410}"#,
        r#"{"status":"Success"}"#,
        r#"{"status":{"phase":"Running"}}"#,
        r#"{"message":"no"}"#,
        "{}",
        "[]",
        "410",
        "null",
        "",
        r#"{"kind":"Status","code":"410"}"#,
        &(COMPACT.to_owned() + "x"),
    ] {
        assert_eq!(Status::parse(body.as_bytes()), None, "{body}");
    }
}

#[test]
fn invalid_codes_are_ignored() {
    for code in ["-1", "70000", "9223372036854775807"] {
        assert_eq!(
            Status::parse(format!(r#"{{"kind":"Status","code":{code}}}"#).as_bytes()).unwrap().code,
            0,
            "{code}"
        );
    }
}

#[test]
fn expired_by_code_or_by_either_word() {
    for (body, is_expired) in [
        (r#"{"code":410}"#, true),
        (r#"{"kind":"Status","reason":"Expired"}"#, true),
        (r#"{"kind":"Status","reason":"Gone"}"#, true),
        (r#"{"kind":"Status","reason":"expired","code":400}"#, false),
        (r#"{"kind":"Status","message":"too old resource version: 1 (304)","code":500}"#, false),
    ] {
        let status = Status::parse(body.as_bytes()).unwrap();
        assert_eq!(status.is_expired(), is_expired, "{body}");
        assert_eq!(status.code == 410, is_expired, "{body}");
    }
}

#[test]
fn how_long_to_wait_is_a_positive_number_of_seconds() {
    for (seconds, expected) in [
        ("7", Some(7)),
        ("0", None),
        ("-3", None),
        ("9223372036854775807", Some(i64::MAX as u64)),
        ("9223372036854775808", Some(i64::MAX as u64)),
        ("18446744073709551615", Some(i64::MAX as u64)),
    ] {
        let body = format!(r#"{{"kind":"Status","code":429,"details":{{"retryAfterSeconds":{seconds}}}}}"#);
        assert_eq!(
            Status::parse(body.as_bytes()).unwrap().retry_after(),
            expected.map(Duration::from_secs),
            "{seconds}"
        );
    }
}

#[test]
fn long_texts_are_cut_between_characters_and_shown_escaped() {
    for size in 1020..1030 {
        let message = "x".repeat(size) + "☃☃";
        let status =
            Status::parse(format!(r#"{{"kind":"Status","code":500,"message":"{message}"}}"#).as_bytes()).unwrap();
        assert!(
            status.message.len() <= 1024 + '…'.len_utf8() && status.message.starts_with(&"x".repeat(1020)),
            "{size}"
        );
    }
    assert_eq!(Status::new(500, "", "\u{1b}[31m\n").to_string(), "500: \\u{1b}[31m\\n");
    assert!(Status::from_response(500, &vec![b'<'; 1 << 20]).message.len() <= 1024 + '…'.len_utf8());
}

#[test]
fn what_is_written_is_read_again() {
    let status = Status::parse(
        br#"{"kind":"Status","metadata":{"continue":"t"},"reason":"Expired","message":"m","details":{"name":"n","group":"g","kind":"k","causes":[{"reason":"r","message":"m","field":"f"}],"retryAfterSeconds":3},"code":410}"#,
    )
    .unwrap();
    assert_eq!(Status::parse(&status.to_json()), Some(status.clone()));
    let text = String::from_utf8(status.to_json()).unwrap();
    assert!(text.starts_with(r#"{"kind":"Status","apiVersion":"v1","metadata":{"continue":"t"},"status":"Failure","message":"m","reason":"Expired""#), "{text}");
}

#[test]
fn null_counts_as_absent() {
    let json = r#"{"kind":"Status","code":410,"reason":"Expired","details":{"name":null,"causes":null,"retryAfterSeconds":null}}"#;
    assert!(Status::parse(json.as_bytes()).unwrap().is_expired());
    let json =
        r#"{"kind":"Status","code":504,"details":{"causes":[{"reason":"ResourceVersionTooLarge","message":null}]}}"#;
    assert!(Status::parse(json.as_bytes()).unwrap().is_resource_version_too_large());
}

/// As apimachinery names them, where a server doesn't.
#[test]
fn each_code_has_its_reason() {
    for (code, reason) in [
        (400, "BadRequest"),
        (401, "Unauthorized"),
        (402, ""),
        (403, "Forbidden"),
        (404, "NotFound"),
        (405, "MethodNotAllowed"),
        (406, "NotAcceptable"),
        (409, "Conflict"),
        (410, "Gone"),
        (413, "RequestEntityTooLarge"),
        (415, "UnsupportedMediaType"),
        (422, "Invalid"),
        (429, "TooManyRequests"),
        (500, "InternalError"),
        (502, ""),
        (503, "ServiceUnavailable"),
        (504, "Timeout"),
    ] {
        let status = Status::from_response(code, b"no");
        assert_eq!((status.code, status.reason.as_str(), status.message.as_str()), (code, reason, "no"));
        let json: serde_json::Value = serde_json::from_slice(&status.to_json()).unwrap();
        assert_eq!((&json["status"], &json["code"]), (&"Failure".into(), &code.into()));
    }
    let json: serde_json::Value = serde_json::from_slice(&Status::new(399, "", "").to_json()).unwrap();
    assert_eq!(json["status"], "Success");
}
