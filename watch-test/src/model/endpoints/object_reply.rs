//! Replies with one object.

use core::time::Duration;

use http::StatusCode;

use super::negotiate::{Content, negotiate};
use super::reply::{ErrorReply, Reply};
use super::request::ApiRequest;
use crate::model::encode::indent::indent;
use crate::model::storage::object::Version;

/// Returns the reply with an object, in the requested form. `clock`: the time since 1970.
pub(crate) fn object_reply(
    clock: Duration,
    status: StatusCode,
    object: &Version,
    request: &ApiRequest<'_>,
) -> Result<Reply, ErrorReply> {
    let negotiated =
        negotiate(request.headers, request.query, Content::Object, &object.resource).map_err(ErrorReply::Reply)?;
    let mut body = negotiated.representation.object(object, clock);
    if negotiated.pretty {
        body = indent(&body);
    } else {
        body.push(b'\n');
    }
    let mut reply = Reply::json(status, body);
    if negotiated.gzip {
        reply.compress();
    }
    Ok(reply)
}
