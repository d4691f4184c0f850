//! H8 and H13 to H22: unusual heads, and how far the body after them is read.

use watch_core::{ResponseHead, TransportErrorKind};

use super::case::{Case, listing};
use crate::rig::{event, status};

#[rustfmt::skip]
pub(super) fn cases() -> Vec<Case> {
    let a = || event("ADDED", "a@11");
    let came = ["ADDED Pod default/a@11"];
    let json = |id, what, content_type: &str| Case::new(id, what).status(200, content_type).body(a()).gives(came);
    let refused = |code: u16, reason: &str| {
        Case::new("H13", "the API server rejects the request: a retry can't fix that").status(code, "application/json").body(status(code, reason, "no")).ends()
            .gives([format!("done: refused, not retried: WATCH of pods in default after 10: the server returned {code} {reason}: no")])
    };
    let from_a_proxy = |id, code: u16| {
        Case::new(id, "a proxy rejects the request: that may be fixed").status(code, "text/html").body("<html>no</html>").ends()
            .gives([format!("~ blocked: HTTP {code} with text/html; body begins with \"<html>no</html>\""), "> WATCH 10".into()])
    };
    let odd = |id, code: u16| {
        Case::new(id, "a status that no API server gives").status(code, "text/plain").ends()
            .gives([format!("~ resume 1: HTTP {code} with text/plain; body begins with \"\""), "> WATCH 10".into()])
    };
    let encoded = |encoding: &str| {
        let mut head = ResponseHead::new(200).with_content_type("application/json");
        head.content_encoding = Some(encoding.into());
        head
    };
    // As an adapter creates it: through the `http` crate.
    let with = |name: &str, values: &[&str]| {
        let response = values.iter().fold(http::Response::builder(), |response, value| response.header(name, *value));
        ResponseHead::from(&response.body(()).unwrap().into_parts().0)
    };
    let foreign = |encoding: &str| format!("HTTP 200 with content encoding {encoding}; body begins with \"xyz\"");
    let cut_off = |what, len: usize| Case::new("H18", what).body(a()[..len].to_owned());
    vec![
        Case::new("H8", "410 as HTTP status").status(410, "application/json").body(status(410, "Expired", "old")).ends()
            .gives(["~ relist 1: the server returned 410 Expired: old", "> LIST"]),
        refused(400, "BadRequest"), refused(405, "MethodNotAllowed"), refused(406, "NotAcceptable"), refused(415, "UnsupportedMediaType"), refused(422, "Invalid"),
        from_a_proxy("H13", 400), from_a_proxy("H13", 405), from_a_proxy("H13", 406), from_a_proxy("H13", 415), from_a_proxy("H13", 422),
        Case::new("H14", "no content type: the body decides").head(ResponseHead::new(200)).body(a()).gives(came),
        json("H14", "a charset", "application/json; charset=utf-8"),
        json("H14", "upper case", "APPLICATION/JSON"),
        json("H14", "white space", " application/json ;stream=watch"),
        json("H14", "an empty content type is none", ""), json("H14", "nor is a blank one", " \t"),
        Case::new("H14", "as an adapter gets it").head(with("Content-Type", &[""])).body(a()).gives(came),
        json("H14", "bytes of no known kind, the default of aiohttp", "application/octet-stream"),
        json("H14", "the same in upper case, with a parameter", "Application/Octet-Stream; charset=binary"),
        Case::new("H14", "bytes of no known kind that aren't JSON").status(200, "application/octet-stream").body("\u{1}\u{2}").ends()
            .gives(["abort", "~ resume 1: expected a JSON object but found '\\x01' at byte 0 of the body", "> WATCH 10"]),
        Case::new("H14", "a list of them").on(listing).status(200, "application/octet-stream").body(crate::rig::list("10", &[])).ends()
            .gives(["INITIAL (first)", "INITIAL END @10", "> WATCH 10"]),
        Case::new("H14", "an error of them that is a Status").status(403, "application/octet-stream").body(status(403, "Forbidden", "no")).ends()
            .gives(["~ blocked: the server returned 403 Forbidden: no", "> WATCH 10"]),
        Case::new("H14", "a refusal without a content type that is a Status, as the errors of some servers").head(ResponseHead::new(400)).body(status(400, "BadRequest", "no")).ends()
            .gives(["done: refused, not retried: WATCH of pods in default after 10: the server returned 400 BadRequest: no"]),
        Case::new("H14", "a refusal without a content type that is none").head(ResponseHead::new(400)).body("no such thing").ends()
            .gives([r#"~ blocked: HTTP 400 with no content type; body begins with "no such thing""#, "> WATCH 10"]),
        Case::new("H14", "an empty one and another one").head(with("Content-Type", &["", "text/html"])).ends()
            .gives(["~ resume 1: HTTP 200 with text/html; body begins with \"\"", "> WATCH 10"]),
        Case::new("H14", "an empty one of an error").status(503, "").ends().gives(["~ resume 1: HTTP 503 with no content type; body begins with \"\"", "> WATCH 10"]),
        Case::new("H14", "text").status(200, "text/plain").body(a()).ends().gives([
            r#"~ resume 1: HTTP 200 with text/plain; body begins with "{\"type\":\"ADDED\",\"object\":{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"a\",\"namespace\":\"default\",\"uid\":\"uid-a\",\"res""#,
            "> WATCH 10"]),
        Case::new("H14", "something that only begins like JSON").status(200, "application/json-seq").ends()
            .gives(["~ resume 1: HTTP 200 with application/json-seq; body begins with \"\"", "> WATCH 10"]),
        odd("H15", 204), odd("H15", 206), odd("H15", 304), odd("H15", 101),
        Case::new("H15", "201 with a list").on(listing).status(201, "application/json").body(crate::rig::list("10", &[])).ends().gives([
            r#"~ resume 1: HTTP 201 with application/json; body begins with "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"10\"},\"items\":[]}""#,
            "> LIST"]),
        odd("H16", 301), odd("H16", 302), odd("H16", 307), odd("H16", 308),
        Case::new("H17", "a watch may have a length; the driver reports if it was short").body(a()).ends().gives([came[0], "> WATCH 11"]),
        cut_off("the length is larger than what came", 90).breaks(TransportErrorKind::Truncated).gives(["~ resume 1: response truncated", "> WATCH 10"]),
        cut_off("the length ends inside of an event", 90).ends().gives(["~ resume 1: body truncated 90 bytes into a document", "> WATCH 10"]),
        Case::new("H19", "an empty encoding is none").head(encoded("")).body(a()).gives(came),
        Case::new("H19", "as an adapter gets it").head(with("Content-Encoding", &["", "identity"])).body(a()).gives(came),
        Case::new("H19", "nor is a list of none").head(encoded("identity, ,IDENTITY")).body(a()).gives(came),
        Case::new("H19", "an empty one and one that is none").head(with("Content-Encoding", &["identity", "gzip"])).body("xyz").ends().gives([format!("~ resume 1: {}", foreign("gzip")), "> WATCH 10".into()]),
        // It wasn't requested, so the driver doesn't decode it; it may come from a proxy, and go away.
        Case::new("H19", "compressed").head(encoded("gzip")).body("xyz").ends().times(3).gives([
            format!("~ resume 1: {}", foreign("gzip")), "> WATCH 10".into(), format!("~ resume 2: {}", foreign("gzip")), "> WATCH 10".into(), format!("~ relist 3: {}", foreign("gzip")), "> LIST".into()]),
        Case::new("H19", "compressed in another way").head(encoded("br")).body("xyz").ends().gives([format!("~ resume 1: {}", foreign("br")), "> WATCH 10".into()]),
        Case::new("H19", "not compressed, by its header").head(encoded("Identity")).body(a()).gives(came),
        Case::new("H20", "the head comes after 3 s").on(|| {
            let mut rig = super::case::watch();
            rig.advance(std::time::Duration::from_secs(3));
            rig
        }).body(a()).gives(came),
        Case::new("H21", "an endless page of an error: it is read up to the limit").status(500, "text/html").body("x".repeat(100_000))
            .gives(["abort".into(), format!("~ resume 1: HTTP 500 with text/html; body begins with \"{}\"; it was cut at 65536 bytes, the limit in `limits.error_body`", "x".repeat(120)), "> WATCH 10".into()]),
        Case::new("H21", "a Status that is longer than the limit").status(403, "application/json").body(status(403, "Forbidden", &"x".repeat(70_000))).ends()
            .gives(["abort".into(), format!("~ blocked: HTTP 403 (forbidden) with application/json; body begins with \"{}", status(403, "Forbidden", &"x".repeat(200))[..120].escape_debug()) + "\"; it was cut at 65536 bytes, the limit in `limits.error_body`", "> WATCH 10".into()]),
        Case::new("H22", "an error that doesn't end: what arrived is used").status(403, "application/json").body(status(403, "Forbidden", "no")).silent_for(11)
            .gives(["abort", "~ blocked: the server returned 403 Forbidden: no", "> WATCH 10"]),
        Case::new("H22", "an error that breaks off").status(403, "application/json").body(status(403, "Forbidden", "no")).breaks(TransportErrorKind::Reset)
            .gives(["~ blocked: the server returned 403 Forbidden: no", "> WATCH 10"]),
    ]
}
