//! The inputs.

use bytes::Bytes;

/// Pieces as from a socket.
const PIECE: usize = 64 << 10;

/// Splits a body into pieces of this size.
pub(crate) fn pieces_of(body: &Bytes, size: usize) -> impl Iterator<Item = Bytes> {
    (0..body.len()).step_by(size).map(move |at| body.slice(at..body.len().min(at + size)))
}

/// Splits a body into pieces as from a socket.
pub(crate) fn pieces(body: &Bytes) -> impl Iterator<Item = Bytes> {
    pieces_of(body, PIECE)
}

/// Returns one event, whose object has this member.
pub(crate) fn event(member: &str) -> Bytes {
    format!(
        "{{\"type\":\"ADDED\",\"object\":{{\"metadata\":{{\"name\":\"a\",\"resourceVersion\":\"9\"}},\"x\":{member}}}}}\n"
    )
    .into()
}

/// Returns a list of objects with no more than a name, a uid and a version.
pub(crate) fn list(objects: u64) -> Bytes {
    let mut list =
        String::from(r#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"9000000"},"items":["#);
    for number in 0..objects {
        if number > 0 {
            list.push(',');
        }
        list.push_str(&format!(
            r#"{{"metadata":{{"name":"web-{number:07}","namespace":"default","uid":"c3df342e-8207-4bc7-8b2e-{number:012x}","resourceVersion":"{}"}}}}"#,
            1 + number
        ));
    }
    list.push_str("]}");
    list.into()
}
